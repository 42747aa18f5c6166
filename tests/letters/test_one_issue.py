"""One hot issue told by its letters: who answered, who wrote again, how it spread; plots in both backends."""

from __future__ import annotations

import holoviews as hv
import numpy as np
import pandas as pd
import pytest

from shuju.charts.printing import png
from shuju.facts.selection import Selection
from shuju.letters import one_issue as data
from shuju.letters.issue_selection import selection
from shuju.letters.issue_spread import (
    by_day,
    issue_map_data,
    issue_map_plot,
    origin_of,
    timeline_data,
    timeline_plot,
)
from tests.pages.issue_library import HOSTILE, issue_library


@pytest.fixture(scope="module")
def issues(tmp_path_factory: pytest.TempPathFactory) -> Selection:
    return selection(issue_library(tmp_path_factory.mktemp("issues")))


def test_its_letters(issues: Selection) -> None:
    letters = data.issue_letters(issues, "A")
    assert letters["letter_id"].tolist() == ["a1", "a2", "a3", "a4", "a5"]
    assert letters["days"].tolist() == pytest.approx([10, np.nan, np.nan, 2, np.nan], nan_ok=True)
    shown = data.member_list_data(issues, "A")
    assert shown.set_index("letter_id").loc["a4", "reply"] == "已督促物业整改。"
    assert shown.loc[shown["is_representative"], "letter_id"].tolist() == ["a1", "a4"]
    assert shown.attrs == {"page": 1, "total": 5}


def test_who_answered_and_who_wrote_again(issues: Selection) -> None:
    (who,) = data.answers_data(issues, "A").to_dict("records")
    assert (who["department"], who["n"], who["n_answered"], who["n_unanswered"]) == ("岳麓区住建局", 5, 2, 3)
    assert who["median_days"] == pytest.approx(6, abs=0.06)
    again = data.repeats_data(issues, "A")
    assert again["letter_id"].tolist() == ["a1", "a5"]
    assert again["n"].tolist() == [3, 3]
    assert HOSTILE in again["body"].iloc[0]
    assert again.attrs == {"n_mergeable": 2}


def test_heat_is_told_in_parts(issues: Selection) -> None:
    assert data.heat_data(issues, "A")["value"].tolist() == [30, 20, 15, 5, 10]
    assert data.heat_data(issues, "B/ü?")["value"].fillna(-1).tolist() == [
        20,
        -1,
        -1,
        -1,
        -1,
    ]  # not known, not 0


def test_stages_tell_when_and_what_was_the_case(issues: Selection) -> None:
    steps = data.stages_data(issues, "A")
    assert [step["name"] for step in steps] == ["源头", "传导", "转化"]
    assert steps[0]["why"] == "长沙·岳麓区最先来信，至此 2 封"
    assert steps[1]["why"] == "新的县市区；至此 4 封，涉及 2 个县市区、1 个渠道，新到永州·祁阳市"
    assert steps[2]["why"] == "文件或媒体回应；至此 5 封，其中重复来信 2 封，未答复 3 封"
    assert [step["at"] is None for step in data.stages_data(issues, "B/ü?")] == [False, True, True]


def test_the_records_that_speak_of_it(issues: Selection) -> None:
    records = data.reactions_data(issues, "A")
    assert records["record_id"].tolist() == ["r/1"]
    assert (records["site"].tolist(), records.attrs) == (["站点不明"], {"total": 1})
    assert data.reactions_data(issues, "B/ü?").empty


def test_without_an_id_it_is_the_hottest_that_passes(issues: Selection) -> None:
    assert data.issue_row(issues)["issue_id"] == "A"
    assert data.issue_row(issues.copy(stage=["source"]))["issue_id"] == "B/ü?"
    assert data.issue_row(issues.copy(stage=["source"]), "A")["issue_id"] == "A"
    assert data.issue_row(issues.copy(stage=["transmission"])) is None


OF_AN_ISSUE = (
    data.issue_letters,
    data.answers_data,
    data.repeats_data,
    data.member_list_data,
    data.reactions_data,
    data.stages_data,
)


@pytest.mark.parametrize("of", OF_AN_ISSUE, ids=lambda of: of.__name__)
def test_of_an_unknown_issue_there_is_nothing(issues: Selection, of) -> None:
    assert len(of(issues, "no-such")) == 0


def test_letters_a_day_by_region(issues: Selection) -> None:
    days = timeline_data(issues, "A")
    assert (days.index[0], days.index[-1], len(days)) == (
        pd.Timestamp("2024-07-01"),
        pd.Timestamp("2024-07-20"),
        20,
    )
    assert days.sum().to_dict() == {"长沙·岳麓区": 4, "永州·祁阳市": 1}


GROUPED = {
    "region": {"长沙·岳麓区": 4, "永州·祁阳市": 1},
    "department": {"岳麓区住建局": 5},
    "channel": {"12345热线": 5},
    "answer": {"未答复": 3, "已答复": 2},
}


@pytest.mark.parametrize(("by", "told"), GROUPED.items(), ids=GROUPED)
def test_letters_a_day_by_another_dimension(issues: Selection, by: str, told: dict[str, int]) -> None:
    assert timeline_data(issues, "A", by).sum().to_dict() == told


def test_regions_beyond_the_most_are_others() -> None:
    letters = pd.DataFrame(
        {
            "region_code": ["430104"] * 3 + ["430105"] * 2 + ["430111", None],
            "written_at": pd.Timestamp("2024-07-01"),
        }
    )
    assert by_day(letters, most=2).sum().to_dict() == {"长沙·岳麓区": 3, "长沙·开福区": 2, "其他": 2}


@pytest.mark.parametrize("timeline", ["day", "total"])
@pytest.mark.parametrize("n_days", [1, 20, 400])
def test_the_time_line_shows_every_letter(n_days: int, timeline: str) -> None:
    days = pd.DataFrame({"甲": 1, "其他": 2}, index=pd.date_range("2024-01-01", periods=n_days))
    figure = hv.render(timeline_plot(days, timeline), backend="bokeh")
    whole, first = (layer.data_source.data for layer in figure.renderers)
    ends = (lambda n: n[-1]) if timeline == "total" else np.sum
    assert [ends(whole[name]) for name in ("n0", "n1", "all")] == [n_days, 2 * n_days, 3 * n_days]
    assert ends(first["top"]) == n_days
    assert figure.y_range.end > max(whole["top"])
    assert len(whole["top"]) <= 400


@pytest.mark.parametrize(("by", "n"), [("first", 2), ("count", 2)])
def test_the_map_is_dark_where_letters_began_or_are_many(issues: Selection, by: str, n: int) -> None:
    frame = issue_map_data(issues, "A", by).set_index("name")
    assert (frame["n"] > 0).sum() == n
    assert (
        frame.loc["岳麓区", "fill"] < frame.loc["祁阳市", "fill"] < frame.loc["浏阳市", "fill"] == "#ffffff"
    )
    assert frame.loc["岳麓区", "told"] == "4 封 · 首封 2024-07-01"
    assert frame.index[frame["is_origin"]].tolist() == ["岳麓区"]


def test_the_map_of_nothing_is_empty(issues: Selection) -> None:
    frame = issue_map_data(issues, "no-such")
    assert set(frame["fill"]) == {"#ffffff"}
    assert origin_of(frame) == {"x": [], "y": []}


@pytest.mark.parametrize("issue_id", ["A", "no-such"])
def test_plots_are_printed_too(issues: Selection, issue_id: str) -> None:
    for plot in (
        timeline_plot(timeline_data(issues, issue_id)),
        issue_map_plot(issue_map_data(issues, issue_id)),
    ):
        assert png(plot).startswith(b"\x89PNG")
