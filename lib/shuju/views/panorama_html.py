"""The panorama's figures and records as HTML; everything that is not ours is escaped."""

from __future__ import annotations

import datetime as dt
from html import escape
from urllib.parse import quote

import pandas as pd

from shuju.views.formats import ago, axis_count, count, kpi, moment, short_count
from shuju.views.linked_html import change, pager_html, percent
from shuju.views.panorama_data import PAGE_ROWS, Headline

FACET_HEADS = {
    "library": "资源库（1 省 + 14 市州）",
    "topic": "主题",
    "level": "网站层级",
    "genre": "信息类别",
    "source": "来源系统",
}


def headline_html(
    shown: Headline, as_of: dt.datetime, now: dt.datetime, *, is_synthetic: bool, news: int
) -> str:
    """Return the strip of headline figures with its source line; ``news`` is how many records just came."""
    badge = '<span class="demo">演示数据</span>' if is_synthetic else ""
    fresh = f'<span class="fresh" role="status">有新数据：{news:+,} 条，已更新</span>' if news else ""
    until = f"至 {moment(shown.last_day, with_time=False)}"
    share = 100 * shown.n / shown.n_all if shown.n_all else 0
    cards = [
        kpi("信息总量", *_short(shown.n), note=f"占全部 {axis_count(shown.n_all)} 条的 {percent(share)}"),
        kpi("网站", count(shown.n_sites), "个", f"共 {shown.n_sites_all:,} 个"),
        kpi("覆盖县市区", count(shown.n_counties), "个", f"共 {shown.n_counties_all} 个"),
        kpi("最新一条", ago(shown.newest, now), note=moment(shown.newest)),
        kpi(
            "近 7 天发布",
            *_short(shown.last_7),
            note=f"{until}，{change(shown.last_7, shown.before_7, '前 7 天')}",
        ),
        kpi(
            "近 30 天发布",
            *_short(shown.last_30),
            note=f"{until}，{change(shown.last_30, shown.before_30, '前 30 天')}",
        ),
    ]
    source = f"来源：统一信息资源库·网页信息　数据截至 {moment(as_of)}"
    return f'<div class="line asof"><span>{source}</span>{badge}{fresh}</div><div class="kpis">{"".join(cards)}</div>'


def scale_html() -> str:
    """Return the scale of the rasters' shades."""
    return '<span class="scale">少<i></i>多</span>'


def records_html(rows: pd.DataFrame | None, page: int, n: int) -> str:
    """Return a page of the records with its pager, or what to do when there is none."""
    if not n:
        return '<div class="empty">没有符合条件的信息<br><br><button class="tag" data-do="clear">清除全部条件</button></div>'
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
        f"{pager_html(page, n, PAGE_ROWS)}"
    )


def _short(n: int) -> tuple[str, str]:
    value, unit = short_count(n)
    return value, f"{unit}条"
