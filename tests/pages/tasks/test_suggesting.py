"""To whom a matter is suggested: organisations that there are, in the order of what they had, with the shares."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shuju.access.subject import enter
from shuju.clock import now
from shuju.desk.accounts import add_account
from shuju.desk.memberships import grant
from shuju.desk.organisations import (
    add_department,
    all_organisations,
    find_organisation,
    full_name,
    near_names,
)
from shuju.desk.store import open_desk
from shuju.desk.subjects import subject_named
from shuju.library import Library
from shuju.pages.tasks.assigning import assign_form, receive_order
from shuju.pages.tasks.figures import figure_of
from shuju.pages.tasks.of_sites import _office
from shuju.pages.tasks.suggesting import Suggestion, suggested
from tests.letters.conftest import Letters, letter

ROADS, SCHOOLS, NOISE = "岳麓区交通运输局", "岳麓区教育局", "岳麓区城管局"


@pytest.fixture
def library(letters: Letters) -> Library:
    """Letters about roads in 岳麓区: 6 of one department, 3 and 1 of others; 4 in 祁阳市; a leader is signed in."""
    rows = [letter(n, department=ROADS) for n in range(6)]
    rows += [letter(10 + n, department=NOISE) for n in range(3)] + [letter(20, department=SCHOOLS)]
    rows += [letter(30 + n, department="祁阳市交通运输局", place="431181") for n in range(4)]
    rows += [letter(40 + n, department="", place="430211") for n in range(2)]
    library = letters.add(*rows)
    desk = open_desk(library.home)
    add_account(desk, "leader", "李", None, at=now())
    grant(desk, "leader", "leader", None, at=now(), by="t")
    enter(subject_named(desk, "leader", "leader", None, at=now()))
    return library


def of(library: Library, **filters: str) -> list[Suggestion]:
    assign_form(library, {"card": "letters.trend", **filters})  # plants the regions
    return suggested(library, figure_of(library, {"card": "letters.trend", **filters}))


def told(found: list[Suggestion]) -> list[tuple[str, float | None]]:
    return [(one.organisation, one.share and round(one.share, 2)) for one in found]


def test_of_a_county_those_that_its_letters_went_to_the_likeliest_first(library: Library) -> None:
    found = of(library, region="430104", topic="交通运输")
    assert [one.organisation for one in found] == [ROADS, NOISE, SCHOOLS, "岳麓区人民政府"]
    shares = [one.share for one in found[:3]]
    assert shares == sorted(shares, reverse=True)
    # 6 of 10 here, drawn towards 10 of 14 of the province by five letters twice (prefecture, county)
    assert shares[0] == pytest.approx((6 + 5 * (6 + 5 * (10 + 5 * 10 / 14) / 19) / 15) / 15)
    page = assign_form(library, {"card": "letters.trend", "region": "430104", "topic": "交通运输"})
    assert f'value="{ROADS}" checked' in page
    assert f"{100 * shares[0]:.1f}%" in page


def test_without_a_region_those_with_most_of_the_letters_and_none_that_is_not(library: Library) -> None:
    assert told(of(library, topic="交通运输")) == [
        (ROADS, 0.43), ("祁阳市交通运输局", 0.29), (NOISE, 0.21), ("湖南省人民政府", None),
    ]  # fmt: skip


def test_where_none_is_known_none_is_invented(library: Library) -> None:
    for filters in ({}, {"region": "430211", "topic": "交通运输"}, {"region": "430104"}):
        found = of(library, **filters)
        assert [one.share for one in found] == [None], filters
        assert "没有已知的承办部门" in assign_form(library, {"card": "letters.trend", **filters})


def test_a_department_of_the_tree_is_known_and_whether_anybody_is_there(library: Library) -> None:
    desk = open_desk(library.home)
    add_department(desk, "430211", "交通局")
    found = of(library, region="430211", topic="交通运输")
    assert [one.organisation for one in found] == ["天元区交通局", "天元区人民政府"]
    assert found[0].has_people  # nobody has an account: people sign in without
    add_account(desk, "other", "何", None, at=now())
    grant(desk, "other", "department", find_organisation(desk, "岳麓区人民政府").id, at=now(), by="t")
    assert not of(library, region="430211", topic="交通运输")[0].has_people
    add_account(desk, "zhou", "周", None, at=now())
    grant(desk, "zhou", "department", find_organisation(desk, "天元区交通局").id, at=now(), by="t")
    assert of(library, region="430211", topic="交通运输")[0].has_people


def test_of_a_letter_its_own_department_comes_first(library: Library) -> None:
    key = (
        library.read("letters", ["letter_id", "department"])
        .query("department == @SCHOOLS")["letter_id"]
        .iloc[0]
    )
    assign_form(library, {"letter": key})
    found = suggested(library, figure_of(library, {"letter": key}))
    assert told(found)[0] == (SCHOOLS, None)
    assert found[0].why == "来信原承办部门"
    assert len({one.organisation for one in found}) == len(found) <= 4


def order(library: Library, organisation: str, command: str, **changes: str) -> str:
    of = "card=letters.trend&region=430104&topic=交通运输"
    return receive_order(
        library, {"of": of, "title": "路坏了", "text": "请修", "organisation": organisation, "command": command, "do": "assign", **changes}
    )  # fmt: skip


def test_an_unknown_organisation_is_refused_with_those_that_are_near(library: Library) -> None:
    of(library)
    desk = open_desk(library.home)
    before = len(all_organisations(desk))
    for unknown in ("湖南省交通运输局", "岳麓区交通局"):
        with pytest.raises(ValueError, match="没有单位"):
            order(library, unknown, f"command-{unknown}")
    with pytest.raises(ValueError, match="相近的有：岳麓区人民政府"):
        order(library, "岳麓区政府", "command-0001")
    assert len(all_organisations(desk)) == before
    assert ROADS in order(library, ROADS, "command-0002")  # letters went there: it is
    made = find_organisation(desk, ROADS)
    assert (made.region_code, full_name(made)) == ("430104", ROADS)
    assert len(all_organisations(desk)) == before + 1


def test_near_names() -> None:
    names = ["长沙市住建局", "岳麓区住建局", "株洲市人民政府", "株洲市天元区住建局"]
    cases = {
        "住建局": ["长沙市住建局", "岳麓区住建局", "株洲市天元区住建局"],
        "株州市人民政府": ["株洲市人民政府"],
        "火星": [],
        "": [],
    }
    assert {told: near_names(told, names) for told in cases} == cases


def test_of_a_departments_site_the_department(library: Library) -> None:
    of(library)
    figure = replace(figure_of(library, {"card": "letters.trend"}), kind="site", region_code="430100")
    cases = {"长沙市财政局": "长沙市财政局", "湖南省财政厅": "湖南省财政厅", "": "长沙市人民政府"}
    for name, first in cases.items():
        assert suggested(library, replace(figure, department=name))[0].organisation == first
    assert suggested(library, replace(figure, department="长沙市财政局"))[0].why == "网站主办单位"
    site = {"name": "长沙市财政局网站", "department": "czt"}
    portal = {"name": "岳麓区人民政府门户网站", "department": None}
    assert [_office(site), _office(portal)] == ["长沙市财政局", ""]
