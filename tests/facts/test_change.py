"""How changes are told."""

from __future__ import annotations

import pytest

from shuju.facts.change import change


@pytest.mark.parametrize(
    ("now", "before", "told"),
    [
        (11, 1, "由 1 增至 11"),
        (0, 7, "由 7 减至 0"),
        (7, 7, "持平（7）"),
        (0, 0, "持平（0）"),
        (39, 19, "由 19 增至 39"),
        (5, 0, "由 0 增至 5"),
        (20, 20, "持平"),
        (30, 20, "增 50.0%"),
        (10, 40, "减 75.0%"),
        (100_000, 100_001, "持平"),
        (5, None, "无可比数据"),
        (5, float("nan"), "无可比数据"),
    ],
)
def test_change(now: float, before: float | None, told: str) -> None:
    assert change(now, before) == told
