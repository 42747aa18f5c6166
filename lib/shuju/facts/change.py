"""How a change is told (环比、同比): a share where there is enough to compare with, else the two numbers."""

from __future__ import annotations

FLOOR = 20  # of fewer rows before, a share says more than is known: 由 1 增至 11, not 增 1000 %


def change(now: float, before: float | None) -> str:
    """Return by how much ``now`` is more or less than ``before``: ``增 12.0%``; ``由 1 增至 11`` where there were few."""
    if before is None or before != before:  # noqa: PLR0124 - a missing value of pandas
        return "无可比数据"
    if before < FLOOR:
        word = "增至" if now > before else "减至"
        return f"持平（{now:,.0f}）" if now == before else f"由 {before:,.0f} {word} {now:,.0f}"
    share = 100 * (now - before) / before
    return "持平" if abs(share) < 0.05 else f"{'增' if share > 0 else '减'} {abs(share):.1f}%"
