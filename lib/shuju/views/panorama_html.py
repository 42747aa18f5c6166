"""The panorama's figures, filters, bars and records as HTML; everything that is not ours is escaped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import quote, urlencode

import pandas as pd

from shuju.views.formats import ago, axis_count, count, kpi, moment, short_count
from shuju.views.panorama_data import PAGE_ROWS, Headline
from shuju.views.record_filters import NAMES, RecordFilters, label_name

EXPORTS = {"csv": "CSV", "xlsx": "Excel", "parquet": "Parquet"}
FACET_HEADS = {
    "library": "资源库（1 省 + 14 市州）",
    "topic": "主题",
    "level": "网站层级",
    "genre": "信息类别",
    "source": "来源系统",
}
SHOWN_CHIPS = 6


def headline_html(
    shown: Headline, as_of: dt.datetime, now: dt.datetime, *, is_synthetic: bool, news: int
) -> str:
    """Return the strip of headline figures with its source line; ``news`` is how many records just came."""
    badge = '<span class="demo">演示数据</span>' if is_synthetic else ""
    fresh = f'<span class="fresh" role="status">有新数据：{news:+,} 条，已更新</span>' if news else ""
    until = f"至 {moment(shown.last_day, with_time=False)}"
    share = 100 * shown.n / shown.n_all if shown.n_all else 0
    cards = [
        kpi("信息总量", *_short(shown.n), note=f"占全部 {axis_count(shown.n_all)} 条的 {_percent(share)}"),
        kpi("网站", count(shown.n_sites), "个", f"共 {shown.n_sites_all:,} 个"),
        kpi("覆盖县市区", count(shown.n_counties), "个", f"共 {shown.n_counties_all} 个"),
        kpi("最新一条", ago(shown.newest, now), note=moment(shown.newest)),
        kpi(
            "近 7 天发布",
            *_short(shown.last_7),
            note=f"{until}，{_change(shown.last_7, shown.before_7, '前 7 天')}",
        ),
        kpi(
            "近 30 天发布",
            *_short(shown.last_30),
            note=f"{until}，{_change(shown.last_30, shown.before_30, '前 30 天')}",
        ),
    ]
    source = f"来源：统一信息资源库·网页信息　数据截至 {moment(as_of)}"
    return f'<div class="line asof"><span>{source}</span>{badge}{fresh}</div><div class="kpis">{"".join(cards)}</div>'


def scale_html() -> str:
    """Return the scale of the rasters' shades."""
    return '<span class="scale">少<i></i>多</span>'


def filters_html(
    filters: RecordFilters,
    presets: Mapping[str, tuple[dt.date, dt.date] | None],
    site_names: Mapping[str, str],
    notices: Sequence[str],
) -> str:
    """Return the bar of filters: notices, dates, chips of what is chosen, downloads of all filtered rows."""
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
        f'<a class="tag" href="export/records.{kind}?{escape(query)}" download>{name}</a>'
        for kind, name in EXPORTS.items()
    )
    chips = "".join(_chips(filters, site_names))
    if chips:
        chips = (
            f'<div class="line chips" role="group" aria-label="已选条件">{chips}'
            '<button class="tag" data-do="clear">清除全部</button></div>'
        )
    return (
        f'{alerts}<div class="line"><span class="muted">发布日期</span>{dates}'
        f'<span class="line push"><span class="muted">导出所选</span>{exports}</span></div>{chips}'
    )


def _chips(filters: RecordFilters, site_names: Mapping[str, str]) -> list[str]:
    chips = []
    for name, head in NAMES.items():
        if name == "day":
            continue
        chosen = getattr(filters, name)
        for label in chosen[:SHOWN_CHIPS]:
            text = site_names.get(label, label) if name == "site" else label_name(name, label)
            chips.append(_chip(name, label, f"{head}：{text}"))
        if len(chosen) > SHOWN_CHIPS:
            chips.append(_chip(name, "", f"{head}：另 {len(chosen) - SHOWN_CHIPS} 项"))
    if filters.day:
        chips.append(_chip("day", "", f"发布日期：{filters.day[0]} 至 {filters.day[1]}"))
    return chips


def _chip(name: str, label: str, text: str) -> str:
    return (
        f'<button class="chip" data-do="remove" data-of="{name}" data-value="{escape(label)}" '
        f'aria-label="清除条件 {escape(text)}">{escape(text)}<b>✕</b></button>'
    )


def facets_html(facets: Mapping[str, pd.DataFrame]) -> str:
    """Return the linked bars: blue what passes the other filters, grey behind it all records, each to its own most."""
    return f'<div class="facets">{"".join(_facet(name, rows) for name, rows in facets.items())}</div>'


def _facet(name: str, rows: pd.DataFrame) -> str:
    most, most_all = max(rows["n"].max(), 1), max(rows["n_all"].max(), 1)
    lines = "".join(
        f'<button class="row" data-key="{escape(label)}" data-do="toggle" data-of="{name}" '
        f'data-value="{escape(label)}" aria-pressed="{_bool(is_on)}" '
        f'title="{escape(title)}：{n:,} 条（全部 {n_all:,} 条）">'
        f'<span class="name">{escape(title)}</span><span class="track">'
        f'<i class="ghost" style="width:{100 * n_all / most_all:.1f}%"></i>'
        f'<i class="bar" style="width:{100 * n / most:.1f}%"></i></span>'
        f'<span class="n">{axis_count(n)}</span></button>'
        for label, n, n_all, is_on, title in rows[["label", "n", "n_all", "is_on", "name"]].itertuples(
            index=False
        )
    )
    choice = " has-choice" if rows["is_on"].any() else ""
    return f'<div class="facet{choice}" data-enter="{name}"><h4>{FACET_HEADS[name]}</h4>{lines}</div>'


def records_html(rows: pd.DataFrame | None, page: int, n: int) -> str:
    """Return a page of the records with its pager, or what to do when there is none."""
    if not n:
        return '<div class="empty">没有符合条件的信息<br><br><button class="tag" data-do="clear">清除全部条件</button></div>'
    pages = -(-n // PAGE_ROWS)
    if rows is None:
        return '<div class="empty">正在读取…</div>'
    lines = "".join(
        f'<tr><td class="title"><a href="record?id={quote(str(r.record_id), safe="")}">{escape(r.title)}</a></td>'
        f"<td>{escape(r.site)}</td><td>{escape(r.place)}</td><td>{escape(r.genre)}</td>"
        f"<td>{moment(r.published_at)}</td></tr>"
        for r in rows.itertuples(index=False)
    )
    heads = "<th class='title'>标题</th><th>网站</th><th>地区</th><th>信息类别</th><th>发布时间</th>"
    return (
        f'<table class="records"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>'
        f'<div class="line turn"><span class="muted">第 {page:,} 页，共 {pages:,} 页，{n:,} 条</span>'
        f'<span class="line push">{_turn("首页", 1, page > 1)}{_turn("上一页", page - 1, page > 1)}'
        f"{_turn('下一页', page + 1, page < pages)}</span></div>"
    )


def _turn(name: str, page: int, is_possible: bool) -> str:
    return f'<button class="tag" data-do="page" data-value="{page}"{"" if is_possible else " disabled"}>{name}</button>'


def _short(n: int) -> tuple[str, str]:
    value, unit = short_count(n)
    return value, f"{unit}条"


def _percent(share: float) -> str:
    return (
        f"{share:.0f}%" if share >= 99.95 or share == 0 else f"{share:.1f}%" if share >= 0.1 else "不到 0.1%"
    )


def _change(now: int, before: int, name: str) -> str:
    if not before:
        return f"{name} 0 条"
    change = 100 * (now - before) / before
    return f"较{name}{'增' if change >= 0 else '减'} {abs(change):.1f}%"


def _bool(value: bool) -> str:
    return "true" if value else "false"
