"""Templates: HTML by Jinja2 with everything escaped that is not marked as HTML; numbers and dates as people read them."""

from __future__ import annotations

import datetime as dt
from contextvars import ContextVar
from functools import cache
from typing import Any
from urllib.parse import quote

import jinja2
import pandas as pd
from markupsafe import Markup

from shuju.charts import theme
from shuju.clock import now
from shuju.facts.change import change
from shuju.facts.naming import label_name, place_name
from shuju.facts.newest_days import thin_weeks
from shuju.letters.reply_counts import day_count, days_told

# What a form on a plain page must hold beside what is typed; the server says so for each visitor.
form_token: ContextVar[str] = ContextVar("form_token", default="")
OLD_DAYS = 7  # data that reach no further are told to be old


def count(n: float) -> str:
    """Return a number with thousands apart: ``20,700,000``."""
    return f"{n:,.0f}"


def short(n: float) -> str:
    """Return a number for a narrow place: ``2.5万``."""
    return "".join(short_count(n))


def short_count(n: float) -> tuple[str, str]:
    """Return a number and its unit, short enough for a headline: ``("2,070", "万")``, ``("3.21", "亿")``."""
    for size, unit in ((1e8, "亿"), (1e4, "万")):
        if abs(n) >= size:
            value = n / size
            digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 100 else 2
            told = f"{value:,.{digits}f}"
            return (told.rstrip("0").rstrip(".") if "." in told else told), unit
    return f"{n:,.0f}", ""


def moment(value: Any) -> str:
    """Return a time as ``2024-07-29 16:38``, a dash where there is none."""
    return "—" if is_missing(value) else pd.Timestamp(value).strftime("%Y-%m-%d %H:%M")


def day(value: Any) -> str:
    """Return a day as ``2024-07-29``, a dash where there is none."""
    return "—" if is_missing(value) else pd.Timestamp(value).strftime("%Y-%m-%d")


def ago(value: Any, now: dt.datetime) -> str:
    """Return how long ago a time was, in words."""
    if is_missing(value):
        return "—"
    seconds = (pd.Timestamp(now) - pd.Timestamp(value)).total_seconds()
    units = ((86400 * 365, "年"), (86400 * 30, "个月"), (86400, "天"), (3600, "小时"), (60, "分钟"))
    for size, unit in units:
        if seconds >= size:
            return f"{int(seconds // size):,} {unit}前"
    return "刚刚"


def old(value: Any) -> str:
    """Return how many days, months or years ago a time was where that is over a week (``6 年``), else nothing."""
    if is_missing(value) or pd.Timestamp(now()) - pd.Timestamp(value) <= pd.Timedelta(days=OLD_DAYS):
        return ""
    return ago(value, now()).removesuffix("前")


def percent(share: float | None) -> str:
    """Return a share (0 to 1) in words: ``42.3%``; a dash where there is none."""
    if is_missing(share):
        return "—"
    value = 100 * float(share)  # type: ignore[arg-type]
    return (
        f"{value:.0f}%" if value >= 99.95 or value == 0 else f"{value:.1f}%" if value >= 0.1 else "不到 0.1%"
    )


def hours(value: Any) -> str:
    """Return hours as people say them: 8.5 小时, 3.2 天; a dash where they are not known."""
    if is_missing(value):
        return "—"
    return f"{value:.1f} 小时" if abs(value) < 72 else f"{value / 24:.1f} 天"


def is_missing(value: Any) -> bool:
    """Whether a value is not there: None, NaN, NaT."""
    return value is None or (not isinstance(value, str) and bool(pd.isna(value)))


def text(value: Any) -> str:
    """Return a value as text, nothing where there is none."""
    return "" if is_missing(value) else str(value)


def number(value: Any) -> float:
    """Return a number, 0 where there is none or it is below."""
    return 0.0 if is_missing(value) else max(float(value), 0.0)


def cut(value: Any, most: int) -> str:
    """Return at most ``most`` characters of a text."""
    whole = text(value)
    return whole if len(whole) <= most else whole[:most] + "…"


@cache
def environment() -> jinja2.Environment:
    """Return the environment of all templates: those of ``ui`` and those of each page under its name."""
    env = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [jinja2.PackageLoader("shuju.ui"), jinja2.PackageLoader("shuju", "pages")]
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {
        "count": count, "short": short, "moment": moment, "day": day, "percent": percent, "hours": hours, "text": text,
        "cut": cut, "old": old, "number": number, "days": days_told, "quoted": lambda value: quote(str(value), safe=""), "place": place_name,
    }  # fmt: skip
    env.globals |= {
        "theme": theme,
        "label_name": label_name,
        "ago": ago,
        "form_token": form_token.get,
        "change": change,
        "short_count": short_count,
        "thin_weeks": thin_weeks,
        "day_count": day_count,
    }
    env.tests["missing"] = is_missing
    return env


def render(name: str, **values: Any) -> str:
    """Return a template filled with ``values``, which are escaped unless they are HTML already."""
    return environment().get_template(name).render(**values)


def html(name: str, **values: Any) -> Markup:
    """Return a filled template as HTML that stands in another as it is."""
    return Markup(render(name, **values))


@cache
def style(name: str = "style.css") -> str:
    """Return a style sheet with the theme's colours in it."""
    return environment().get_template(name).render()
