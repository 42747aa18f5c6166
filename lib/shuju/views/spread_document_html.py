"""One document of the page of spread as HTML; whatever comes from records is escaped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from html import escape
from urllib.parse import quote, urlencode

import pandas as pd

from shuju.spread.arrival import FEW
from shuju.standard import code_list
from shuju.views import theme
from shuju.views.formats import count, kpi, moment
from shuju.views.issues_data import place_name
from shuju.views.linked_html import EXPORTS, pager_html
from shuju.views.spread_arrivals import WITHIN
from shuju.views.spread_charts import COLOURS
from shuju.views.spread_data import GROUPS
from shuju.views.spread_document import Document, breaks, clock, findings, first_mover, levels, origin_group
from shuju.views.spread_html import asof_html, genre_name, hours, share, text
from shuju.views.spread_map import LIMIT_NAMES

COPY_ROWS, MISSING_ROWS, FINDINGS_SHOWN = 10, 8, 8


def head_html(shown: Document, back: str, as_of: dt.datetime | None, is_synthetic: bool) -> str:
    """Return the head of a document: title, where it is from, one sentence, key figures; ``back`` is the query of the list."""
    row = shown.row
    tags = "".join(
        f'<span class="about">{escape(said)}</span>'
        for said in (
            text(row["document_number"]),
            genre_name(row["genre"]),
            text(row["topic_1"]),
            str(row["site_name"]),
        )
        if said
    )
    origin = str(row["origin_id"])
    briefing = f"export/spread-briefing.docx?{urlencode({'origin': origin})}"
    return (
        f'<div class="line"><a class="tag" href="spread{escape("?" + back if back else "")}">← 返回全部文件</a>'
        f'<a class="tag" href="record?id={quote(origin, safe="")}">看原文</a>'
        f'<a class="tag" href="{escape(briefing)}" download>传播专报（Word）</a>'
        f'<span class="muted">{moment(row["published_at"])} 首发</span></div>'
        f'<h2>{escape(str(row["title"]))}</h2><div class="line tags">{tags}</div>'
        f'{asof_html(as_of, is_synthetic)}<p class="verdict">{_sentence(shown)}</p><div class="kpis six">{"".join(_cards(shown))}</div>'
    )


def _sentence(shown: Document) -> str:
    """Return in one sentence what a leader asks first."""
    _, ever, arrived, _ = clock(shown)[-1]
    if not shown.is_carried:
        due = f"，{ever:,} 个应转网站都没有到达" if ever else ""
        return f"至今没有发现其他网站转载{due}。"
    if not ever:
        return f"按现行规则没有网站应当转载；实际有 <b>{shown.row['n_sites']:,}</b> 个网站转载。"
    at = {key: (n, part, value) for key, n, part, value in clock(shown)}
    n, part, value = at["24"]
    day = f"24 小时内到达 <b>{part:,}/{n:,}</b>（{share(value)}），" if n else "发布未满 24 小时，"
    lacking = ever - arrived
    tail = f"还有 <b class='bad'>{lacking:,}</b> 个没有到达。" if lacking else "全部到达。"
    return f"{ever:,} 个应转网站中，{day}至今到达 <b>{arrived:,}</b>（{share(arrived / ever)}）；{tail}"


def _cards(shown: Document) -> list[str]:
    row, first = shown.row, first_mover(shown)
    told = "，".join(
        f"{WITHIN[key].replace(' ', '')} {share(value)}" for key, _, _, value in clock(shown)[:-1]
    )
    _, n_due, arrived, value = clock(shown)[-1]
    few = "；应转少，比例仅供参考" if 0 < n_due < FEW else ""
    shape = code_list("spread_shapes").names.get(text(row["shape"]), "层级不足，不判断")
    half = shown.rates["half_life_hours"]
    return [
        kpi("到达率", share(value), "", f"{arrived:,}/{n_due:,} 个应转网站；{told}{few}" if n_due else "没有应转网站"),
        kpi("转载", count(row["n_reprints"]), "条", f"{row['n_sites']:,} 个网站，传播率 {share(_number(row['spread_rate']))}"),
        kpi("广度", f"{row['n_prefectures']}/14", "市州", f"{row['n_counties']}/122 个县市区，覆盖人口 {share(_number(row['reach']))}"),
        kpi("深度", count(row["depth"]), "代", f"形态：{shape}"),
        kpi("最先转载", hours(first["lag_hours"]) if first else "—", "", str(first["site"]) if first else "没有转载"),
        kpi("中位时差", hours(row["median_lag_hours"]), "", f"应转半数到达：{hours(half) if not pd.isna(half) else '未到半数'}"),
    ]  # fmt: skip


def _number(value: object) -> float:
    return float("nan") if value is None or pd.isna(value) else float(value)


def levels_html(shown: Document) -> str:
    """Return arrival by level and kind, those not of the government below."""
    rows = levels(shown)
    if rows.empty:
        return '<div class="empty">没有应转网站，也没有转载</div>'
    lines = "".join(
        f'<tr><td><i class="dot" style="background:{COLOURS[r.group]}"></i>{GROUPS[r.group]}</td>'
        f'<td class="n">{r.n_due:,}</td><td class="n">{share(r.share_8h)}</td><td class="n">{share(r.share_24h)}</td>'
        f'<td class="n">{share(r.share_72h)}</td><td class="n"><b>{share(r.share_ever)}</b></td><td class="n">{r.n_sites:,}</td></tr>'
        for r in rows.itertuples(index=False)
    )
    heads = (
        "<th>层级</th><th class='n'>应转</th><th class='n'>8时</th><th class='n'>24时</th><th class='n'>72时</th>"
        "<th class='n'>至今</th><th class='n'>实际转载</th>"
    )
    return f'<div class="scroll"><table class="plain levels"><tr>{heads}</tr>{lines}</table></div>'


def map_legend_html() -> str:
    """Return which colour is which lag."""
    items = "".join(
        f'<span class="band"><i style="background:{colour}"></i>{name}</span>'
        for colour, name in zip(theme.LAGS, LIMIT_NAMES, strict=True)
    )
    blank = f'<span class="band"><i style="background:{theme.PAPER}"></i>未见转载</span>'
    return f'<div class="bands">{items}{blank}<span class="muted">圆点为市州本级网站，星号为首发</span></div>'


def groups_html(shown: Document) -> str:
    """Return which colour is which kind of site, of those that are there."""
    there = {origin_group(shown), *shown.copies["group"]}
    items = "".join(
        f'<span><i style="background:{COLOURS[g]}"></i>{name}</span>'
        for g, name in GROUPS.items()
        if g in there
    )
    return f'<div class="legend">{items}</div>'


# What is doubtful


def findings_html(shown: Document) -> str:
    """Return what is to be looked into: doubtful dates and sources, silent breaks in the chain, other editions."""
    parts = [_flags(shown), _breaks(shown), _linked(shown)]
    return "".join(p for p in parts if p) or '<div class="empty">没有疑点，链条没有断处</div>'


def _flags(shown: Document) -> str:
    rows, names = findings(shown), code_list("spread_flags").names
    parts = []
    for code, own in rows.groupby("code", sort=False):
        items = "".join(
            f'<li>{_copy_button(r.record_id, r.site)}<span class="muted">{_lag(r.lag_hours)}</span></li>'
            for r in own.head(FINDINGS_SHOWN).itertuples(index=False)
        )
        more = (
            f'<li class="muted">另 {len(own) - FINDINGS_SHOWN} 条，见下方转载清单</li>'
            if len(own) > FINDINGS_SHOWN
            else ""
        )
        parts.append(_finding(names.get(str(code), escape(str(code))), f"{len(own)} 条", items + more))
    return "".join(parts)


def _finding(title: str, n: str, items: str) -> str:
    return f'<section class="finding"><h4>{title} <small>{n}</small></h4><ul>{items}</ul></section>'


def _breaks(shown: Document) -> str:
    rows = breaks(shown)
    if rows.empty:
        return ""
    items = "".join(
        f"<li>{escape(str(r.name_))}本站未转：{_broken(r.n_below, r.n_passed)}</li>"
        for r in rows.head(FINDINGS_SHOWN).rename(columns={"name": "name_"}).itertuples(index=False)
    )
    return _finding("沉默的断点", f"{len(rows)} 处", items)


def _broken(n_below: int, n_passed: int) -> str:
    behind = f"下面 {n_below} 个应转网站也没有" if n_below else ""
    passed = f"下面 {n_passed} 个网站越过它转载" if n_passed else ""
    return "；".join(part for part in (behind, passed) if part)


def _linked(shown: Document) -> str:
    if shown.linked.empty:
        return ""
    names = code_list("reprint_kinds").names
    items = "".join(
        f"<li>{names[str(r.kind)]}：{_copy_button(r.record_id, r.title_)}"
        f'<span class="muted">{escape(str(r.site))}　{moment(r.published_at, with_time=False)}</span></li>'
        for r in shown.linked.head(FINDINGS_SHOWN).rename(columns={"title": "title_"}).itertuples(index=False)
    )
    return _finding("修订与解读", f"{len(shown.linked)} 条，不计为转载", items)


def _copy_button(record_id: str, name: str) -> str:
    return f'<button class="link" data-do="copy" data-value="{escape(str(record_id))}">{escape(str(name))}</button>'


def _lag(value: float) -> str:
    if pd.isna(value):
        return "无日期"
    return f"早于原文 {hours(-value)}" if value < 0 else f"晚 {hours(value)}"


# Who lacks it


def missing_html(shown: Document, page: int) -> str:
    """Return a page of the due sites without it (未到达名单), with the download of all."""
    rows = shown.missing
    n_due = int(shown.rates["n_due"])
    if rows.empty:
        told = "应转网站全部到达" if n_due else "按现行规则没有网站应当转载"
        return f'<div class="empty">{told}</div>'
    pages = max(-(-len(rows) // MISSING_ROWS), 1)
    page = min(page, pages)
    part = rows.iloc[(page - 1) * MISSING_ROWS : page * MISSING_ROWS]
    lines = "".join(
        f'<tr><td class="title">{escape(str(r.name_))}<span class="muted">{escape(str(r.place))}</span></td>'
        f'<td data-name="为何应转">{escape(r.clause)}<span class="muted">{escape(r.why)}</span></td>'
        f'<td data-name="停在">{"本站" if r.stopped_at == r.site_id else escape(str(r.stopped_name))}</td>'
        f'<td class="n" data-name="已等">{hours(r.waited_hours)}</td></tr>'
        for r in part.rename(columns={"name": "name_"}).itertuples(index=False)
    )
    heads = "<th class='title'>网站</th><th>为何应转</th><th class='stop'>停在</th><th class='n'>已等</th>"
    by_level = "，".join(
        f"{GROUPS.get(level, level)} {n:,}" for level, n in rows["level"].value_counts(sort=False).items()
    )
    pager = pager_html(page, len(rows), MISSING_ROWS).replace("条</span>", "个</span>", 1)
    pager = pager.replace('data-do="page"', 'data-do="turn" data-of="missing_page"')
    return (
        f'<div class="line"><span class="muted">共 {len(rows):,} 个：{by_level}</span>{_downloads("spread-missing", shown)}</div>'
        f'<table class="records missing"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>'
        f"{pager}"
    )


def _downloads(table: str, shown: Document) -> str:
    query = urlencode({"origin": shown.row["origin_id"]})
    links = "".join(
        f'<a class="tag small" href="export/{table}.{kind}?{escape(query)}" download>{name}</a>'
        for kind, name in EXPORTS.items()
    )
    return f'<span class="line push"><span class="muted">导出全部</span>{links}</span>'


# The copies


def copies_html(shown: Document, chosen: str, kinds: Mapping[str, int], kind: str, page: int) -> str:
    """Return a page of the copies in the order of time, those of one kind if it is chosen; a copy is opened by its button."""
    if not shown.is_carried:
        return '<div class="empty">没有发现转载</div>'
    names = code_list("reprint_kinds").names
    chips = "".join(
        f'<button class="tag small" data-do="choose" data-of="kind" data-value="{value}" aria-pressed="{_bool(value == kind)}">'
        f"{names.get(value, '全部')} {n:,}</button>"
        for value, n in kinds.items()
    )
    rows = shown.copies if kind == "all" else shown.copies[(shown.copies["kind"] == kind).to_numpy(bool)]
    pages = max(-(-len(rows) // COPY_ROWS), 1)
    page = min(page, pages)
    part = rows.iloc[(page - 1) * COPY_ROWS : page * COPY_ROWS]
    carriers = dict(zip(shown.copies["record_id"], shown.copies["site"], strict=True)) | {
        str(shown.row["origin_id"]): "原文"
    }
    lines = "".join(_copy(r, chosen, carriers) for r in part.to_dict("records"))
    return (
        f'<div class="line">{chips}{_downloads("spread-copies", shown)}</div><div class="copies">{lines}</div>'
        f"{pager_html(page, len(rows), COPY_ROWS)}"
    )


def _copy(row: Mapping[str, object], chosen: str, carriers: Mapping[str, str]) -> str:
    record = str(row["record_id"])
    flags = "".join(
        f'<span class="flag">{code_list("spread_flags").names.get(code, escape(code))}</span>'
        for code in str(row["flags"]).split(",")
        if code
    )
    why = "、".join(
        code_list("spread_evidence").names.get(code, code) for code in str(row["evidence"]).split(",") if code
    )
    parent = carriers.get(text(row["parent_id"]), "不明")
    sure = "" if pd.isna(row["confidence"]) else f"，把握 {row['confidence']:.0%}"
    kind = f'<span class="kind">{code_list("reprint_kinds").names[str(row["kind"])]}</span>'
    dot = f'<i class="dot" style="background:{COLOURS[str(row["group"])]}"></i>'
    key = escape(record)
    return (
        f'<button class="copy" data-key="{key}" data-do="copy" data-value="{key}" aria-pressed="{_bool(record == chosen)}">'
        f'<span class="line">{dot}<b>{escape(str(row["site"]))}</b>{kind}{flags}<span class="push">{_lag(row["lag_hours"])}</span></span>'
        f'<span class="muted">转自 {escape(parent)}{sure}{"（" + escape(why) + "）" if why else ""}　第 {row["generation"]:.0f} 代　'
        f"含原文 {share(row['containment'])}</span></button>"
    )


def missing_document_html(origin_id: str) -> str:
    """Return what to say where the library has no such record."""
    return (
        f'<div class="card" role="alert"><h3>没有这份文件</h3><p>资源库中没有编号为“{escape(origin_id[:100])}”的信息；可能链接有误。</p>'
        '<p><a href="spread">返回全部文件</a></p></div>'
    )


def place_of(row: Mapping[str, object]) -> str:
    """Return where the site that published a document is."""
    return place_name(row["region_code"]) if text(row["region_code"]) else "省外"


def _bool(value: bool) -> str:
    return "true" if value else "false"


def kinds_of(shown: Document) -> dict[str, int]:
    """Return how many copies there are of each kind, ``all`` first."""
    n = shown.copies["kind"].astype(object).value_counts()
    codes = [code for code in code_list("reprint_kinds").codes if n.get(code, 0)]
    return {"all": len(shown.copies)} | {code: int(n[code]) for code in codes}
