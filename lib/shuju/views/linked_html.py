"""What the pages of linked views share, as HTML: filters, bars, pager; everything that is not ours is escaped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import urlencode

import pandas as pd

from shuju.views.filters import Filters, label_name
from shuju.views.formats import axis_count

EXPORTS = {"csv": "CSV", "xlsx": "Excel", "parquet": "Parquet"}
SHOWN_CHIPS = 6


def filters_html(
    filters: Filters,
    presets: Mapping[str, tuple[dt.date, dt.date] | None],
    site_names: Mapping[str, str],
    notices: Sequence[str],
    export: str,
    more: str = "",
) -> str:
    """Return the bar of filters: notices, dates, chips of what is chosen, downloads of all filtered rows.

    ``export`` names the table in the downloads' addresses, ``more`` is HTML that stands before them.
    """
    alerts = "".join(
        f'<div class="alert" role="alert">{escape(text)} '
        f'<button data-do="dismiss" data-value="{at}" aria-label="知道了">✕</button></div>'
        for at, text in enumerate(notices)
    )
    dates = "".join(
        f'<button class="tag" data-do="preset" data-value="{name}" aria-pressed="{_bool(filters.day == day)}">{name}</button>'
        for name, day in presets.items()
    )
    start, end = filters.day or ("", "")
    dates += (
        f'<label><input type="date" data-do="from" value="{start}" aria-label="开始日期"></label>至'
        f'<label><input type="date" data-do="to" value="{end}" aria-label="结束日期"></label>'
    )
    query = urlencode(filters.to_query(), safe=",")
    exports = "".join(
        f'<a class="tag" href="export/{export}.{kind}?{escape(query)}" download>{name}</a>'
        for kind, name in EXPORTS.items()
    )
    chips = "".join(_chips(filters, site_names))
    if chips:
        chips = (
            f'<div class="line chips" role="group" aria-label="已选条件">{chips}'
            '<button class="tag" data-do="clear">清除全部</button></div>'
        )
    return (
        f'{alerts}<div class="line"><span class="muted">{filters.NAMES["day"]}</span>{dates}'
        f'<span class="line push">{more}<span class="muted">导出所选</span>{exports}</span></div>{chips}'
    )


def _chips(filters: Filters, site_names: Mapping[str, str]) -> list[str]:
    chips = []
    for name, head in filters.NAMES.items():
        if name == "day":
            continue
        chosen = getattr(filters, name)
        for label in chosen[:SHOWN_CHIPS]:
            text = site_names.get(label, label) if name == "site" else label_name(name, label)
            chips.append(_chip(name, label, f"{head}：{text}"))
        if len(chosen) > SHOWN_CHIPS:
            chips.append(_chip(name, "", f"{head}：另 {len(chosen) - SHOWN_CHIPS} 项"))
    if filters.day:
        chips.append(_chip("day", "", f"{filters.NAMES['day']}：{filters.day[0]} 至 {filters.day[1]}"))
    return chips


def _chip(name: str, label: str, text: str) -> str:
    return (
        f'<button class="chip" data-do="remove" data-of="{name}" data-value="{escape(label)}" '
        f'aria-label="清除条件 {escape(text)}">{escape(text)}<b>✕</b></button>'
    )


def facets_html(facets: Mapping[str, pd.DataFrame], heads: Mapping[str, str], unit: str = "条") -> str:
    """Return the linked bars: blue what passes the other filters, grey behind it all records, each to its own most.

    A dimension without any value is left out.
    """
    shown = (_facet(name, rows, heads[name], unit) for name, rows in facets.items() if len(rows))
    return f'<div class="facets">{"".join(shown)}</div>'


def _facet(name: str, rows: pd.DataFrame, head: str, unit: str) -> str:
    most, most_all = max(rows["n"].max(), 1), max(rows["n_all"].max(), 1)
    lines = "".join(
        f'<button class="row" data-key="{escape(label)}" data-do="toggle" data-of="{name}" '
        f'data-value="{escape(label)}" aria-pressed="{_bool(is_on)}" '
        f'title="{escape(title)}：{n:,} {unit}（全部 {n_all:,} {unit}）">'
        f'<span class="name">{escape(title)}</span><span class="track">'
        f'<i class="ghost" style="width:{100 * n_all / most_all:.1f}%"></i>'
        f'<i class="bar" style="width:{100 * n / most:.1f}%"></i></span>'
        f'<span class="n">{axis_count(n)}</span></button>'
        for label, n, n_all, is_on, title in rows[["label", "n", "n_all", "is_on", "name"]].itertuples(
            index=False
        )
    )
    choice = " has-choice" if rows["is_on"].any() else ""
    return f'<div class="facet{choice}" data-enter="{name}"><h4>{head}</h4>{lines}</div>'


def pager_html(page: int, n: int, rows: int) -> str:
    """Return where in the ``n`` rows the page is, and the buttons that turn it."""
    pages = -(-n // rows)
    return (
        f'<div class="line turn"><span class="muted">第 {page:,} 页，共 {pages:,} 页，{n:,} 条</span>'
        f'<span class="line push">{_turn("首页", 1, page > 1)}{_turn("上一页", page - 1, page > 1)}'
        f"{_turn('下一页', page + 1, page < pages)}</span></div>"
    )


def _turn(name: str, page: int, is_possible: bool) -> str:
    return f'<button class="tag" data-do="page" data-value="{page}"{"" if is_possible else " disabled"}>{name}</button>'


def percent(share: float) -> str:
    """Return a share of 100 in words."""
    return (
        f"{share:.0f}%" if share >= 99.95 or share == 0 else f"{share:.1f}%" if share >= 0.1 else "不到 0.1%"
    )


def change(now: int, before: int, name: str) -> str:
    """Return by how much ``now`` is more or less than ``before``, the number of ``name``."""
    if not before:
        return f"{name} 0 条"
    change = 100 * (now - before) / before
    return f"较{name}{'增' if change >= 0 else '减'} {abs(change):.1f}%"


def _bool(value: bool) -> str:
    return "true" if value else "false"
