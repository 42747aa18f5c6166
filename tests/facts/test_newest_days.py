"""Weeks of which a source has delivered hardly anything are told from quiet ones."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from shuju.facts.newest_days import thin_weeks

WEEKS = {
    "as the real letters end": ((87, 88, 93, 65, 110, 102, 94, 89, 83, 40, 1, 2), (2, 3, 87)),
    "the last week alone": ((50,) * 11 + (4,), (1, 4, 50)),
    "a quiet week is no gap": ((50,) * 11 + (12,), (0, 0, 50)),
    "small numbers come and go": ((8,) * 11 + (0,), (0, 0, 8)),
    "a gap in between": ((50,) * 6 + (0,) + (50,) * 5, (0, 0, 50)),
    "nothing at all": ((0,) * 12, (0, 0, 0)),
    "no weeks": ((), (0, 0, 0)),
}


@pytest.mark.parametrize(("weeks", "told"), WEEKS.values(), ids=WEEKS)
def test_thin_weeks(weeks: Sequence[int], told: tuple[int, int, int]) -> None:
    assert thin_weeks(weeks) == told
