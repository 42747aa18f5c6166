"""The front door: what the library holds, how fresh it is, whether every row is accounted for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd
import panel as pn

from shuju.clock import now
from shuju.facts import Crossfilter, Facts
from shuju.library import Library
from shuju.library.status import status
from shuju.standard import code_list, regions
from shuju.views import theme
from shuju.views.formats import ago, count, kpi, moment, short_count
from shuju.views.live import Live, live

STYLE = f"""
.grid {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 14px; margin-top: 14px; }}
h1 {{ font-size: 24px; margin: 4px 0 2px; }}
.row {{ display: grid; grid-template-columns: 6.2em 1fr 7.5em 6.5em; gap: 10px; align-items: center; padding: 4px 0; font-size: 14px; }}
.track {{ background: {theme.GROUND}; border-radius: 4px; height: 12px; overflow: hidden; }}
.fill {{ background: {theme.BAR}; height: 100%; border-radius: 4px; }}
.n {{ text-align: right; font-variant-numeric: tabular-nums; }}
.pages a {{ display: block; padding: 12px 2px; border-bottom: 1px solid {theme.FAINT}; font-size: 15px; }}
.pages a b {{ font-weight: 600; }}
.pages a span {{ display: block; color: {theme.MUTED}; font-size: 13px; }}
@media (max-width: 600px) {{ .row {{ grid-template-columns: 5em 1fr 5.6em; }} .row .when {{ display: none; }} }}
"""


@dataclass(frozen=True)
class HomeData:
    """What the front door tells, as plain values."""

    status: Mapping[str, Any]
    by_library: Sequence[tuple[str, int, dt.date | None]]
    n_counties: int
    is_synthetic: bool
    as_of: dt.datetime


def home_data(library: Library, facts: Facts, as_of: dt.datetime) -> HomeData:
    """Return the state of the library; O(log of the tables) and one pass over the facts."""
    counts = Crossfilter(facts, ("library", "region", "source")).histograms().by
    codes = facts.codes["library"]
    newest = _newest_by_library(facts)
    counties = {r.code for r in regions("county")}
    covered = sum(
        1
        for label, n in zip(facts.labels("region"), counts["region"], strict=True)
        if n and label in counties
    )
    sources = [label for label, n in zip(facts.labels("source"), counts["source"], strict=True) if n]
    known = library.catalog.sources
    return HomeData(
        status=status(library),
        by_library=[
            (name, int(counts["library"][codes[code]]), newest.get(code))
            for code, name in code_list("libraries").names.items()
        ],
        n_counties=covered,
        is_synthetic=any(source in known and known[source].synthetic for source in sources),
        as_of=as_of,
    )


def _newest_by_library(facts: Facts) -> dict[str, dt.date]:
    """Return the last day on which each library published, from the counts of library × day."""
    from shuju.facts import cube

    if not facts.n:
        return {}
    days = cube(facts, ("library", "day"))["n"]
    last = {}
    for label in days["library"].values:
        filled = days["day"].values[days.sel(library=label).values > 0]
        if len(filled):
            last[str(label)] = pd.Timestamp(filled[-1]).date()
    return last


def home_html(data: HomeData, pages: Sequence[tuple[str, str, str]]) -> str:
    """Return the page as HTML; ``pages`` are (address, title, what it is for)."""
    tables = {t["name"]: t for t in data.status["tables"]}
    total = sum(t["n_current"] for t in tables.values())
    value, unit = short_count(total)
    is_balanced = data.status["balanced"]
    waiting = data.status["quarantine"]["waiting"]
    badge = ' <span class="demo">演示数据</span>' if data.is_synthetic else ""
    figures = [
        kpi("信息资源总量", value, f"{unit}条", f"共 {count(total)} 条"),
        kpi(
            "网页信息",
            *_short(tables["records"]["n_current"], "条"),
            _newest_note(tables["records"], data.as_of),
        ),
        kpi(
            "群众来信",
            *_short(tables["letters"]["n_current"], "封"),
            _newest_note(tables["letters"], data.as_of),
        ),
        kpi("网站", count(tables["sites"]["n_current"]), "个", "省、市州、县市区与媒体"),
        kpi("覆盖县市区", str(data.n_counties), "/ 122", "有信息入库的县市区"),
        kpi(
            "入库台账",
            "相符" if is_balanced else "不符",
            note=f"隔离区待处理 {count(waiting)} 条",
            tone="good" if is_balanced else "bad",
        ),
    ]
    return (
        f"<h1>全省政府网站统一信息资源库{badge}</h1>"
        f'<div class="muted">1 个省级资源库 + 14 个市州资源库 · 数据截至 {moment(data.as_of)}</div>'
        f'<div class="kpis" style="margin-top:14px">{"".join(figures)}</div>'
        f'<div class="grid">{_libraries_card(data)}{_tables_card(tables)}'
        f"{_quarantine_card(data)}{_pages_card(pages)}</div>"
        f'<p class="muted">来源：资源库台账与事实表 · 每个数字均可由“资源全景”下钻到原始记录</p>'
    )


def _short(n: int, unit: str) -> tuple[str, str]:
    value, size = short_count(n)
    return value, f"{size}{unit}"


def _newest_note(table: Mapping[str, Any], as_of: dt.datetime) -> str:
    newest = table["newest"]
    return f"最新 {moment(newest)}（{ago(newest, as_of)}）" if newest else "尚无数据"


def _libraries_card(data: HomeData) -> str:
    most = max((n for _, n, _ in data.by_library), default=0) or 1
    lines = "".join(
        f'<div class="row"><span>{escape(name.replace("土家族苗族自治州", "州"))}</span>'
        f'<span class="track"><span class="fill" style="display:block;width:{100 * n / most:.1f}%"></span></span>'
        f'<span class="n">{count(n)}</span><span class="n muted when">{moment(day, with_time=False)}</span></div>'
        for name, n, day in data.by_library
    )
    return f'<section class="card"><h3>各资源库的网页信息</h3><div class="muted">条数 · 最新发布日期</div>{lines}</section>'


def _tables_card(tables: Mapping[str, Mapping[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td>{escape(t['title'])}</td><td class=n>{count(t['n_current'])}</td>"
        f"<td class=n>{count(t['n_revised'])}</td><td class=n>{count(t['n_merged'])}</td>"
        f"<td class=n>{count(t['n_quarantined'])}</td>"
        f'<td class="{"good" if t["balanced"] else "bad"}">{"相符" if t["balanced"] else "不符"}</td></tr>'
        for t in tables.values()
    )
    return (
        '<section class="card"><h3>各类资源与台账</h3><div class="muted">读入行数 = 新入库 + 修订 + 合并 + 隔离</div>'
        '<table class="plain"><tr><th>资源</th><th class=n>现行（条）</th><th class=n>修订</th>'
        f"<th class=n>合并</th><th class=n>隔离</th><th>台账</th></tr>{rows}</table></section>"
    )


def _quarantine_card(data: HomeData) -> str:
    reasons = data.status["quarantine"]["by_reason"][:8]
    body = "".join(
        f"<tr><td>{escape(r['reason'])}</td><td class=n>{count(r['n'])}</td></tr>" for r in reasons
    )
    inside = (
        f'<table class="plain"><tr><th>原因</th><th class=n>条数</th></tr>{body}</table>'
        if body
        else '<p class="good">没有待处理的数据。</p>'
    )
    return (
        '<section class="card"><h3>隔离区</h3><div class="muted">未能入库的数据及原因；'
        f"更正后可重试，不会丢失</div>{inside}</section>"
    )


def _pages_card(pages: Sequence[tuple[str, str, str]]) -> str:
    links = "".join(
        f'<a href="{escape(address)}"><b>{escape(title)}</b><span>{escape(purpose)}</span></a>'
        for address, title, purpose in pages
    )
    return f'<section class="card pages"><h3>页面</h3>{links}</section>'


State = tuple[str, int, int]
_kept: dict[str, tuple[State, HomeData]] = {}


def _state(shared: Live) -> State:
    """Return what changes whenever anything arrives: every run notes in the ledger what it did."""
    version = shared.library.stored("ledger").refresh().newest
    return shared.library.home.uri, version, shared.records.version


def _data(shared: Live, state: State) -> HomeData:
    """Return the home page's data, worked out once a state for all sessions."""
    kept = _kept.get(state[0])
    if kept is None or kept[0] != state:
        kept = _kept[state[0]] = (state, home_data(shared.library, shared.records, now()))
    return kept[1]


class Home(pn.viewable.Viewer):
    """The front door; its numbers move when new data arrives."""

    def __init__(
        self, pages: Sequence[tuple[str, str, str]], shared: Live | None = None, **params: Any
    ) -> None:
        """Show the state of ``shared``'s library, the process's own if none is given."""
        super().__init__(**params)
        self._pages = pages
        self._live = shared or live()
        self._state = _state(self._live)
        self._pane = pn.pane.HTML(self._html(), stylesheets=[theme.STYLE, STYLE], sizing_mode="stretch_width")
        if pn.state.curdoc is not None:
            pn.state.add_periodic_callback(self._look, period=2000)

    def _html(self) -> str:
        return home_html(_data(self._live, self._state), self._pages)

    def _look(self) -> None:
        state = _state(self._live)
        if state != self._state:
            self._state = state
            self._pane.object = self._html()
            if pn.state.notifications is not None:
                pn.state.notifications.info("有新数据", duration=3000)

    def __panel__(self) -> pn.viewable.Viewable:
        """Return the page's content."""
        return self._pane
