"""The page of spread over all documents as HTML; whatever comes from records is escaped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd

from shuju.spread.arrival import FEW
from shuju.standard import code_list, region
from shuju.views import theme
from shuju.views.filters import label_name
from shuju.views.formats import count, kpi, moment
from shuju.views.linked_html import pager_html, percent
from shuju.views.spread_arrivals import WITHIN
from shuju.views.spread_data import GROUPS
from shuju.views.spread_measures import Headline

ROWS, SITE_ROWS = 12, 10
BAND_NAMES = ("五档（不足 20%）", "四档（20%–40%）", "三档（40%–60%）", "二档（60%–80%）", "一档（80% 以上）")
SHORT_BANDS = ("五档", "四档", "三档", "二档", "一档")


def headline_html(
    shown: Headline, within: str, as_of: dt.datetime | None, is_synthetic: bool, has_tables: bool
) -> str:
    """Return the key figures with source and as-of."""
    per = shown.n_reprints / shown.n_documents if shown.n_documents else 0
    cards = [
        kpi("被转载的文件", count(shown.n_documents), "份", f"共 {shown.n_documents_all:,} 份"),
        kpi("转载", count(shown.n_reprints), "条", f"平均每份 {per:.1f} 条"),
        kpi(rate_name(within), share(shown.shares[within]), "", f"{shown.n_due:,} 站次应转；" + _others(shown, within)),
        kpi("中位时差", hours(shown.median_lag_hours), "", "各文件转载时差中位数的中位数"),
        kpi("无一到达", count(shown.n_nowhere), "份", "有应转网站而没有一个转载", "bad" if shown.n_nowhere else ""),
    ]  # fmt: skip
    empty = (
        ""
        if has_tables
        else '<div class="alert" role="status">还没有生成转载与传播情况：请运行 shuju build。</div>'
    )
    return f'{asof_html(as_of, is_synthetic)}{empty}<div class="kpis">{"".join(cards)}</div>'


def _others(shown: Headline, within: str) -> str:
    return "，".join(f"{WITHIN[k].replace(' ', '')} {share(shown.shares[k])}" for k in WITHIN if k != within)


def asof_html(as_of: dt.datetime | None, is_synthetic: bool) -> str:
    """Return the line that tells source and as-of."""
    badge = '<span class="demo">演示数据</span>' if is_synthetic else ""
    return f'<div class="line asof"><span>来源：统一信息资源库·网页信息，经 shuju build 比对算得　数据截至 {moment(as_of)}</span>{badge}</div>'


def share(value: float) -> str:
    """Return a share (0..1) in words; a dash where there is none."""
    return "—" if value is None or np.isnan(value) else percent(100 * value)


def hours(value: float | None) -> str:
    """Return hours as people say them: 8.5 小时, 3.2 天; a dash where they are not known."""
    if value is None or pd.isna(value):
        return "—"
    return f"{value:.1f} 小时" if abs(value) < 72 else f"{value / 24:.1f} 天"


def rate_name(within: str) -> str:
    """Return what the arrival rate within a limit is called."""
    return "到达率（至今）" if within == "ever" else f"{WITHIN[within]}到达率"


def search_html() -> str:
    """Return where words are typed; each becomes a filter."""
    return '<input type="search" data-do="words" value="" placeholder="搜标题、发文字号" aria-label="搜索文件" maxlength="80">'


def choices_html(name: str, label: str, options: Mapping[str, str], chosen: str) -> str:
    """Return buttons of which one is pressed, after their name."""
    buttons = "".join(
        f'<button class="tag small" data-do="choose" data-of="{name}" data-value="{value}" '
        f'aria-pressed="{_bool(value == chosen)}">{text}</button>'
        for value, text in options.items()
    )
    return f'<div class="line choices" role="group" aria-label="{label}"><span class="muted">{label}</span>{buttons}</div>'


# The list of documents


def documents_html(rows: pd.DataFrame, page: int, n: int, query: str, within: str) -> str:
    """Return a page of the documents; ``query`` goes along to each."""
    if not n:
        return '<div class="empty">没有符合条件的文件<br><br><button class="tag" data-do="clear">清除全部条件</button></div>'
    lines = "".join(_document(row, query, within) for row in rows.to_dict("records"))
    numbers = "".join(f"<th class='n'>{name}</th>" for name in ("转载", "市州", "县区", "深度"))
    heads = (
        f"<th class='title'>文件</th><th class='arrived'>{rate_name(within)}</th><th class='steps4'>各时限</th>"
        f"{numbers}<th class='lag'>中位时差</th><th class='shape'>形态</th>"
    )
    return (
        f'<table class="records documents"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>'
        f"{pager_html(page, n, ROWS).replace('条</span>', '份</span>', 1)}"
    )


def _document(row: Mapping[str, object], query: str, within: str) -> str:
    link = document_link(str(row["origin_id"]), query)
    day = moment(row["published_at"], with_time=False)
    about = "　".join(filter(None, [day, text(row["document_number"]), text(row["site_name"])]))
    shares = {key: _number(row[_column(key)]) for key in WITHIN}
    n_due = int(_number(row["n_due"])) if not np.isnan(_number(row["n_due"])) else 0
    arrived = shares[within]
    if n_due == 0:
        told = '<span class="muted">无应转网站</span>'
    elif np.isnan(arrived):
        told = '<span class="muted">未满时限</span>'
    else:
        at = int(np.searchsorted((0.2, 0.4, 0.6, 0.8), arrived, side="right"))
        label = "样本少" if n_due < FEW else SHORT_BANDS[at]
        told = f'<b>{share(arrived)}</b> <span class="muted">{label}<br></span><span class="muted">应转 {n_due}</span>'
    shape = code_list("spread_shapes").names.get(text(row["shape"]), "—")
    return (
        f'<tr data-key="{escape(str(row["origin_id"]))}"><td class="title"><a href="{escape(link)}">{escape(str(row["title"]))}</a>'
        f'<span class="muted">{escape(about)}</span></td><td class="arrived">{told}</td><td class="steps4">{_steps(shares)}</td>'
        f'<td class="n" data-name="转载">{row["n_reprints"]:,}</td><td class="n" data-name="市州">{row["n_prefectures"]:,}</td>'
        f'<td class="n" data-name="县市区">{row["n_counties"]:,}</td><td class="n" data-name="深度">{row["depth"]:,}</td>'
        f'<td class="lag" data-name="中位时差">{hours(row["median_lag_hours"])}</td><td class="shape">{shape}</td></tr>'
    )


def _steps(shares: Mapping[str, float]) -> str:
    """Return the four shares as bars of one height."""
    told = "，".join(f"{WITHIN[key]} {share(value)}" for key, value in shares.items())
    bars = "".join(
        f'<i style="height:{0 if np.isnan(value) else max(100 * value, 3):.0f}%;background:{theme.LAGS[min(at, 3)]}"></i>'
        for at, value in enumerate(shares.values())
    )
    return f'<span class="bars" role="img" title="{told}" aria-label="{told}">{bars}</span>'


def document_link(origin_id: str, query: str = "") -> str:
    """Return the address of a document's page; ``query`` is that of the list."""
    return f"spread?origin={quote(origin_id, safe='')}{'&' + query if query else ''}"


def _column(within: str) -> str:
    return f"share_{within}" if within == "ever" else f"share_{within}h"


# Where it arrives


def places_html(cities: pd.DataFrame, counties: pd.DataFrame, within: str) -> str:
    """Return prefectures as bars in the order of codes, and the counties' portals by band (分档), the highest first."""
    if cities.empty:
        return '<div class="empty">所选文件没有应转网站</div>'
    rows = [
        (region(r.city).short_name, r.share, r.n_due, r.n_arrived)
        for r in cities.sort_values("city").itertuples()
    ]
    return bars_html(rows, within) + bands_html(counties)


def bars_html(rows: list[tuple[str, float, int, int]], within: str) -> str:
    """Return shares (name, share, due, arrived) as bars of 100 %; few due are said to be few."""
    lines = "".join(
        f'<div class="share"><span class="name" title="{escape(name)}">{escape(name)}</span><span class="track">'
        f'<i style="width:{0 if np.isnan(value) else 100 * value:.1f}%"></i></span>'
        f'<span class="n" title="{WITHIN[within]}：应转 {due:,} 站次，到达 {arrived:,}">{share(value)}'
        f"<small>{'样本少' if due < FEW else f'{arrived:,}/{due:,}'}</small></span></div>"
        for name, value, due, arrived in rows
    )
    return f'<div class="shares">{lines}</div>'


def bands_html(counties: pd.DataFrame) -> str:
    """Return the counties by band (分档), the highest first: bands, not a league table; many are folded."""
    parts = []
    for at in (*range(len(BAND_NAMES) - 1, -1, -1), -1):
        own = counties[counties["band"] == at]
        if own.empty:
            continue
        name = BAND_NAMES[at] if at >= 0 else f"应转不足 {FEW} 站次，不分档"
        colour = theme.BANDS[at] if at >= 0 else theme.FAINT
        members = "、".join(region(code).name for code in sorted(own["region_code"]))
        parts.append(
            f'<details{" open" if len(own) <= 12 else ""}><summary><span class="band"><i style="background:{colour}"></i>{name}'
            f"<small>{len(own)} 个县市区</small></span></summary><p>{members}</p></details>"
        )
    return f'<div class="county-bands">{"".join(parts)}</div>'


def departments_html(
    departments: pd.DataFrame, groups: pd.DataFrame, sites: pd.DataFrame, within: str
) -> str:
    """Return arrival by level, by department of the prefectures' sites, and the sites that lack most."""
    if sites.empty:
        return '<div class="empty">所选文件没有应转网站</div>'
    levels = groups.set_index("group").reindex([name for name in GROUPS if name in set(groups["group"])])
    rows = [(GROUPS[r.Index], r.share, r.n_due, r.n_arrived) for r in levels.itertuples()]
    names = code_list("departments").names
    by_share = departments.sort_values("share", ascending=False, kind="stable")
    own = [
        (names.get(r.department, r.department), r.share, r.n_due, r.n_arrived) for r in by_share.itertuples()
    ]
    lacking = sites.assign(n_lacking=sites["n_due"] - sites["n_arrived"])
    lacking = lacking.sort_values("n_lacking", ascending=False, kind="stable").head(SITE_ROWS)
    lines = "".join(
        f'<tr><td>{escape(str(r.name_))}</td><td>{GROUPS[r.group]}</td><td class="n">{r.n_due:,}</td><td class="n">{r.n_arrived:,}</td>'
        f'<td class="n bad">{r.n_lacking:,}</td><td class="n">{share(r.share)}</td></tr>'
        for r in lacking.rename(columns={"name": "name_"}).itertuples(index=False)
    )
    heads = "<th>网站</th><th>层级</th><th class='n'>应转</th><th class='n'>到达</th><th class='n'>未到</th><th class='n'>到达率</th>"
    return (
        f'<div class="three"><div><h4>层级</h4>{bars_html(rows, within)}<h4>部门（按主办部门）</h4>{bars_html(own, within)}</div>'
        f'<div><h4>未到最多的网站</h4><div class="scroll"><table class="plain"><tr>{heads}</tr>{lines}</table></div></div></div>'
    )


def legend_html(within: str) -> str:
    """Return the bands' colours as the matrix has them."""
    swatches = "".join(
        f'<span class="band"><i style="background:{colour}"></i>{name}</span>'
        for colour, name in zip(
            theme.BANDS, ("不足20%", "20–40%", "40–60%", "60–80%", "80%以上"), strict=True
        )
    )
    blank = f'<span class="band"><i style="background:{theme.GROUND}"></i>无应转网站</span>'
    return f'<div class="bands"><span class="muted">{rate_name(within)}</span>{swatches}{blank}</div>'


def properties_html(properties: Mapping[str, pd.DataFrame], within: str) -> str:
    """Return what spreads well: for each property the share within the limit, documents, median lag."""
    if not sum(rows["n_due"].sum() for rows in properties.values()):
        return '<div class="empty">所选文件没有应转网站</div>'
    parts = []
    for title, rows in properties.items():
        lines = "".join(
            f'<div class="share"><span class="name">{escape(r.name)}</span><span class="track">'
            f'<i style="width:{0 if np.isnan(r.share) else 100 * r.share:.1f}%"></i></span>'
            f'<span class="n">{share(r.share)}<small>{_few(r)}</small></span></div>'
            for r in rows.itertuples(index=False)
        )
        parts.append(f'<div class="facet"><h4>{title}</h4>{lines}</div>')
    note = f'<p class="muted">条为{rate_name(within)}；右侧小字为文件数与中位时差。相关不等于因果。</p>'
    return f'<div class="facets narrow">{"".join(parts)}</div>{note}'


def _few(row: Any) -> str:
    return "样本少" if row.n_due < FEW else f"{row.n:,} 份 · {hours(row.median_lag_hours)}"


def text(value: object) -> str:
    """Return a value as text, nothing where there is none."""
    return "" if value is None or pd.isna(value) else str(value)


def genre_name(code: object) -> str:
    """Return the name of a genre, nothing where it is not known."""
    return label_name("genre", text(code)) if text(code) else ""


def _number(value: object) -> float:
    return float("nan") if value is None or pd.isna(value) else float(value)


def _bool(value: bool) -> str:
    return "true" if value else "false"
