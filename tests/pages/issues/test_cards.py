"""The cards of hot issues and of one issue: what they show, what their buttons do, what stands in the address."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from shuju.charts.printing import png
from shuju.desk.issue_decisions import standing_decisions
from shuju.desk.store import open_desk
from shuju.facts import FactsError
from shuju.facts.address import parse
from shuju.facts.cards import Card, all_cards, find
from shuju.letters.build import build_letters
from shuju.letters.decisions import Decision
from shuju.letters.issue_selection import selection
from shuju.library import Library, open_library
from shuju.library.derived import replace_table
from shuju.mine.issue_changes import warning_changes
from shuju.ui.link import Link
from tests.letters.conftest import Letters, letter, letters
from tests.pages.issue_library import HOSTILE, ISSUES, issue_library, warning

__all__ = ["letters"]

NEWEST = "430104-城乡建设-20240720"
ROAD = "431181-交通运输-20240718"
SPRING = (dt.date(2024, 2, 1), dt.date(2024, 3, 1))
LIST = ("headline", "filters", "warnings", "list", "facets")
ONE = ("head", "stages", "heat", "timeline", "map", "records", "answers", "repeats", "decisions", "letters")


class Shown:
    """Cards of one selection, as a page at ``query`` has them."""

    def __init__(self, library: Library, names: tuple[str, ...] = LIST, query: str = "") -> None:
        self.selection = selection(library)
        self.link = Link(self.selection, parse(query))
        self.cards = {name: self.selection.card(name) for name in names}
        self.link.finish()

    def __getitem__(self, name: str) -> str:
        return self.cards[name].first()

    def act(self, do: str, of: str = "", value: str = "", card: str = "warnings") -> None:
        self.link.act(do, of, value, self.cards[card].slot)

    def state(self) -> Mapping[str, Any]:
        chosen = {name: getattr(self.selection, name) for name in self.selection.filter_names()}
        return chosen | self.link.option_values()

    def is_pressed(self, mark: str, key: str) -> bool:
        html = self["warnings"]
        at = html.index(f'data-of="{mark}" data-value="{key}"')
        return html[at:].split(">", 1)[0].endswith('aria-pressed="true"')


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return issue_library(tmp_path)


@pytest.fixture
def page(library: Library) -> Shown:
    return Shown(library)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The same library, for tests that only read."""
    return issue_library(tmp_path_factory.mktemp("issues"))


ACTIONS = {
    "stage": ([("toggle", "stage", "source")], {"stage": ["source"]}),
    "stage twice": ([("toggle", "stage", "source")] * 2, {"stage": []}),
    "kind of warning": ([("toggle", "warning", "emerging")], {"warning": ["emerging"]}),
    "kind of warning twice": ([("toggle", "warning", "emerging")] * 2, {"warning": []}),
    "all warnings": ([("toggle", "show", "all")], {"show": ["all"]}),
    "two words at once": ([("words", "", " 漏水 车库,漏水 ")], {"words": ["漏水", "车库"]}),
    "a word taken away": ([("words", "", "漏水"), ("remove", "words", "漏水")], {"words": []}),
    "from": ([("from", "", "2024-07-01")], {"day": (dt.date(2024, 7, 1), dt.date(2024, 7, 30))}),
    "preset": ([("preset", "", "近7天")], {"day": (dt.date(2024, 7, 24), dt.date(2024, 7, 30))}),
    "clear": ([("toggle", "stage", "source"), ("words", "", "x"), ("clear", "", "")], {"stage": [], "words": []}),
    "page, then a filter": ([("choose", "page", "2"), ("toggle", "stage", "source")], {"page": 1}),
}  # fmt: skip


@pytest.mark.parametrize(("sent", "changed"), ACTIONS.values(), ids=ACTIONS)
def test_actions(kept: Library, sent: list[tuple[str, str, str]], changed: dict[str, object]) -> None:
    page = Shown(kept)
    for act in sent:
        page.act(*act)
    assert {name: page.state()[name] for name in changed} == changed


NONSENSE = [
    ("toggle", "stage", "x"), ("toggle", "page", "1"), ("toggle", "warning", "x"), ("toggle", "words", "x"), ("words", "", "  "),
    ("from", "", "昨天"), ("choose", "page", "²"), ("choose", "stage", "source"), ("remove", "page", "1"),
    ("mark", "right", "no-such"), ("mark", "x", NEWEST), ("preset", "", "x"),
]  # fmt: skip


@pytest.mark.parametrize("sent", NONSENSE)
def test_actions_that_make_no_sense_change_nothing(kept: Library, sent: tuple[str, str, str]) -> None:
    page = Shown(kept)
    before = page.state(), page["warnings"]
    page.act(*sent)
    assert (page.state(), page["warnings"]) == before


def test_everything_is_in_the_address_and_read_from_it(page: Shown, library: Library) -> None:
    page.selection.choose(stage="source", words=["漏水", "车库"], day=SPRING)
    page.act("toggle", "show", "muted")
    page.act("toggle", "warning", "emerging")
    assert Shown(library, query=page.link.address).state() == page.state()


@pytest.mark.parametrize(
    "query", ["stage=x", "region=1", "day=昨天", "page=x", "warning=x", "show=x", "colour=red"]
)
def test_wrong_addresses_are_refused_with_a_message(kept: Library, query: str) -> None:
    other = Shown(kept, query=query)
    assert len(other.link.notices) == 1
    assert other.state() == Shown(kept).state()
    assert "alert" in other["filters"]


def test_a_card_refuses_what_it_does_not_have(kept: Library) -> None:
    with pytest.raises(FactsError, match="预警类别"):
        selection(kept).card("warnings", warning=["emergin"])


def test_lists_are_linked_and_hostile_text_is_only_text(page: Shown) -> None:
    assert "近 30 天" in page["headline"]
    assert "已平息 1 件" in page["list"]
    assert "&lt;img" not in page["list"]
    page.act("toggle", "quiet", "all")
    assert page["list"].index("地下车库漏水没人管") < page["list"].index("&lt;img")
    assert all(HOSTILE not in page[name] for name in LIST)
    assert "issue?id=B%2F%C3%BC%3F" in page["list"]
    assert "letters?region=430104&amp;topic=%E5%9F%8E" in page["warnings"]
    assert "day=2024-07-20_2024-07-25" in page["warnings"]
    assert "2024-07-20 起，最近 2024-07-25" in page["warnings"]
    assert "20240201" not in page["warnings"]
    page.selection.choose(day=SPRING)
    assert "20240201" in page["warnings"]
    assert "地下车库" not in page["list"]
    assert "&amp;day=2024-02-01_2024-03-01" in page["list"]
    page.selection.choose(stage="transmission")
    assert "没有符合条件的热点" in page["list"]


def test_a_warning_of_one_issue_leads_to_its_letters_not_to_all_of_the_city(tmp_path: Path) -> None:
    library = issue_library(tmp_path)
    of_issue = warning("430100", "城乡建设", "emerging", "2024-07-20", "2024-07-25")
    of_issue |= {
        "warning_id": "A-20240720",
        "issue_id": "A",
        "n_of_issue": 3,
        "is_one_matter": True,
        "n_observed": 6,
    }
    replace_table(library, "warnings", pd.DataFrame([of_issue]), made_by="test")
    html = Shown(library)["warnings"]
    assert 'href="issue?id=A">看说这件事的全部来信' in html
    assert "letters?region=430100" not in html
    (change,) = warning_changes(library, dt.datetime(2024, 7, 1))
    assert change.link == "issue?id=A"
    assert "地下车库漏水没人管" in change.sentence, "not all that the city wrote of the topic"
    assert "长沙市城乡建设" not in change.sentence


def heads(page: Shown) -> list[str]:
    return [re.sub("<[^>]*>|[▲▼]", "", head) for head in re.findall("<th.*?</th>", page["list"])]


def test_the_columns_of_the_list_are_chosen(kept: Library) -> None:
    page = Shown(kept)
    assert heads(page)[:4] == ["序", "热点诉求", "源头 → 传导 → 转化", "热度"]
    for name in ("first_at", "department", "stage"):
        page.act("toggle", "columns", name, "list")
    shown = heads(page)
    assert shown == ["序", "热点诉求", "热度", "来信", "人", "县市区", "未答复", "最早", "最近", "承办部门"]
    rows = re.findall(r'<tr data-key="(?!quiet).*?</tr>', page["list"], re.DOTALL)
    assert {row.count("<td") for row in rows} == {len(shown)}
    assert Shown(kept, query=page.link.address)["list"] == page["list"], "the columns stand in the address"
    page.act("choose", "sort", "-first_at", "list")
    assert 'aria-sort="descending"' in page["list"]
    assert find("hot_issues.list").settings({"columns": ["issue_id"]})["columns"] == ["issue_id"]
    with pytest.raises(FactsError, match="列"):
        find("hot_issues.list").settings({"columns": ["body"]})


def test_figures_follow_filters_and_kinds(page: Shown) -> None:
    assert "3 条待确认" in page["headline"]
    page.act("toggle", "warning", "emerging")
    assert "1 条待确认" in page["headline"]
    assert "所选共 2 件、6 封来信" in page["headline"]


def test_marks_are_put_counted_and_undone(page: Shown, library: Library) -> None:
    for mark in ("acknowledged", "right"):
        page.act("mark", mark, NEWEST)
        assert page.is_pressed(mark, NEWEST)
    assert "已判断 1 条，属实 1 条" in page["headline"]
    assert "2 条待确认" in page["headline"]
    page.act("mark", "wrong", NEWEST)
    assert page.is_pressed("wrong", NEWEST)
    assert not page.is_pressed("right", NEWEST)
    assert Shown(library).is_pressed("wrong", NEWEST)
    for _ in range(3):
        page.act("mark", "undo", NEWEST)
    assert not any(page.is_pressed(mark, NEWEST) for mark in ("acknowledged", "right", "wrong"))
    assert "已判断 0 条" in page["headline"]


def test_a_muted_series_is_folded(page: Shown) -> None:
    page.act("mark", "muted", ROAD)
    assert ROAD not in page["warnings"]
    assert "静音的 1 条" in page["warnings"]
    page.act("toggle", "show", "muted")
    assert "静音至 2024-08-29" in page["warnings"]


def test_others_marks_change_what_is_asked_for(page: Shown, library: Library) -> None:
    card = page.cards["warnings"]
    key = card.key(page.selection, page.link.option_values())
    Shown(library).act("mark", "right", NEWEST)
    assert card.key(page.selection, page.link.option_values()) != key


def test_newer_tables_are_taken(page: Shown, library: Library) -> None:
    assert "已平息 1 件" in page["list"]
    replace_table(library, "hot_issues", pd.DataFrame(ISSUES[:1]), made_by="test")
    page.link.renew(selection(library))
    assert "已平息" not in page["list"]


def test_older_warnings_are_offered_where_none_is_recent(library: Library) -> None:
    rows = library.read("warnings")
    days = ["first_day", "alarmed_day", "day"]
    older = rows.assign(**{name: rows[name] - pd.Timedelta(days=400) for name in days})
    replace_table(library, "warnings", older, made_by="test")
    page, first = Shown(library), older["first_day"].min().date()
    assert f"此前有 {len(older)} 条" in page["warnings"]
    assert f'data-do="from" data-value="{first}"' in page["warnings"]
    page.act("from", "", str(first))
    assert "此前有" not in page["warnings"]
    assert page["warnings"].count('data-of="acknowledged"') == len(older)


def test_without_tables_the_page_says_what_to_do(tmp_path: Path) -> None:
    page = Shown(open_library(tmp_path / "empty"))
    assert "还没有热点与预警" in page["headline"]
    assert "shuju" not in page["headline"]
    assert "没有预警" in page["warnings"]
    assert "没有符合条件的热点" in page["list"]


@pytest.mark.parametrize("is_built", [False, True], ids=["raw", "built"])
def test_a_library_of_a_few_letters_opens(letters: Letters, is_built: bool) -> None:
    library = letters.add(*[letter(n) for n in range(5)])
    if is_built:
        build_letters(library)
    page = Shown(library, LIST + ONE)
    assert all('role="alert"' not in page[name] for name in LIST)
    assert ("所选条件下没有热点" in page["head"]) == (library.read("hot_issues").empty)


@pytest.mark.parametrize("card", [c for c in all_cards() if c.table == "hot_issues"], ids=lambda c: c.name)
def test_a_card_is_answered_without_a_session(kept: Library, card: Card) -> None:
    options = card.settings({})
    found = card.data(selection(kept), **options)
    assert card.html is not None
    assert bool(card.html(found, **options)) == (card.name != "hot_issues.filters")
    if card.plot is not None:
        assert png(card.plot(found, **options), *card.size_mm).startswith(b"\x89PNG")


# One issue


def test_one_issue_shows_all_of_it(kept: Library) -> None:
    page = Shown(kept, ONE, "id=A&stage=conversion")
    assert "← 返回热点与预警" in page["head"]
    assert 'href="issues?stage=conversion"' in page["head"]
    assert "答复用时中位数 6.0 天" in page["head"]  # 10 and 2 days, each told to a tenth of a day
    assert "至此 5 封，其中重复来信 2 封" in page["stages"]
    assert "岳麓区住建局" in page["answers"]
    assert "同一来信人共 3 封" in page["repeats"]
    assert 'href="record?id=r%2F1"' in page["records"]
    assert "依据：地下车库、漏水" in page["records"]
    assert "已督促物业整改。" in page["letters"]
    assert 'href="letter?id=a1"' in page["letters"]
    assert page["letters"].count("代表来信") == 2
    assert page["letters"].count("尚未答复") == 3
    assert all(HOSTILE not in page[name] for name in ONE)


def test_its_time_line_and_map_can_be_changed(kept: Library) -> None:
    page = Shown(kept, ONE, "id=A")
    for option, value in (("timeline", "total"), ("map", "count")):
        page.act("choose", option, value, card=option)
        assert f'data-value="{value}" aria-pressed="true"' in page[option]
        assert page.state()[option] == value


def test_the_map_is_patched_not_drawn_anew(kept: Library) -> None:
    page = Shown(kept, ONE, "id=A")
    page["map"]
    sources = page.cards["map"]._sources
    fills, rings = list(sources["counties"].data["fill"]), sources["counties"].data["xs"]
    assert len(sources["origin"].data["x"]) == 1
    page.act("choose", "map", "count", card="map")
    page.act("toggle", "region", "430104", card="map")
    assert sources["counties"].data["xs"] is rings
    assert sorted(set(fills)) == sorted(set(sources["counties"].data["fill"]))


def test_an_issue_without_records_says_so(kept: Library) -> None:
    assert "没有找到" in Shown(kept, ONE, "id=B/ü?")["records"]


@pytest.mark.parametrize("key", ["no-such", "<script>alert(1)</script>", "x" * 1900])
def test_an_unknown_issue_is_told_plainly(kept: Library, key: str) -> None:
    page = Shown(kept, ONE, f"id={key}")
    assert "没有这件热点" in page["head"]
    assert "<script>" not in page["head"]
    assert all("alert" not in page[name] for name in ONE[1:])
    page.act("choose", "timeline", "total", card="timeline")


def test_no_issue_at_all_is_told_plainly(tmp_path: Path) -> None:
    assert "所选条件下没有热点" in Shown(open_library(tmp_path / "empty"), ONE)["head"]


@pytest.mark.parametrize(
    ("do", "value", "told", "decided"),
    [
        (
            "rename",
            " 车库漏水 ",
            "车库漏水",
            Decision("rename", "A", ("a1", "a2", "a3", "a4", "a5"), (), "车库漏水"),
        ),
        ("merge", "B/ü?", "1 封来信", Decision("merge", "A", ("b1",), ("a1", "a2", "a3", "a4", "a5"))),
        ("take-out", "a4", "1 封来信", Decision("take_out", "A", ("a4",), ("a1", "a2", "a3", "a5"))),
    ],
)
def test_people_decide_about_an_issue_and_take_it_back(
    library: Library, do: str, value: str, told: str, decided: Decision
) -> None:
    page, other = Shown(library, ONE, "id=A"), Shown(library, ONE, "id=A")
    desk = open_desk(library.home)
    page.act(do, value=value, card="letters" if do == "take-out" else "decisions")
    assert standing_decisions(desk) == (decided,)
    assert told in other["decisions"]
    assert ("已移出" in other["letters"]) == (do == "take-out")
    (number,) = re.findall(r'data-do="take-back" data-value="([0-9]+)"', page["decisions"])
    page.act("take-back", value=number, card="decisions")
    assert standing_decisions(desk) == ()
    assert "line-through" in other["decisions"]
    assert "已移出" not in other["letters"]


@pytest.mark.parametrize(
    ("do", "value"),
    [
        ("rename", " "), ("rename", "长" * 201), ("merge", "A"), ("merge", "gone"), ("merge", "x' OR 1"),
        ("take-out", "b1"), ("take-out", "nobody"), ("take-back", "1"), ("take-back", "x"),
    ],
)  # fmt: skip
def test_what_is_no_decision_about_this_issue_is_left_alone(library: Library, do: str, value: str) -> None:
    Shown(library, ONE, "id=A").act(do, value=value, card="decisions")
    assert standing_decisions(open_desk(library.home)) == ()
