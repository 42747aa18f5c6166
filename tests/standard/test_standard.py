"""The standard: 1 + 14 + 122 regions, old codes that lead to new ones, lists without repeats."""

from __future__ import annotations

import pytest

from shuju.standard import code_list, code_lists, current_code, library_of, region, regions


def test_one_province_fourteen_prefectures_and_122_counties() -> None:
    assert [len(regions(level)) for level in ("province", "prefecture", "county")] == [1, 14, 122]
    assert {r.parent_code for r in regions("county")} == {r.code for r in regions("prefecture")}


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("431121", "431181", "祁阳市"),
        ("430124", "430182", "宁乡市"),
        ("430521", "430582", "邵东市"),
        ("430221", "430212", "渌口区"),
        ("430104", "430104", "岳麓区"),
    ],
)
def test_old_code_leads_to_the_new(old: str, new: str, name: str) -> None:
    assert current_code(old) == new
    assert region(old).name == name


@pytest.mark.parametrize(
    ("code", "library"), [("430000", "430000"), ("430100", "430100"), ("431121", "431100")]
)
def test_library_of_a_region(code: str, library: str) -> None:
    assert library_of(code) == library


def test_unknown_code_is_said_so() -> None:
    with pytest.raises(KeyError, match="440106"):
        region("440106")


@pytest.mark.parametrize("name", code_lists())
def test_code_list_is_not_empty_and_has_chinese_names(name: str) -> None:
    names = code_list(name).names
    assert names
    assert all(any("\u4e00" <= c <= "\u9fff" for c in value) for value in names.values())


def test_fifteen_topics() -> None:
    assert len(code_list("topics").codes) == 15


def test_population_of_the_province_is_the_sum_of_its_prefectures() -> None:
    assert (
        region("430000").population_2020
        == sum(r.population_2020 for r in regions("prefecture"))
        == 66_444_864
    )
