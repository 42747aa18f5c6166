"""The cards of one document: head, curve, levels, who lacks it, map, flow, tree, copies, side by side, what is doubtful."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
from bokeh.events import Tap

from shuju.facts.cards import Card, Option, register
from shuju.facts.naming import label_name
from shuju.facts.selection import Selection
from shuju.pages.document.map_card import HOURS_INDEX, ArrivalMapCard, map_html
from shuju.pages.spread.cards import KEPT, LIST, PAGE, chosen_query
from shuju.spread.arrival import FEW
from shuju.spread.arrival_curve import COLOURS, CURVES, curve_data, curve_plot
from shuju.spread.copies import COPY_ROWS, KINDS, MISSING_ROWS, copies_data, missing_data
from shuju.spread.documents import GROUPS, number_of
from shuju.spread.due_counts import WITHIN
from shuju.spread.flow import SHOWN_GENERATIONS, flow_data, flow_plot
from shuju.spread.lag_map import lag_map_data, lag_map_plot
from shuju.spread.one_document import (
    Document,
    document_data,
    findings,
    first_mover,
    levels,
    silent_breaks,
    unregistered,
    within_limits,
)
from shuju.spread.side_by_side import MOST, NAMES, side_by_side_data
from shuju.spread.tree import RASTERED, copy_at, ring, tree_data, tree_plot
from shuju.standard import regions
from shuju.text.compare import SAME
from shuju.ui.cards.charts import ChartCard
from shuju.ui.cards.live import LiveCard
from shuju.ui.crumbs import crumbs
from shuju.ui.figures import patch
from shuju.ui.templates import render, text

ID = Option("", "原文编号")
COPY = Option("", "转载页编号")
KIND = Option("all", "转载类型", KINDS)
MISSING_PAGE = Option(1, "未到达名单页码")
CURVE = Option("share", "到达曲线", CURVES)
FINDINGS_SHOWN = 8
# How a piece of text is marked: in the original, in the copy.
MARKS = {
    "cut": ("del", "del"),
    "added": ("ins", "ins"),
    "changed": ("del", "ins"),
    "moved_out": ("mark", "mark"),
}


class HeadCard(LiveCard):
    """The head of a document, or that there is none of this id; the way back leads to the list as it was filtered."""

    def all_options(self) -> Mapping[str, Option]:
        """Return the id, and what the list had chosen, which goes along."""
        return self.card.options | {name: LIST[name] for name in KEPT}

    def html(self, found: Document) -> str:
        """Return the head."""
        return _head_html(
            found,
            selection=self.selection,
            asked=self.link.options.id,
            back=chosen_query(self.selection, self.link.option_values()),
            notices=self.link.notices,
        )

    def key(self, selection: Selection, options: Mapping[str, Any]) -> Any:
        """Return what the head depends on."""
        return super().key(selection, options), tuple(self.link.notices)


class TreeCard(ChartCard):
    """The tree: a tap on a node holds its copy against the original; the copy shown has a ring."""

    def finished(self, figure: Any, found: pd.DataFrame) -> Any:
        """Return the figure with its tap, and the ring where it belongs."""
        sources = [r.data_source for r in figure.renderers if "record_id" in r.data_source.data]
        self._nodes = (sources[0], found) if sources else None
        self.mark()
        figure.on_event(Tap, lambda event: self._tapped(event, found))
        return figure

    def mark(self) -> None:
        """Put the ring around the copy that is shown."""
        if getattr(self, "_nodes", None) is None or "copy" not in self.link.options.param:
            return
        source, nodes = self._nodes
        patch(source, **ring(nodes, self.link.options.copy or str(nodes["record_id"].iloc[1])))

    def _tapped(self, event: Tap, nodes: pd.DataFrame) -> None:
        found = copy_at(nodes, event.x, event.y)
        if found is not None and "copy" in self.link.options.param:
            self.link.set_option("copy", found)


def _head_html(
    found: Document, selection: Selection | None = None, asked: str = "", back: str = "", notices: list[str] | None = None, **_: Any
) -> str:  # fmt: skip
    if not found.is_known:
        return render("document/no_document.html", asked=asked, back=back, notices=notices or [])
    row, limits = found.row, {key: rest for key, *rest in within_limits(found)}
    return render(
        "document/head.html", document=found, steps=_way(row), row=row, selection=selection, back=back,
        notices=notices or [], names=WITHIN, limits=limits,
        first=first_mover(found), few=FEW, spread_rate=number_of(row, "spread_rate"), reach=number_of(row, "reach"),
        of_prefectures=len(regions("prefecture")), n_strange=unregistered(found),
        of_counties=len(regions("county")),
        n={name: int(row[name]) if pd.notna(row[name]) else 0 for name in ("n_reprints", "n_sites", "n_prefectures", "n_counties", "depth")},
    )  # fmt: skip


def _way(row: Any) -> list[tuple[str, str]]:
    named = [("genre", "genres", text(row["genre"])), ("topic", "topics", text(row["topic_1"]))]
    return crumbs(
        "spread", "重要信息传播", [(n, label, label_name(codes, label)) for n, codes, label in named]
    )


def _curve_html(found: pd.DataFrame, **_: Any) -> str:
    return render("document/curve.html", curves=CURVES, curve=found.attrs["curve"])


def _tree_html(found: pd.DataFrame, **_: Any) -> str:
    n = len(found) - 1
    note = f"{n:,} 条，连线汇成光栅" if n > RASTERED else ""
    return render("document/legend.html", groups=_names(set(found["group"])), colours=COLOURS, note=note)


def _flow_html(found: pd.DataFrame, **_: Any) -> str:
    is_deep = len(found) and found["generation"].max() > SHOWN_GENERATIONS
    note = f"只画前 {SHOWN_GENERATIONS} 代" if is_deep else ""
    there = {*found["source"], *found["target"]}
    return render("document/legend.html", groups=_names(there), colours=COLOURS, note=note)


def _names(groups: Any) -> dict[str, str]:
    return {group: name for group, name in GROUPS.items() if group in groups}


def _findings(selection: Selection, document_id: str) -> dict[str, pd.DataFrame]:
    shown = document_data(selection, document_id)
    return {"flags": findings(shown), "breaks": silent_breaks(shown), "linked": shown.linked}


class CopiesCard(LiveCard):
    """The copies, that which is held against the original marked."""

    def key(self, selection: Selection, options: Mapping[str, Any]) -> Any:
        """Return what the list depends on: the copy chosen, too."""
        return super().key(selection, options), options.get("copy")

    def html(self, found: pd.DataFrame) -> str:
        """Return the list."""
        return _copies_html(found, **self.own_options(), copy=self.link.option_values().get("copy", ""))


def _copies_html(found: pd.DataFrame, kind: str, copy: str = "", **_: Any) -> str:
    return render(
        "document/copies.html", rows=found, rows_a_page=COPY_ROWS, kinds=KINDS, kind=kind, colours=COLOURS,
        chosen=copy or found.attrs["first"],
    )  # fmt: skip


def _side_by_side_html(found: Any, **_: Any) -> str:
    return render("document/side_by_side.html", found=found, names=NAMES, marks=MARKS, same=SAME, most=MOST)


def _of_one(data: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``data`` with the document's id as the option ``id``."""
    return lambda selection, **options: data(selection, options.pop("id"), **options)


def _shown(template: str, **fixed: Any) -> Callable[..., str]:
    """Return what fills a template with an answer."""
    return lambda found, **_: render(f"document/{template}.html", found=found, **fixed)


def _card(
    name: str, title: str, about: str, data: Callable[..., Any], html: Callable[..., str], **more: Any
) -> Card:
    live, options = more.pop("live", LiveCard), {"id": ID} | more.pop("options", {})
    plot = more.pop("plot", None)
    drawn = None if plot is None else lambda found, **_: plot(found)
    return Card(
        f"cascades.{name}",
        title,
        about,
        "cascades",
        _of_one(data),
        live,
        html,
        drawn,
        options=options,
        **more,
    )


register(
    _card("head", "一份文件", "一句话：到了多少、还差多少", document_data, _head_html, live=HeadCard, bare=True),
    _card("curve", "到达曲线", "横轴为发布后时间（对数）；虚线为 8、24、72 小时的时限。", curve_data, _curve_html, live=ChartCard,
          plot=curve_plot, options={"curve": CURVE}),
    _card("levels", "各层级", "应转网站在各时限内的到达率，与实际转载的网站。",
          lambda selection, document_id: levels(document_data(selection, document_id)),
          _shown("levels", colours=COLOURS, groups=GROUPS)),
    _card("missing", "未到达名单", "按应转规则应当转载而至今没有的网站。", missing_data,
          _shown("missing", rows_a_page=MISSING_ROWS, groups=GROUPS), options={"missing_page": MISSING_PAGE}),
    _card("map", "到达地图", "县市区按首个转载的时间着色；播放看它怎样铺开。", lag_map_data, map_html, live=ArrivalMapCard,
          plot=lag_map_plot, options={"hours_index": HOURS_INDEX}, size_mm=(155, 130)),
    _card("flow", "层级流向", "各层级从谁取得，逐代；宽度为条数。", flow_data, _flow_html, live=ChartCard, plot=flow_plot),
    _card("tree", "谁从谁那里转", "横轴为发布后时间；连线为最可能的上一手。点击一点看逐字对照。", tree_data, _tree_html,
          live=TreeCard, plot=tree_plot, size_mm=(155, 90)),
    _card("copies", "转载清单", "时间先后；点击一条，与原文逐字对照。", copies_data, _copies_html, live=CopiesCard,
          options={"kind": KIND, "page": PAGE}),
    _card("compare", "逐字对照", "左为原文，右为转载；相同的长段折叠。", side_by_side_data, _side_by_side_html,
          options={"copy": COPY}),
    _card("findings", "疑点与断点", "须核实的时间与来源、没有往下传的环节、修订与解读。", _findings,
          _shown("findings", most=FINDINGS_SHOWN)),
)  # fmt: skip
