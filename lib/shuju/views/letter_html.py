"""The figures, words and letters of the page of letters as HTML; everything that is not ours is escaped."""

from __future__ import annotations

import datetime as dt
from html import escape
from itertools import pairwise
from urllib.parse import quote

import pandas as pd

from shuju.views import theme
from shuju.views.formats import ago, axis_count, count, kpi, moment, short_count
from shuju.views.letter_data import FEW, MEASURES, PAGE_ROWS, Headline, RegionBands, prefecture_of
from shuju.views.linked_html import change, pager_html, percent

FACET_HEADS = {
    "topic": "一级主题",
    "department": "承办部门（同类合并，前 12）",
    "channel": "来信渠道",
    "motive": "来信目的",
    "age": "来信人年龄",
    "reply_days": "答复用时（天）",
}
NOTES = {
    "dots": "每封信一点，落在所涉县市区内（位置随机）；点击县市区筛选。",
    "n": "各县市区来信数，按数量等分为五档；点击县市区筛选。",
    "rate": "每万常住人口（2020 年普查）来信数，按市州计；点击县市区筛选。",
    "change": "与上年同期相比的变化；未选日期时为最近一年。少于 10 封的不计。点击县市区筛选。",
}


def headline_html(
    shown: Headline, as_of: dt.datetime, now: dt.datetime, *, is_synthetic: bool, news: int
) -> str:
    """Return the strip of headline figures with its source line; ``news`` is how many letters just came."""
    badge = '<span class="demo">演示数据</span>' if is_synthetic else ""
    fresh = f'<span class="fresh" role="status">有新数据：{news:+,} 封，已更新</span>' if news else ""
    until = f"至 {moment(shown.last_day, with_time=False)}"
    share = 100 * shown.n / shown.n_all if shown.n_all else 0
    waiting = 100 * shown.n_unanswered / shown.n if shown.n else 0
    value, unit = short_count(shown.n_unanswered)
    cards = [
        kpi("来信总量", *_short(shown.n), note=f"占全部 {axis_count(shown.n_all)} 封的 {percent(share)}"),
        kpi(
            "近 7 天来信",
            *_short(shown.last_7),
            note=f"{until}，环比{_bare(shown.last_7, shown.before_7)}",
        ),
        kpi(
            "近 30 天来信",
            *_short(shown.last_30),
            note=f"环比{_bare(shown.last_30, shown.before_30)}，同比{_bare(shown.last_30, shown.year_before_30)}",
        ),
        kpi(
            "答复用时中位数",
            *_days(shown.median_days),
            note=_with_waiting(shown),
        ),
        kpi("尚未答复", value, f"{unit}封", note=f"占所选来信的 {percent(waiting)}"),
        kpi("最新一封", ago(shown.newest, now), note=moment(shown.newest)),
    ]
    source = f"来源：统一信息资源库·来信（已脱敏）　数据截至 {moment(as_of)}"
    return f'<div class="line asof"><span>{source}</span>{badge}{fresh}</div><div class="kpis">{"".join(cards)}</div>'


def _short(n: int) -> tuple[str, str]:
    value, unit = short_count(n)
    return value, f"{unit}封"


def _with_waiting(shown: Headline) -> str:
    if shown.n and shown.median_days_all is None:
        return "过半尚未答复"
    return f"计入未答复的：{''.join(_days(shown.median_days_all))}"


def _days(days: float | None) -> tuple[str, str]:
    return ("—", "") if days is None else (f"{days:.1f}", " 天")


def _bare(now: int, before: int) -> str:
    """Return a change without the name of what it is compared with; few letters are said to be few."""
    if not before:
        return "（无可比）"
    text = change(now, before, "").removeprefix("较")
    return f"{text}（样本少）" if before < FEW else text


def measures_html(measure: str) -> str:
    """Return the switch between what the map can show."""
    return (
        '<div class="line" role="group" aria-label="地图指标">'
        + "".join(
            f'<button class="tag" data-do="choose" data-of="measure" data-value="{name}" '
            f'aria-pressed="{"true" if name == measure else "false"}">{title}</button>'
            for name, title in MEASURES.items()
        )
        + f'</div><div class="muted turn">{NOTES[measure]}</div>'
    )


def legend_html(bands: RegionBands) -> str:
    """Return the bands: colour, limits, how many counties, and the counties of the highest and lowest band."""
    if bands.measure == "dots":
        return '<span class="muted">密度 <span class="scale">少<i></i>多</span></span>'
    frame, colours = bands.frame, band_colours(bands.measure)
    sign = "+" if bands.measure == "change" else ""
    unit = {"n": "封", "rate": "封/万人", "change": "%"}[bands.measure]

    def text(value: float) -> str:
        return f"{value:{sign}.1f}" if bands.measure == "rate" else f"{value:{sign},.0f}"

    ends = [None, *bands.edges, None]
    swatches = []
    for at, (low, high) in enumerate(pairwise(ends)):
        n = int((frame["band"] == at).sum())
        if low is None and high is None:
            limits = "全部"
        elif low is None:
            limits = f"低于 {text(high)}"
        elif high is None:
            limits = f"{text(low)} 及以上"
        else:
            limits = f"{text(low)} 至 {text(high)}"
        swatches.append(
            f'<span class="band"><i style="background:{colours[at]}"></i>{limits}<small>{n} 个</small></span>'
        )
    few = int((frame["band"] < 0).sum())
    if few:
        swatches.append(f'<span class="band"><i class="few"></i>样本少或无来信<small>{few} 个</small></span>')
    return f'<div class="bands"><span class="muted">{unit}</span>{"".join(swatches)}</div>'


def band_colours(measure: str) -> tuple[str, ...]:
    """Return the colours of the bands, from low to high."""
    return theme.DIVERGING if measure == "change" else theme.BANDS


def county_bands(bands: RegionBands, codes: list[str]) -> tuple[list[str], list[int], tuple[str, ...]]:
    """Return for the map's counties what the pointer shows, their bands, and the bands' colours."""
    frame = bands.frame.set_index("code").loc[codes]
    texts = [
        f"{n:,} 封"
        + (
            ""
            if bands.measure in ("n", "dots")
            else f" · {_value(bands.measure, value)}"
            if band >= 0
            else " · 样本少"
        )
        for n, value, band in zip(frame["n"], frame["value"], frame["band"], strict=True)
    ]
    return texts, frame["band"].tolist(), () if bands.measure == "dots" else band_colours(bands.measure)


def bands_html(bands: RegionBands) -> str:
    """Return the counties by band (分档), the highest first: bands, not a league table."""
    names = ("一档（最高）", "二档", "三档", "四档", "五档（最低）")
    frame = bands.frame[bands.frame["band"] >= 0].sort_values("value", ascending=False, kind="stable")
    highest = len(bands.edges)
    rows = []
    for place, band in enumerate(range(highest, -1, -1)):
        members = frame[frame["band"] == band]
        chips = "".join(
            f'<button class="tag small" data-do="toggle" data-of="region" data-value="{r.code}" '
            f'title="{escape(prefecture_of(r.code))}{escape(r.name)}：{_value(bands.measure, r.value)}（{r.n:,} 封）">'
            f"{escape(r.name)}</button>"
            for r in members.itertuples(index=False)
        )
        is_open = " open" if place == 0 else ""
        rows.append(
            f"<details{is_open}><summary>{names[place]}　{len(members)} 个县市区</summary>"
            f'<div class="line">{chips}</div></details>'
        )
    return "".join(rows) if len(frame) else '<div class="empty">没有可分档的县市区</div>'


def _value(measure: str, value: float) -> str:
    if measure == "rate":
        return f"每万人 {value:.1f} 封"
    return f"{value:+.0f}%" if measure == "change" else f"{value:,.0f} 封"


def words_html(words: pd.DataFrame | None) -> str:
    """Return the words with their weight; what they are compared with stands above."""
    if words is None:
        return '<div class="empty">正在统计…</div>'
    if words.empty:
        return '<div class="empty">没有可统计的词</div>'
    n = words.attrs.get("letters", 0)
    note = f"所选来信（最新 {n:,} 封）比一般来信说得更多的词"
    most = words["letters"].max()
    items = "".join(
        f'<span class="row word" title="{escape(r.term)}：{r.letters:,} 封（{100 * r.share:.1f}%）">'
        f'<span class="name">{escape(r.term)}</span><span class="track"><i class="bar" style="width:{100 * r.letters / most:.1f}%"></i></span>'
        f'<span class="n">{count(r.letters)}</span></span>'
        for r in words.itertuples(index=False)
    )
    return f'<div class="muted">{note}；数字为封数。</div><div class="facets words">{items}</div>'


def letters_html(rows: pd.DataFrame | None, page: int, n: int) -> str:
    """Return a page of letters with its pager, or what to do when there is none."""
    if not n:
        return '<div class="empty">没有符合条件的来信<br><br><button class="tag" data-do="clear">清除全部条件</button></div>'
    if rows is None:
        return '<div class="empty">正在读取…</div>'
    lines = "".join(
        f'<tr><td class="title"><a href="letter?id={quote(str(r.letter_id), safe="")}">{escape(r.title)}</a></td>'
        f"<td>{escape(r.place)}</td><td>{escape(r.topic)}</td><td>{escape(r.department)}</td>"
        f"<td>{moment(r.written_at)}</td><td>{moment(r.replied_at, with_time=False) if pd.notna(r.replied_at) else '未答复'}</td></tr>"
        for r in rows.itertuples(index=False)
    )
    heads = "<th class='title'>标题</th><th>地区</th><th>主题</th><th>承办部门</th><th>来信时间</th><th>答复日期</th>"
    return (
        f'<table class="records"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>'
        f"{pager_html(page, n, PAGE_ROWS)}"
    )
