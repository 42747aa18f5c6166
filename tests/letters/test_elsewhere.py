"""A prefecture and its county are not apart; places are counted without those of which another is a part."""

from __future__ import annotations

import pandas as pd
import pytest

from shuju.letters.elsewhere import is_elsewhere, place_counts

APART = {
    "the same county": ("430104", "430104", False),
    "two counties": ("430104", "430111", True),
    "a county and its prefecture": ("430104", "430100", False),
    "a prefecture and its county": ("430100", "430104", False),
    "a county and another prefecture": ("430104", "431100", True),
    "two prefectures": ("430100", "431100", True),
    "a county and the province": ("430104", "430000", False),
    "not known": (None, "430104", False),
    "home not known": ("430104", None, False),
}


@pytest.mark.parametrize(("code", "home", "told"), APART.values(), ids=APART)
def test_apart(code: str | None, home: str | None, told: bool) -> None:
    assert is_elsewhere(pd.Series([code], dtype="str"), pd.Series([home], dtype="str")).tolist() == [told]


COUNTED = {
    "one county": (["430104", "430104"], 1),
    "a county and its prefecture": (["430104", "430100"], 1),
    "two counties and their prefecture": (["430104", "430111", "430100"], 2),
    "a county and another prefecture": (["430104", "431100"], 2),
    "a prefecture alone": (["430100"], 1),
    "the province and a county": (["430000", "430104"], 1),
    "the province alone": (["430000", None], 1),
}


@pytest.mark.parametrize(("codes", "n"), COUNTED.values(), ids=COUNTED)
def test_places(codes: list[str | None], n: int) -> None:
    members = pd.DataFrame({"issue_id": "i", "region_code": pd.array(codes, "str")})
    assert place_counts(members).tolist() == [n]


def test_nothing_known_is_no_place() -> None:
    assert place_counts(pd.DataFrame({"issue_id": ["i"], "region_code": pd.array([None], "str")})).empty
