"""Hot issues and warnings are selected as every table is; what lasts days passes if it was going on then."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

import shuju
from shuju.facts import FactsError
from shuju.letters.issue_list import (
    ROWS,
    issue_export,
    issue_facets_data,
    issue_headline_data,
    issue_list_data,
)
from shuju.letters.issue_selection import selection as select_issues
from shuju.letters.warning_selection import selection as select_warnings
from shuju.letters.warning_selection import warnings_beside
from shuju.library import Library, open_library
from shuju.library.derived import replace_table
from tests.pages.issue_library import ISSUES, issue_library

SPRING = (dt.date(2024, 2, 1), dt.date(2024, 3, 1))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return issue_library(tmp_path)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The same, for tests that only read."""
    return issue_library(tmp_path_factory.mktemp("issues"))


FILTERS = {
    # filters                                    issues that pass, warnings beside them
    "nothing": ({}, ["A", "B/ü?"], 4),
    "stage": ({"stage": "source"}, ["B/ü?"], 4),
    "two stages": ({"stage": ["source", "conversion"]}, ["A", "B/ü?"], 4),
    "topic": ({"topic": "城乡建设"}, ["A"], 2),
    "no topic": ({"topic": "未分类"}, ["B/ü?"], 0),
    "county of origin": ({"region": "430104"}, ["A"], 2),
    "county reached later": ({"region": "431181"}, ["A"], 1),
    "prefecture": ({"region": "430200"}, ["B/ü?"], 1),
    "province": ({"region": "430000"}, ["A", "B/ü?"], 4),
    "another prefecture": ({"region": "433100"}, [], 0),
    "no region": ({"region": "未知"}, [], 0),
    "word of the title": ({"words": "没人管"}, ["A"], 4),
    "word of the words": ({"words": "漏水"}, ["A"], 4),
    "word of the department": ({"words": "住建局"}, ["A"], 4),
    "in either case": ({"words": "ONERROR"}, ["B/ü?"], 4),
    "two words, one not there": ({"words": ["漏水", "电梯"]}, [], 4),
    "a word is no pattern": ({"words": ".*"}, [], 4),
    "days": ({"day": SPRING}, ["B/ü?"], 1),
    "last day of an issue": ({"day": dt.date(2024, 7, 20)}, ["A"], 3),
}


@pytest.mark.parametrize(("filters", "issues", "n_warnings"), FILTERS.values(), ids=FILTERS)
def test_filters(kept: Library, filters: dict, issues: list[str], n_warnings: int) -> None:
    found = select_issues(kept, **filters)
    assert found.rows()["issue_id"].tolist() == issues
    assert found.total == len(issues)
    assert found.frame(["issue_id"]).compute()["issue_id"].tolist() == issues
    assert warnings_beside(found).total == n_warnings
    other = select_issues(kept)
    other.query = found.query
    assert other.filters == found.filters


def test_warnings_are_newest_first_and_of_some_kinds(kept: Library) -> None:
    days = select_warnings(kept).rows()["day"].dt.strftime("%m-%d").tolist()
    assert days == ["07-25", "07-22", "07-20", "02-03"]
    assert select_warnings(kept, warning="emerging").total == 2
    assert warnings_beside(select_issues(kept, topic="城乡建设"), ["seasonal"]).total == 0


def test_select_knows_both_tables(kept: Library) -> None:
    issues = shuju.select("hot_issues", kept.home.uri, stage="source")
    assert str(issues) == "<hot_issues：阶段：源头；1 件>"
    assert shuju.select("warnings", kept.home.uri).total == 4
    with pytest.raises(FactsError, match="source"):
        select_issues(kept, stage="sorce")


def test_known_up_to_the_newest_letter(kept: Library) -> None:
    issues = select_issues(kept)
    assert issues.as_of == dt.datetime(2024, 7, 30, 12)
    assert issues.span == (dt.date(2024, 3, 1), dt.date(2024, 7, 30))
    assert not issues.is_synthetic


def test_a_cube_counts_an_issue_under_each_region(kept: Library) -> None:
    cube = select_issues(kept).cube(["stage", "region"])
    told = cube.sel(stage="conversion", region=["430104", "431181", "430100", "430211"])
    assert told.values.tolist() == [1, 1, 1, 0]


def test_new_rows_are_another_state(library: Library) -> None:
    before = select_issues(library)
    replace_table(library, "hot_issues", pd.DataFrame(ISSUES[:1]), made_by="test")
    after = select_issues(library)
    assert (before.total, after.total) == (2, 1)
    assert before.identity != after.identity


def test_headline(kept: Library) -> None:
    shown = issue_headline_data(select_issues(kept))
    assert (shown.n, shown.n_all, shown.n_converted, shown.n_letters, shown.n_unanswered) == (2, 2, 1, 6, 3)
    assert issue_headline_data(select_issues(kept, region="430200")).n == 1


def test_facets_count_under_the_other_filters(kept: Library) -> None:
    found = issue_facets_data(select_issues(kept, stage="source"))
    stage = found["stage"].set_index("label")
    assert stage["n"].to_dict() == {"source": 1, "conversion": 1}
    assert stage["is_on"].to_dict() == {"source": True, "conversion": False}
    assert found["region"].set_index("name")["n"].to_dict() == {"长沙": 0, "株洲": 1, "永州": 0}


def test_a_page_of_the_list(library: Library) -> None:
    many = [ISSUES[0] | {"issue_id": f"i{n:02d}", "heat": 90.0 - n} for n in range(ROWS + 3)]
    replace_table(library, "hot_issues", pd.DataFrame(many), made_by="test")
    second = issue_list_data(select_issues(library), page=2)
    assert second["issue_id"].tolist() == ["i12", "i13", "i14"]
    assert {"page": 2, "total": ROWS + 3, "first": ROWS}.items() <= second.attrs.items()
    assert second.attrs["n_alive"] + second.attrs["n_quiet"] == ROWS + 3
    assert issue_list_data(select_issues(library), page=99).attrs["page"] == 2


def test_an_export_names_its_codes(kept: Library) -> None:
    (row,) = issue_export(select_issues(kept, topic="城乡建设")).to_dict("records")
    assert (row["stage"], row["stage_name"]) == ("conversion", "转化")
    assert (row["region_code"], row["region_code_name"], row["regions"]) == (
        "430104",
        "岳麓区",
        "岳麓区、祁阳市",
    )
    own = [name for name in row if not name.endswith("_name")]
    assert own == list(kept.catalog.table("hot_issues").columns)
    assert issue_export(select_issues(kept, words="没有这个词")).empty


def test_a_library_without_them(tmp_path: Path) -> None:
    empty = select_issues(open_library(tmp_path / "empty"))
    assert (empty.total, empty.n_all, empty.as_of, empty.is_synthetic) == (0, 0, None, False)
    assert empty.span[0] == empty.span[1]
    assert issue_facets_data(empty)["topic"].empty
    assert issue_list_data(empty).empty


@pytest.mark.parametrize("order", ["n_letters", "-n_letters", "-last_at", "n_unanswered", ""])
def test_issues_are_sorted_by_a_column_over_all_pages(kept: Library, order: str) -> None:
    issues, name = select_issues(kept), order.removeprefix("-")
    whole = issues.rows(issues.n_all)
    if name:
        whole = whole.sort_values(name, ascending=order == name, kind="stable")
    pages = [issues.rows(1, first=first, order=order)["issue_id"].item() for first in range(issues.n_all)]
    assert pages == whole["issue_id"].tolist()


@pytest.mark.parametrize("ask", ["rows", "frame"])
def test_a_column_that_does_not_exist_is_refused(kept: Library, ask: str) -> None:
    with pytest.raises(FactsError, match="是否想用 'n_letters'"):
        getattr(shuju.select("hot_issues", kept.home.uri), ask)(columns=["n_leters"])


def test_an_order_that_does_not_exist_is_refused(kept: Library) -> None:
    with pytest.raises(FactsError, match="n_letters"):
        select_issues(kept).rows(order="n_leters")
