"""Holidays: every year has its seven, in order, the lunar ones where the calendar has them."""

from __future__ import annotations

import numpy as np
import pytest

from shuju.standard.holidays import holidays


@pytest.mark.parametrize("year", range(2015, 2028))
def test_each_year_has_its_seven(year: int) -> None:
    kinds = {h.kind for h in holidays() if h.code.endswith(str(year))}
    # In some years two holidays were arranged as one.
    assert kinds >= {"new_year", "spring_festival", "qingming", "labour_day", "dragon_boat", "national_day"}


@pytest.mark.parametrize(
    ("code", "day"),
    [
        ("spring_festival_2015", "2015-02-19"),
        ("spring_festival_2020", "2020-01-25"),
        ("spring_festival_2024", "2024-02-10"),
        ("spring_festival_2027", "2027-02-06"),
        ("dragon_boat_2022", "2022-06-03"),
        ("mid_autumn_2026", "2026-09-25"),
        ("national_day_2023", "2023-10-01"),
    ],
)
def test_the_day_itself_is_off(code: str, day: str) -> None:
    found = next(h for h in holidays() if h.code == code)
    assert found.first_day <= np.datetime64(day) <= found.last_day


def test_holidays_are_in_order_and_short() -> None:
    found = holidays()
    assert [h.first_day for h in found] == sorted(h.first_day for h in found)
    assert all(0 <= (h.last_day - h.first_day).astype(int) <= 9 for h in found)
