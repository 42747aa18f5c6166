"""Hot issues and warnings: frames, the Viewer, marks, downloads."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from shuju.views.live import Live, snapshot
from shuju.views.url_state import take_query, to_query

from shuju.library import Library, open_library
from shuju.library.derived import replace_table
from shuju.serve.issue_exports import export
from shuju.views import issues_data as data
from shuju.views import issues_html as html
from shuju.views.issue_charts import spread_map, timeline
from shuju.views.issue_filters import IssueFilters, in_regions, issues_pass, warnings_pass
from shuju.views.issues import Issues
from tests.views.issue_library import HOSTILE, ISSUES, issue_library

NEWEST = "430104-城乡建设-20240720"
ROAD = "431181-交通运输-20240718"
SPRING = (dt.date(2024, 2, 1), dt.date(2024, 3, 1))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return issue_library(tmp_path)


@pytest.fixture
def shared(library: Library) -> Live:
    return Live(snapshot(library))


@pytest.fixture
def tables(shared: Live) -> data.IssueTables:
    return data.issue_tables(shared)


@pytest.fixture
def view(shared: Live) -> Issues:
    return Issues(shared)


FILTERS = {
    # filters                                              issues that pass,  warnings that pass
    "nothing": (IssueFilters(), ["A", "B/ü?"], 4),
    "stage": (IssueFilters(stage=("source",)), ["B/ü?"], 4),
    "two stages": (IssueFilters(stage=("source", "conversion")), ["A", "B/ü?"], 4),
    "topic": (IssueFilters(topic=("城乡建设",)), ["A"], 2),
    "no topic": (IssueFilters(topic=("未分类",)), ["B/ü?"], 0),
    "county of origin": (IssueFilters(region=("430104",)), ["A"], 2),
    "county reached later": (IssueFilters(region=("431181",)), ["A"], 1),
    "prefecture": (IssueFilters(region=("430200",)), ["B/ü?"], 1),
    "province": (IssueFilters(region=("430000",)), ["A", "B/ü?"], 4),
    "another prefecture": (IssueFilters(region=("433100",)), [], 0),
    "word of the title": (IssueFilters(words=("没人管",)), ["A"], 4),
    "word of the words": (IssueFilters(words=("漏水",)), ["A"], 4),
    "word of the department": (IssueFilters(words=("住建局",)), ["A"], 4),
    "two words, one not there": (IssueFilters(words=("漏水", "电梯")), [], 4),
    "a word is no pattern": (IssueFilters(words=(".*",)), [], 4),
    "days": (IssueFilters(day=SPRING), ["B/ü?"], 1),
    "last day of an issue": (IssueFilters(day=(dt.date(2024, 7, 20),) * 2), ["A"], 3),
    "kind of warning": (IssueFilters(warning=("emerging",)), ["A", "B/ü?"], 2),
}  # fmt: skip


@pytest.mark.parametrize(("filters", "issues", "n_warnings"), FILTERS.values(), ids=FILTERS)
def test_filters(tables: data.IssueTables, filters: IssueFilters, issues: list[str], n_warnings: int) -> None:
    assert tables.issues.loc[issues_pass(tables.issues, filters), "issue_id"].tolist() == issues
    assert int(warnings_pass(tables.warnings, filters).sum()) == n_warnings
    assert IssueFilters.from_query(filters.to_query()) == filters


@pytest.mark.parametrize(
    ("codes", "chosen", "expected"),
    [
        ("430104", ("430100",), True),
        ("430104", ("430105",), False),
        ("430211,430104", ("430104",), True),
        ("430211", ("430000",), True),
        ("143010", ("430100",), False),
        ("", ("430100",), False),
        ("", ("未知",), True),
    ],
)  # fmt: skip
def test_regions_hold_regions(codes: str, chosen: tuple[str, ...], expected: bool) -> None:
    assert in_regions(pd.Series([codes]), chosen).tolist() == [expected]


def test_headline_counts_what_passes(tables: data.IssueTables) -> None:
    shown = data.headline(tables, IssueFilters())
    assert (shown.n_issues, shown.n_converted, shown.n_unanswered, shown.n_letters) == (2, 1, 3, 6)
    assert (shown.n_warnings, shown.n_new, shown.verdicts.n_judged) == (3, 3, 0)
    assert data.headline(tables, IssueFilters(region=("430200",))).n_issues == 1


def test_facets_count_under_the_other_filters(tables: data.IssueTables) -> None:
    found = data.facets(tables, IssueFilters(stage=("source",)))
    stage = found["stage"].set_index("label")
    assert stage["n"].to_dict() == {"source": 1, "transmission": 0, "conversion": 1}
    assert stage["is_on"].to_dict() == {"source": True, "transmission": False, "conversion": False}
    assert found["region"].set_index("name")["n"].to_dict() == {"长沙": 0, "株洲": 1, "永州": 0}


def test_one_issue_is_told_by_its_letters(library: Library) -> None:
    letters = data.issue_letters(library, "A")
    assert letters["letter_id"].tolist() == ["a1", "a2", "a3", "a4", "a5"]
    assert letters["days"].tolist() == pytest.approx([10, np.nan, np.nan, 2, np.nan], nan_ok=True)
    days = data.by_day(letters)
    assert (days.index[0], days.index[-1], len(days)) == (
        pd.Timestamp("2024-07-01"),
        pd.Timestamp("2024-07-20"),
        20,
    )
    assert days.sum().to_dict() == {"长沙·岳麓区": 4, "永州·祁阳市": 1}
    assert data.spread(letters)["n"].to_dict() == {"430104": 4, "431181": 1}
    (who,) = data.answers(letters).to_dict("records")
    assert (who["n"], who["n_answered"], who["median_days"]) == (5, 2, 6)
    (again,) = data.repeats(letters)
    assert again["letter_id"].tolist() == ["a1", "a3", "a5"]
    assert data.n_mergeable(letters) == 2
    assert data.texts_of(library, letters.tail(2)).loc["a4", "reply"] == "已督促物业整改。"


def test_regions_beyond_the_most_are_others() -> None:
    letters = pd.DataFrame(
        {
            "region_code": ["430104"] * 3 + ["430105"] * 2 + ["430111", None],
            "written_at": pd.Timestamp("2024-07-01"),
        }
    )
    assert data.by_day(letters, most=2).sum().to_dict() == {"长沙·岳麓区": 3, "长沙·开福区": 2, "其他": 2}


def test_stages_tell_when_and_what_was_the_case(library: Library) -> None:
    steps = data.stage_steps(ISSUES[0], data.issue_letters(library, "A"))
    assert [step["name"] for step in steps] == ["源头", "传导", "转化"]
    assert steps[1]["why"] == "新的县市区；至此 4 封，涉及 2 个县市区、1 个渠道，新到永州·祁阳市"
    assert steps[2]["why"] == "文件或媒体回应；至此 5 封，其中重复来信 2 封，未答复 3 封"


def test_the_records_that_speak_of_it_are_shown_with_their_words(library: Library) -> None:
    records = data.issue_records(library, "A")
    assert records["record_id"].tolist() == ["r/1"]
    shown = html.records_html(records)
    assert 'href="record?id=r%2F1"' in shown
    assert "依据：地下车库、漏水" in shown
    assert "<img" not in shown
    assert "没有找到" in html.records_html(data.issue_records(library, "B/ü?"))


def test_a_stage_not_reached_says_so(tables: data.IssueTables) -> None:
    issue = tables.issues.iloc[1].to_dict()
    steps = data.stage_steps(issue, data.issue_letters(tables.library, issue["issue_id"]))
    assert [step["at"] is None for step in steps] == [False, True, True]


@pytest.mark.parametrize("is_total", [False, True])
@pytest.mark.parametrize("n_days", [1, 20, 400])
def test_the_time_line_shows_every_letter(n_days: int, is_total: bool) -> None:
    days = pd.DataFrame({"甲": 1, "其他": 2}, index=pd.date_range("2024-01-01", periods=n_days))
    plot = timeline(days, is_total=is_total)
    tops = [glyph.data_source.data for glyph in plot.renderers]
    shown = [part["n"][-1] if is_total else part["n"].sum() for part in tops]
    assert shown == [n_days, 2 * n_days]
    assert plot.y_range.end > max(part["top"].max() for part in tops)
    assert len(tops[0]["n"]) <= 400


@pytest.mark.parametrize("by_count", [False, True])
def test_the_map_is_dark_where_letters_began_or_are_many(library: Library, by_count: bool) -> None:
    plot = spread_map(data.spread(data.issue_letters(library, "A")), by_count=by_count)
    source = plot.renderers[0].data_source.data
    colour = dict(zip(source["name"], source["colour"]))
    assert colour["岳麓区"] < colour["祁阳市"] < colour["浏阳市"] == "#ffffff"


def test_the_map_of_nothing_is_empty() -> None:
    nothing = pd.DataFrame({"n": [], "first": []}, index=pd.Index([], dtype=object))
    colours = spread_map(nothing, by_count=True).renderers[0].data_source.data["colour"]
    assert set(colours) == {"#ffffff"}


# The Viewer

ACTIONS = {
    "stage": ([("toggle", "stage", "source")], {"stage": ["source"]}),
    "stage twice": ([("toggle", "stage", "source")] * 2, {"stage": []}),
    "kind of warning": ([("toggle", "warning", "emerging")], {"warning": ["emerging"]}),
    "two words at once": ([("words", "", " 漏水 车库,漏水 ")], {"words": ["漏水", "车库"]}),
    "a word taken away": ([("words", "", "漏水"), ("remove", "words", "漏水")], {"words": []}),
    "from": ([("from", "", "2024-07-01")], {"day": (dt.date(2024, 7, 1), dt.date(2024, 7, 30))}),
    "preset": ([("preset", "", "近7天")], {"day": (dt.date(2024, 7, 24), dt.date(2024, 7, 30))}),
    "clear": ([("toggle", "stage", "source"), ("words", "", "x"), ("clear", "", "")], {"stage": [], "words": []}),
    "page, then a filter": ([("page", "", "2"), ("toggle", "stage", "source")], {"page": 1}),
    "all warnings": ([("toggle", "show", "all")], {"show": ["all"]}),
    "time line": ([("choose", "timeline", "total")], {"timeline": "total"}),
}  # fmt: skip


@pytest.mark.parametrize(("sent", "changed"), ACTIONS.values(), ids=ACTIONS)
def test_actions_change_parameters(
    view: Issues, sent: list[tuple[str, str, str]], changed: dict[str, object]
) -> None:
    for act in sent:
        view.act(*act)
    assert {name: getattr(view, name) for name in changed} == changed


@pytest.mark.parametrize(
    "sent",
    [("toggle", "stage", "x"), ("toggle", "issue", "A"), ("toggle", "words", "x"), ("words", "", "  "), ("from", "", "昨天"), ("page", "", "²"),
     ("choose", "timeline", "x"), ("choose", "stage", "source"), ("remove", "page", "1"), ("mark", "right", "no-such"), ("preset", "", "x")],
)  # fmt: skip
def test_actions_that_make_no_sense_change_nothing(view: Issues, sent: tuple[str, str, str]) -> None:
    before = to_query(view, Issues.state()), view._warnings.html
    view.act(*sent)
    assert (to_query(view, Issues.state()), view._warnings.html) == before


def test_every_parameter_is_in_the_address_and_read_from_it(view: Issues, shared: Live) -> None:
    view.param.update(stage=["source"], words=["漏水", "车库"], day=SPRING, show=["muted"], map="count")
    query = dict(part.split("=") for part in view._headline.address.split("&"))
    assert list(query) == list(Issues.state())
    other = Issues(shared)
    sent = {"stage": "source", "words": "漏水,车库", "day": "2024-02-01_2024-03-01"}
    assert take_query(other, Issues.state(), sent | {"show": "muted", "map": "count"}) == []
    assert to_query(other, Issues.state()) == to_query(view, Issues.state())


@pytest.mark.parametrize(
    "query",
    [{"stage": "x"}, {"region": "1"}, {"day": "昨天"}, {"page": "0"}, {"map": "x"}, {"colour": "red"}],
)
def test_wrong_addresses_are_refused_with_a_message(view: Issues, query: dict[str, str]) -> None:
    before = to_query(view, Issues.state())
    assert len(take_query(view, Issues.state(), query)) == 1
    assert to_query(view, Issues.state()) == before


def test_lists_are_linked_and_hostile_text_is_only_text(view: Issues) -> None:
    assert view._table.html.index("地下车库漏水没人管") < view._table.html.index("&lt;img")
    for pane in (view._headline, view._warnings, view._table, view._facets, view._bar):
        assert HOSTILE not in pane.html
    assert "issues?issue=B%2F%C3%BC%3F" in view._table.html
    assert "letters?region=430104&amp;topic=%E5%9F%8E" in view._warnings.html
    assert "day=2024-07-20_2024-07-25" in view._warnings.html
    assert "20240201" not in view._warnings.html
    view.day = SPRING
    assert "20240201" in view._warnings.html
    assert "地下车库" not in view._table.html
    assert "day=2024-02-01_2024-03-01" in view._table.html
    view.stage = ["transmission"]
    assert "没有符合条件的热点" in view._table.html


def pressed(view: Issues, mark: str, key: str) -> bool:
    at = view._warnings.html.index(f'data-of="{mark}" data-value="{key}"')
    return view._warnings.html[at:].split(">", 1)[0].endswith('aria-pressed="true"')


def test_marks_are_put_counted_and_undone(view: Issues, shared: Live) -> None:
    for mark in ("acknowledged", "right"):
        view.act("mark", mark, NEWEST)
        assert pressed(view, mark, NEWEST)
    assert "已判断 1 条，属实 1 条" in view._headline.html
    assert "2 条待确认" in view._headline.html
    view.act("mark", "wrong", NEWEST)
    assert pressed(view, "wrong", NEWEST)
    assert not pressed(view, "right", NEWEST)
    assert "已判断 1 条，属实 0 条" in view._headline.html
    assert pressed(Issues(shared), "wrong", NEWEST)
    for _ in range(3):
        view.act("mark", "undo", NEWEST)
    assert not any(pressed(view, mark, NEWEST) for mark in ("acknowledged", "right", "wrong"))
    assert "已判断 0 条" in view._headline.html


def test_a_mark_pressed_again_is_taken_away(view: Issues) -> None:
    for mark in ("acknowledged", "right", "muted"):
        view.act("mark", mark, NEWEST)
        if mark == "muted":
            view.show = ["muted"]
        view.act("mark", mark, NEWEST)
        assert not pressed(view, mark, NEWEST)


def test_a_muted_series_is_folded_until_its_day(view: Issues, tables: data.IssueTables) -> None:
    view.act("mark", "muted", ROAD)
    assert ROAD not in view._warnings.html
    assert "静音的 1 条" in view._warnings.html
    view.show = ["muted"]
    assert "静音至 2024-08-29" in view._warnings.html
    assert data.read_marks(tables.desk).loc["431181-交通运输", "muted"] == "2024-08-29"


def test_others_marks_and_new_tables_are_seen(view: Issues, shared: Live, library: Library) -> None:
    Issues(shared).act("mark", "right", NEWEST)
    view._look()
    assert pressed(view, "right", NEWEST)
    replace_table(library, "hot_issues", pd.DataFrame(ISSUES[:1]), made_by="test")
    view._look()
    assert "共 1 页，1 件" in view._table.html


def test_one_issue_shows_all_of_it(shared: Live) -> None:
    view = Issues(shared, issue="A", stage=["conversion"])
    assert "← 返回热点与预警" in view._headline.html
    assert "issues?stage=conversion" in view._headline.html
    assert "至此 5 封，其中重复来信 2 封" in view._steps.html
    assert "同一来信人共 3 封" in view._repeats.html
    assert "已督促物业整改。" in view._table.html
    assert 'href="letter?id=a1"' in view._table.html
    assert view._table.html.count("代表来信") == 2
    assert view._table.html.count("尚未答复") == 3
    assert HOSTILE not in view._table.html + view._repeats.html
    view.act("choose", "timeline", "total")
    assert 'data-value="total" aria-pressed="true"' in view._time_choice.html


@pytest.mark.parametrize("key", ["no-such", "<script>alert(1)</script>", "x" * 5000])
def test_an_unknown_issue_is_told_plainly(shared: Live, key: str) -> None:
    view = Issues(shared, issue=key)
    assert "没有这件热点" in view._headline.html
    assert "<script>" not in view._headline.html
    view.act("choose", "timeline", "total")


def test_without_tables_the_page_says_what_to_do(tmp_path: Path) -> None:
    view = Issues(Live(snapshot(open_library(tmp_path / "empty"))))
    assert "请运行 shuju build" in view._headline.html
    assert "没有预警" in view._warnings.html
    assert "没有符合条件的热点" in view._table.html


def test_older_warnings_are_offered_where_none_is_recent(shared: Live, library: Library) -> None:
    rows = library.read("warnings")
    days = ["first_day", "alarmed_day", "day"]
    older = rows.assign(**{name: rows[name] - pd.Timedelta(days=400) for name in days})
    replace_table(library, "warnings", older, made_by="test")
    view = Issues(shared)
    first = older["first_day"].min().date()
    assert f"此前有 {len(older)} 条" in view._warnings.html
    assert f'data-do="from" data-value="{first}"' in view._warnings.html
    view.act("from", "", str(first))
    assert "此前有" not in view._warnings.html
    assert view._warnings.html.count('data-of="acknowledged"') == len(older)


# Downloads


def test_downloads_hold_what_passes(tables: data.IssueTables) -> None:
    chosen = IssueFilters(topic=("城乡建设",))
    text = export(tables, chosen, "csv").decode("utf-8-sig").splitlines()
    assert text[0] == "数聚 热点诉求；筛选：主题：城乡建设；数据截至 2024-07-30 12:00"
    (row,) = pd.read_csv(io.StringIO("\n".join(text[1:])), dtype=str).to_dict("records")
    assert (row["诉求编号"], row["阶段"], row["源头地区"], row["涉及地区"]) == (
        "A",
        "转化",
        "岳麓区",
        "岳麓区、祁阳市",
    )
    sheet = pd.read_excel(io.BytesIO(export(tables, chosen, "xlsx")), engine="calamine", header=1)
    assert sheet["一句话概括"].tolist() == ["地下车库漏水没人管"]
    assert pq.read_table(io.BytesIO(export(tables, chosen, "parquet"))).column("heat").to_pylist() == [80.0]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_a_download_of_nothing_is_a_file_with_heads(tables: data.IssueTables, kind: str) -> None:
    content = export(tables, IssueFilters(words=("没有这个词",)), kind)
    assert len(content) > 100


@pytest.mark.parametrize("title", ["=HYPERLINK(1)", "+1", "@x", "-1"])
def test_a_cell_is_no_formula(library: Library, shared: Live, title: str) -> None:
    replace_table(library, "hot_issues", pd.DataFrame([ISSUES[0] | {"title": title}]), made_by="test")
    tables = data.issue_tables(shared)
    assert f"'{title}" in export(tables, IssueFilters(), "csv").decode("utf-8-sig")
