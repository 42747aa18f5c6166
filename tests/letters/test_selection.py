"""Selections of letters against plain pandas over the rows that were taken in."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import shuju
from shuju.facts import FactsError
from shuju.facts.subset import RowSet
from shuju.letters import facts as letter_facts
from shuju.library.errors import LibraryError
from shuju.library.scope import Scope
from tests.letters.conftest import Letters, letter

TOPICS = ("交通运输", "环境保护", "教育文体")
PLACES = ("430104", "430102", "430304", "430100", None)


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Letters:
    """120 letters of four topics and five places, a third of them answered."""
    rng = np.random.default_rng(3)
    held = Letters(tmp_path_factory.mktemp("selection"))
    rows = [
        letter(
            k,
            topic=TOPICS[rng.integers(3)],
            place=PLACES[rng.integers(5)],
            department=f"岳麓区{('教育局', '水利局')[rng.integers(2)]}",
            time=f"2024-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d} 08:{k % 60:02d}",
            body=f"第{k}封信。",
            **({"reply": "已办", "replied": "2024-12-31 09:00"} if k % 3 == 0 else {}),
        )
        for k in range(120)
    ]
    held.add(*rows)
    held.rows = pd.DataFrame(rows)  # type: ignore[attr-defined]
    return held


def select(province: Letters, **filters: object) -> object:
    return letter_facts.selection(province.library, **filters)


def expected(
    province: Letters, topic: tuple[str, ...] = (), region: tuple[str, ...] = (), day: object = None
) -> pd.DataFrame:
    rows = province.rows  # type: ignore[attr-defined]
    keep = np.ones(len(rows), bool)
    if topic:
        keep &= rows["topic"].isin(topic).to_numpy()
    if region:  # a prefecture holds its counties
        held = {
            c
            for code in region
            for c in PLACES
            if c and (c == code or (code == "430100" and c.startswith("4301")))
        }
        keep &= rows["place"].isin(held).to_numpy()
    if day:
        when = pd.to_datetime(rows["time"]).dt.date
        keep &= ((when >= day[0]) & (when <= day[1])).to_numpy()
    return rows[keep]


@given(
    topic=st.lists(st.sampled_from(TOPICS), unique=True, max_size=3),
    region=st.lists(st.sampled_from(["430104", "430304", "430100"]), unique=True, max_size=2),
    months=st.none() | st.tuples(st.integers(1, 12), st.integers(1, 12)).map(sorted),
)
@settings(max_examples=40)
def test_every_answer_is_that_of_pandas(
    province: Letters, topic: list[str], region: list[str], months: list[int] | None
) -> None:
    day = (dt.date(2024, months[0], 1), dt.date(2024, months[1], 28)) if months else None
    chosen = select(province, topic=topic, region=region, day=day)
    rows = expected(province, tuple(topic), tuple(region), day)
    assert chosen.total == len(rows)
    by_topic = expected(province, (), tuple(region), day)["topic"].value_counts()
    assert chosen.counts("topic")[list(TOPICS)].to_dict() == {t: by_topic.get(t, 0) for t in TOPICS}
    assert chosen.series("month").sum() == len(rows)
    assert int(chosen.cube(["topic", "region"]).sum()) == len(rows)
    assert sorted(chosen.rows(500, ["letter_id"])["letter_id"]) == sorted(rows["id"])
    assert sorted(chosen.frame(["letter_id"]).compute()["letter_id"]) == sorted(rows["id"])
    again = select(province)
    again.query = chosen.query
    assert again.filters == chosen.filters


def test_counts_leave_their_own_filter_aside_and_hold_unknown(province: Letters) -> None:
    chosen = select(province, region="430104")
    places = province.rows["place"]  # type: ignore[attr-defined]
    counts = chosen.counts("region")
    assert counts.dtype == np.int64
    assert counts["未知"] == places.isna().sum()
    assert counts["430102"] == (places == "430102").sum()
    assert chosen.chosen_counts("region").sum() == (places == "430104").sum()


def test_rows_come_newest_first(province: Letters) -> None:
    written = select(province).rows(10, ["written_at"])["written_at"]
    assert written.is_monotonic_decreasing
    assert select(province).rows(10, ["written_at"], first=5)["written_at"].iloc[0] == written.iloc[5]


def test_a_cube_has_the_days_of_the_rows_and_labels_for_coordinates(province: Letters) -> None:
    cube = select(province).cube(["day", "topic"])
    assert cube.dims == ("day", "topic")
    assert cube.attrs["left_out"] == 0
    assert str(cube["day"].values[0])[:4] == "2024"
    assert set(TOPICS) <= set(cube["topic"].values)


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        ({"topik": "交通运输"}, "topic"),
        ({"topic": "交通"}, "交通运输"),
        ({"region": ["999999"]}, "999999"),
        ({"region": ["长沙市"]}, "请写代码 '430100'"),
        ({"day": "2024-13-01"}, "2024-01-01"),
        ({"day": ("2024-02-01", "2024-01-01")}, "开始不晚于结束"),
    ],
)
def test_what_does_not_exist_is_refused_with_the_nearest(
    province: Letters, filters: dict[str, object], told: str
) -> None:
    with pytest.raises(FactsError, match=told):
        select(province, **filters)


@pytest.mark.parametrize(
    ("value", "told"),
    [(["交通"], "没有名为 '交通' 的“主题”的取值，是否想用 '交通运输'"), ("交通运输", r"\['交通运输'\]")],
)
def test_a_wrong_label_that_is_set_is_refused_in_the_same_words(
    province: Letters, value: object, told: str
) -> None:
    chosen = select(province)
    with pytest.raises(FactsError, match=told):
        chosen.topic = value
    assert chosen.topic == []


@pytest.mark.parametrize("ask", ["rows", "frame"])
def test_a_wrong_column_is_refused_with_the_nearest(province: Letters, ask: str) -> None:
    with pytest.raises(LibraryError, match="没有名为 'titel' 的列，是否想用 'title'"):
        getattr(select(province), ask)(columns=["titel"])


@pytest.mark.parametrize("page", ["x", -5, None])
def test_a_wrong_number_of_a_card_is_told_in_chinese(province: Letters, page: object) -> None:
    with pytest.raises(FactsError, match="应为不小于 0 的整数"):
        select(province).card("list", page=page)


def test_a_view_takes_whatever_can_be_called(province: Letters) -> None:
    def told(selection: object, text: str) -> str:
        return text

    assert select(province).view(partial(told, text="一句话")) is not None
    with pytest.raises(FactsError, match="42 不是函数"):
        select(province).view(42)


def test_an_address_with_wrong_values_keeps_the_defaults_and_tells(province: Letters) -> None:
    chosen = select(province)
    refused = chosen.take({"topic": "没有", "region": "430104", "day": "x"})
    assert (chosen.topic, chosen.region, chosen.day) == ([], ["430104"], None)
    assert len(refused) == 2
    with pytest.raises(FactsError, match="没有"):
        chosen.query = "topic=没有"


def test_a_copy_changes_and_the_original_stays(province: Letters) -> None:
    first = select(province, topic="交通运输")
    other = first.copy(topic=None, region="430304")
    assert (first.topic, first.region) == (["交通运输"], [])
    assert (other.topic, other.region) == ([], ["430304"])


def test_a_row_set_limits_every_answer(province: Letters) -> None:
    everything = select(province)
    keys = np.sort(everything.keys(7))
    part = letter_facts.selection(province.library, RowSet("检索“路”", keys))
    assert part.total == part.n_all == 7
    assert part.counts("topic").sum() == 7
    assert len(part.frame(["letter_id"])) == 7
    assert part.identity != everything.identity
    assert part.describe() == "检索“路”"


def test_nothing_outside_the_scope_is_counted_shown_or_loaded(province: Letters) -> None:
    scope = Scope("某库", (("letters", (("library", "in", ("430300",)),)),))
    seen = province.library.limited_to(scope)
    part = letter_facts.selection(seen)
    rows = expected(province, region=("430304",))
    assert part.total == part.n_all == len(rows)
    assert part.counts("region")["430104"] == 0
    assert part.copy(region="430104").total == 0
    assert sorted(part.frame(["letter_id"]).compute()["letter_id"]) == sorted(rows["id"])
    assert seen.count("letters") == len(rows)
    outside = expected(province, region=("430104",))["id"].iloc[0]
    assert seen.get("letters", outside) is None
    assert seen.read("letters")["library"].unique().tolist() == ["430300"]
    assert sum(p.num_rows for p in seen.stream("letters", ["letter_id"])) == len(rows)
    assert part.identity != letter_facts.selection(province.library).identity


def test_a_scope_cannot_be_changed(province: Letters) -> None:
    with pytest.raises(AttributeError):
        select(province).scope = Scope("x")


@pytest.mark.parametrize("n", [0, 1])
def test_a_table_of_none_or_one_row(tmp_path: object, n: int) -> None:
    held = Letters(tmp_path / "few")  # type: ignore[operator]
    if n:
        held.add(letter(1))
    chosen = letter_facts.selection(held.library)
    assert chosen.total == n
    assert len(chosen.rows(5)) == n
    assert len(chosen.series("week")) == n
    assert chosen.cube(["day", "topic"]).sizes["day"] == n
    assert len(chosen.frame(["title"])) == n


def test_the_line_of_python_makes_the_same_selection(
    province: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = select(province, topic=["交通运输"], day=("2024-01-01", "2024-06-30"))
    monkeypatch.setattr(shuju, "open", lambda _home=None: province.library)
    names: dict[str, object] = {"shuju": shuju}
    exec(chosen.code(), names)
    assert names["selection"].query == chosen.query


LIGHT = """
import sys
import shuju, shuju.facts, shuju.letters.facts, shuju.letters.region_bands, shuju.letters.headline, shuju.spread
import shuju.records.facts, shuju.records.site_raster
found = shuju.select("letters", {home!r}, topic=["交通运输"]).cube(["day", "topic"])
assert found.dims == ("day", "topic")
print(sorted(name for name in ("panel", "bokeh") if name in sys.modules))
"""


def test_selecting_needs_neither_panel_nor_bokeh(province: Letters) -> None:
    code = LIGHT.format(home=str(province.folder / "home"))
    env = {"SHUJU_CATALOG": str(province.folder / "catalog.yaml")}
    import os

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **env}, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
