"""Numbers, dates and texts as people read them."""

from __future__ import annotations

import datetime as dt
from html import escape

import pandas as pd


def count(n: int | float) -> str:
    """Return a number with thousands apart: ``20,700,000``."""
    return f"{n:,.0f}"


def short_count(n: int | float) -> tuple[str, str]:
    """Return a number and its unit, short enough for a headline: ``("2,070", "万")``, ``("3.21", "亿")``."""
    for size, unit in ((1e8, "亿"), (1e4, "万")):
        if abs(n) >= size:
            value = n / size
            digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 100 else 2
            return f"{value:,.{digits}f}", unit
    return f"{n:,.0f}", ""


def axis_count(n: float) -> str:
    """Return a number for an axis: ``2.5万``."""
    value, unit = short_count(n)
    return (value.rstrip("0").rstrip(".") if "." in value else value) + unit


def moment(value: dt.datetime | str | None, *, with_time: bool = True) -> str:
    """Return a time as ``2024-07-29 16:38``, a dash where there is none."""
    if value is None or pd.isna(value):
        return "—"
    return pd.Timestamp(value).strftime("%Y-%m-%d %H:%M" if with_time else "%Y-%m-%d")


def ago(value: dt.datetime | None, now: dt.datetime) -> str:
    """Return how long ago a time was, in words."""
    if value is None or pd.isna(value):
        return "—"
    seconds = (pd.Timestamp(now) - pd.Timestamp(value)).total_seconds()
    for size, unit in (
        (86400 * 365, "年"),
        (86400 * 30, "个月"),
        (86400, "天"),
        (3600, "小时"),
        (60, "分钟"),
    ):
        if seconds >= size:
            return f"{int(seconds // size):,} {unit}前"
    return "刚刚"


def kpi(name: str, value: str, unit: str = "", note: str = "", tone: str = "") -> str:
    """Return one headline figure as HTML; ``tone`` is ``good``, ``bad`` or nothing."""
    return (
        f'<div class="kpi"><div class="name">{escape(name)}</div>'
        f'<div class="value {tone}">{escape(value)}<small>{escape(unit)}</small></div>'
        f'<div class="note">{escape(note)}</div></div>'
    )
