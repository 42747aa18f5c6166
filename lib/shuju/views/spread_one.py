"""The part of the page of spread that shows one document: its cards, and what changes in them with which parameter."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Protocol

import panel as pn

from shuju.spread.kinds import REPRINT_KINDS
from shuju.views import spread_document as model
from shuju.views import spread_document_html as html
from shuju.views.active_html import ActiveHTML
from shuju.views.linked_page import card, head, plot, stack
from shuju.views.spread_charts import arrival_curve
from shuju.views.spread_compare_html import compare_html
from shuju.views.spread_data import SpreadTables
from shuju.views.spread_flow import SHOWN_GENERATIONS, flow_chart
from shuju.views.spread_html import choices_html
from shuju.views.spread_map import lag_map
from shuju.views.spread_tree import RASTERED, tree_chart

CURVES = {"share": "应转网站到达率", "number": "转载网站数"}
KINDS = {"all": "全部"} | dict.fromkeys(REPRINT_KINDS, "")


class Page(Protocol):
    """What the cards need of the page that they are on."""

    page: int
    missing_page: int
    copy: str
    kind: str
    curve: str
    clock: int
    is_whole: bool
    active: Callable[..., ActiveHTML]
    act: Callable[[str, str, str], None]


class OneDocument:
    """One document on a page: ``cards`` builds the layout once, ``show`` brings the content up to the page's parameters."""

    def __init__(self, page: Page, tables: SpreadTables, origin_id: str):
        """Take the document that ``page`` is to show; it need not exist."""
        self._page, self._origin_id = page, origin_id
        self.take(tables)

    def take(self, tables: SpreadTables) -> None:
        """Take the document as new tables have it."""
        self._tables = tables
        self._shown = model.document(tables, self._origin_id)

    @property
    def is_known(self) -> bool:
        """Whether the library has such a record."""
        return self._shown is not None

    def head_html(self, back: str, notices: list[str]) -> str:
        """Return the head, or what to say where there is no such record."""
        alerts = "".join(
            f'<div class="alert" role="alert">{escape(text)} <button data-do="dismiss" aria-label="知道了">✕</button></div>'
            for text in notices
        )
        if self._shown is None:
            return alerts + html.missing_document_html(self._origin_id)
        return alerts + html.head_html(self._shown, back, self._tables.as_of, self._tables.is_synthetic)

    def cards(self) -> list[pn.viewable.Viewable]:
        """Return the cards, built once."""
        active = self._page.active
        self._curve_choice, self._levels = active(), active()
        self._map_legend, self._flow_legend, self._tree_legend = active(), active(), active()
        self._findings, self._missing, self._copies, self._compare = active(), active(), active(), active()
        self._curve, self._map, self._flow, self._tree = plot(None), plot(None), plot(None), plot(None)
        left = stack(
            card(
                head("到达曲线", "横轴为发布后时间（对数）；虚线为 8、24、72 小时的时限。"),
                self._curve_choice, self._curve, self._levels,
            ),
            card(head("未到达名单", "按应转规则应当转载而至今没有的网站。"), self._missing),
        )  # fmt: skip
        right = stack(
            card(head("到达地图", "县市区按首个转载的时间着色；播放看它怎样铺开。"), self._map_legend, self._map),
            card(head("层级流向", "各层级从谁取得，逐代；宽度为条数。"), self._flow_legend, self._flow),
        )  # fmt: skip
        return [
            left,
            right,
            card(
                head("谁从谁那里转", "横轴为发布后时间；连线为最可能的上一手。点击一点看逐字对照。"),
                self._tree_legend, self._tree, css="whole",
            ),
            card(head("转载清单", "时间先后；点击一条，与原文逐字对照。"), self._copies),
            card(head("逐字对照", "左为原文，右为转载；相同的长段折叠。"), self._compare),
            card(
                head("疑点与断点", "须核实的时间与来源、没有往下传的环节、修订与解读。"),
                self._findings, css="whole",
            ),
        ]  # fmt: skip

    def show(self, changed: set[str] | None) -> None:
        """Bring up to the page's parameters what depends on those ``changed``; None is all."""
        assert self._shown is not None
        pieces: dict[Callable[[], None], tuple[str, ...]] = {
            self._show_fixed: (),
            self._show_curve: ("curve",),
            self._show_tree: ("copy",),
            self._show_copies: ("copy", "kind", "page"),
            self._show_compare: ("copy",),
            self._show_missing: ("missing_page",),
        }
        for piece, names in pieces.items():
            if changed is None or changed & set(names):
                piece()

    @property
    def _chosen(self) -> str:
        """The copy that is held against the original: the page's, else the first."""
        rows = self._shown.copies
        return self._page.copy or (str(rows["record_id"].iloc[0]) if len(rows) else "")

    def _show_fixed(self) -> None:
        shown = self._shown
        self._levels.html = html.levels_html(shown)
        self._findings.html = html.findings_html(shown)
        self._map_legend.html = html.map_legend_html()
        deep = f"；只画前 {SHOWN_GENERATIONS} 代" if shown.row["depth"] > SHOWN_GENERATIONS else ""
        self._flow_legend.html = _with_note(html.groups_html(shown), deep)
        large = f"；{len(shown.copies):,} 条，连线汇成光栅" if len(shown.copies) > RASTERED else ""
        self._tree_legend.html = _with_note(html.groups_html(shown), large)
        if not self._page.is_whole:
            return
        flows = model.flows(shown)
        self._flow.object = flow_chart(flows) if len(flows) else None
        code = shown.row["region_code"]
        self._map.object = lag_map(
            model.by_county(shown.copies), model.by_city(shown.copies), code if isinstance(code, str) else None,
            self._page.clock, lambda stop: self._page.act("clock", "", str(stop)),
        )  # fmt: skip

    def _show_curve(self) -> None:
        page, shown = self._page, self._shown
        # Where nobody ought to carry it there is no share: how many did is what can be drawn.
        curve = page.curve if len(shown.pairs) else "number"
        self._curve_choice.html = choices_html("curve", "纵轴", CURVES, curve)
        if page.is_whole:
            is_share = curve == "share"
            points = model.arrival_shares(shown) if is_share else model.arrival_numbers(shown)
            self._curve.object = arrival_curve(points, is_share=is_share)

    def _show_tree(self) -> None:
        shown = self._shown
        if self._page.is_whole:
            self._tree.object = (
                tree_chart(
                    shown.copies, self._origin_id, str(shown.row["site_name"]), self._chosen, self._tapped
                )
                if shown.is_carried
                else None
            )

    def _tapped(self, record_id: str) -> None:
        self._page.act("copy", "", record_id)

    def _show_copies(self) -> None:
        page = self._page
        self._copies.html = html.copies_html(
            self._shown, self._chosen, html.kinds_of(self._shown), page.kind, page.page
        )

    def _show_compare(self) -> None:
        if self._page.is_whole:
            self._compare.html = self._compared()

    def _compared(self) -> str:
        wanted, rows = self._chosen, self._shown.copies
        if not wanted:
            return '<div class="empty">没有可以对照的转载</div>'
        linked = self._shown.linked
        sites = dict(zip(linked["record_id"], linked["site"], strict=True))
        sites |= dict(zip(rows["record_id"], rows["site"], strict=True))
        original, copy = (model.texts(self._tables.library, name) for name in (self._origin_id, wanted))
        if original is None or copy is None or wanted not in sites:
            return f'<div class="empty" role="alert">编号“{escape(wanted[:100])}”不是这份文件的转载</div>'
        return compare_html(original, copy, (str(self._shown.row["site_name"]), str(sites[wanted])))

    def _show_missing(self) -> None:
        self._missing.html = html.missing_html(self._shown, self._page.missing_page)


def _with_note(legend: str, note: str) -> str:
    return legend.replace("</div>", f'<span class="muted">{note}</span></div>', 1)
