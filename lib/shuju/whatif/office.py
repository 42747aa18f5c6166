"""Offices (办理): how letters are answered, and how many come when, beside what is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ORDERS = {"fifo": "先来先办", "priority": "投诉求助先办", "edd": "期限近的先办"}
ALL_YEAR, BY_TOPIC, TO_QUICKEST = "year", "topic", "quickest"
ROUTINGS = {BY_TOPIC: "转给该主题通常的承办部门", TO_QUICKEST: "由各市州最慢的部门转给最快的"}
MONTHS_OF: Mapping[str, tuple[int, ...]] = {
    ALL_YEAR: tuple(range(1, 13)), "travel": (1, 2), "exams": (6, 7), "flood": (6, 7, 8), "school": (8, 9), "year_end": (11, 12),
    **{f"m{month}": (month,) for month in range(1, 13)},
}  # fmt: skip
SEASONS = {
    ALL_YEAR: "全年", "travel": "春运（1–2 月）", "exams": "高考招生（6–7 月）", "flood": "主汛期（6–8 月）",
    "school": "开学（8–9 月）", "year_end": "岁末（11–12 月）", **{f"m{month}": f"{month} 月" for month in range(1, 13)},
}  # fmt: skip


@dataclass(frozen=True)
class Office:
    """How letters are answered: staff and letters beside the present ones (1: as now), in which order (``ORDERS``).

    ``faster`` is the share taken off the time of each, ``merged`` the share of letters that are answered with another. More or fewer letters
    come in a ``season`` (``SEASONS``) only. Of the letters that ``routing`` (``ROUTINGS``) would hand to another department, the share
    ``moved`` goes there.
    """

    staff: float = 1.0
    demand: float = 1.0
    order: str = "fifo"
    faster: float = 0.0
    merged: float = 0.0
    season: str = ALL_YEAR
    routing: str = BY_TOPIC
    moved: float = 0.0
