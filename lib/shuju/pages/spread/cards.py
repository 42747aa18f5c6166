"""The cards of all documents: figures, filters, the list, bars, what spreads well, where it arrives, matrix, months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pandas as pd
from bokeh.events import Tap

from shuju.charts.trend import trend_data, trend_plot
from shuju.facts.address import to_query
from shuju.facts.cards import Card, Option, register
from shuju.facts.selection import Selection
from shuju.spread.arrival import FEW
from shuju.spread.document_list import ORDERS, ROWS, document_list_data
from shuju.spread.documents import GROUPS
from shuju.spread.due_counts import WITHIN
from shuju.spread.headline import headline_data
from shuju.spread.matrix import matrix_data, matrix_plot
from shuju.spread.months import months_data, months_plot
from shuju.spread.what_spreads import what_spreads_data
from shuju.spread.where_it_arrives import BAND_NAMES, BAND_SHARES, departments_data, places_data
from shuju.standard import region
from shuju.ui.cards.charts import NARROW, ChartCard
from shuju.ui.cards.live import LiveCard
from shuju.ui.cards.shared import FiltersCard, filters_card, trend_html, trend_options
from shuju.ui.figures import frame_size, on_view
from shuju.ui.templates import render

FACETS = {"genre": "类别", "topic": "主题", "level": "首发层级", "region": "首发市州", "shape": "形态"}
WITHIN_OPTION = Option("24", "时限", WITHIN)
ORDER = Option("recent", "排列", ORDERS)
PAGE = Option(1, "页码", follows=True)
KEPT = ("within", "order")  # what goes along to a document and back
TREND = trend_options({"genre": "按类别", "topic": "按主题", "level": "按首发层级"})
LIST = {"within": WITHIN_OPTION, "order": ORDER, "page": PAGE}


def rate_name(within: str) -> str:
    """Return what the arrival rate within a limit is called."""
    return "到达率（至今）" if within == "ever" else f"{WITHIN[within]}到达率"


def chosen_query(selection: Selection, options: Mapping[str, Any] | None = None) -> str:
    """Return the query of the filters that are set, and of the ``options`` that differ from their defaults."""
    parts = [to_query(selection, list(selection.filters))] if selection.filters else []
    changed = {n: v for n, v in (options or {}).items() if n in KEPT and v != LIST[n].default}
    return "&".join([*parts, *(f"{name}={value}" for name, value in changed.items())])


def _headline_html(found: Any, within: str, selection: Selection | None = None, news: int = 0) -> str:
    return render(
        "spread/headline.html", selection=selection, shown=found, within=within, limits=WITHIN, news=news,
        rate_name=rate_name(within),
    )  # fmt: skip


class HeadlineCard(LiveCard):
    """The figures, with source and as-of; a library without the tables is told what to do."""

    def html(self, found: Any) -> str:
        """Return the figures."""
        return _headline_html(found, **self.own_options(), selection=self.selection, news=self.link.news)


class LimitedFiltersCard(FiltersCard):
    """The bar of filters, and the limit within which all the page counts."""

    def html(self, found: Mapping[str, Any]) -> str:
        """Return the bar."""
        return super().html(found) + render(
            "spread/limits.html", limits=WITHIN, within=self.own_options()["within"]
        )


class MatrixCard(ChartCard):
    """Documents × prefectures: a tap on a row opens its document; on a phone titles are shorter and names stand upright."""

    def finished(self, figure: Any, found: pd.DataFrame) -> Any:
        """Return the figure with its tap, its names cut where there is no room."""
        documents = found.drop_duplicates("row")["origin_id"].tolist()
        on_view(figure, lambda: self._cut_names(figure))
        figure.on_event(Tap, lambda event: self._tapped(event, documents))
        return figure

    def _cut_names(self, figure: Any) -> None:
        size = frame_size(figure)
        if size is not None and size[0] < NARROW:
            upright, titles = figure.xaxis[0], figure.yaxis[0]
            names = upright.major_label_overrides.items()
            upright.major_label_overrides = {at: "\n".join(name.replace("\n", "")) for at, name in names}
            titles.major_label_overrides = {at: name[:7] for at, name in titles.major_label_overrides.items()}

    def _tapped(self, event: Tap, documents: list[str]) -> None:
        row, page = round(event.y), self.link.page
        if page is not None and 0 <= row < len(documents):
            options = self.own_options()
            page.go(document_address(documents[row], chosen_query(self.selection, options)))


def document_address(document_id: str, query: str = "") -> str:
    """Return the address of one document's page; ``query`` is that of the list, for the way back."""
    return f"document?id={quote(document_id, safe='')}{'&' + query if query else ''}"


def _list(selection: Selection, within: str, order: str, page: int) -> pd.DataFrame:
    found = document_list_data(selection, within, order, page)
    found.attrs["query"] = chosen_query(selection, {"within": within, "order": order})
    return found


def _list_html(found: pd.DataFrame, within: str, order: str, page: int) -> str:  # noqa: ARG001
    return render(
        "spread/list.html", rows=found, rows_a_page=ROWS, within=within, limits=WITHIN, order=order, orders=ORDERS,
        rate_name=rate_name(within), bands=BAND_NAMES, few=FEW,
    )  # fmt: skip


def _facets(selection: Selection) -> dict[str, pd.DataFrame]:
    """Return the bars of each dimension, the longest first but for levels; of regions only prefectures."""
    found = {}
    for name in FACETS:
        rows = selection.facet(name)
        if name == "region":
            rows = rows[rows["label"].map(_is_prefecture).astype(bool) | rows["is_on"]]
        found[name] = rows if name == "level" else rows.sort_values("n_all", ascending=False, kind="stable")
    return found


def _is_prefecture(label: str) -> bool:
    return label.isdecimal() and region(label).level == "prefecture"


def _within_html(template: str) -> Any:
    """Return what fills a template with an answer under the limit ``within``."""

    def html(found: Any, within: str) -> str:
        return render(
            f"spread/{template}.html", found=found, within=WITHIN[within], rate_name=rate_name(within), few=FEW,
            bands=list(zip(BAND_NAMES, BAND_SHARES, strict=True)), groups=GROUPS,
        )  # fmt: skip

    return html


def _matrix_html(found: pd.DataFrame, within: str, order: str, page: int) -> str:  # noqa: ARG001
    return render("spread/matrix.html", rate_name=rate_name(within), shares=BAND_SHARES)


def _trend(selection: Selection, within: str, unit: str, by: str, against: str) -> pd.DataFrame:  # noqa: ARG001
    """Return shares of arrival by month, or, in groups or beside an earlier time, the numbers of documents."""
    if by or against:
        return trend_data(selection, None, unit, by, against)
    return months_data(selection, "month" if unit == "auto" else unit)


def _trend_html(found: pd.DataFrame, within: str, **chosen: str) -> str:
    controls = trend_html(found, TREND, chosen, "份", "文件")
    if chosen["by"] or chosen["against"]:
        return controls + render("spread/months.html", most=0, within="")
    return controls + render(
        "spread/months.html", most=found["n"].max() if len(found) else 0, within=rate_name(within)
    )


def _trend_plot(found: pd.DataFrame, within: str, unit: str, by: str, against: str) -> Any:  # noqa: ARG001
    return trend_plot(found, "份", height=230) if by or against else months_plot(found, within)


def _with_limit(bar: Card) -> Card:
    """Return the bar of filters with the choice of the limit below it."""
    fixed = bar.data(None)
    return replace(
        bar, data=lambda *_, **__: fixed, live=LimitedFiltersCard, html=lambda *_, **__: "", options=_limit
    )


_limit = {"within": WITHIN_OPTION}
register(
    Card("cascades.headline", "传播概况", "多少文件被转载、应转的到了多少、多快", "cascades",
         lambda selection, within: headline_data(selection),  # noqa: ARG005
         HeadlineCard, _headline_html, options=_limit, bare=True),
    _with_limit(filters_card("cascades", "spread", placeholder="搜标题、发文字号")),
    Card("cascades.list", "文件", "点击看它到了哪里、从谁到谁、哪里没有到。", "cascades", _list, LiveCard, _list_html,
         options=LIST),
    Card("cascades.facets", "构成", "蓝条：符合其他条件的份数；灰底：全部。点击筛选，再点取消。", "cascades", _facets, LiveCard,
         lambda found: render("spread/facets.html", found=found, heads=FACETS)),
    Card("cascades.properties", "什么传得好", "同一时限内的到达率，按文件的属性。", "cascades", what_spreads_data, LiveCard,
         _within_html("properties"), options=_limit),
    Card("cascades.places", "地区", "条为各市州（含县市区）的到达率；下面是县市区门户，按到达率每 20% 一档，不排名次。", "cascades", places_data,
         LiveCard, _within_html("places"), options=_limit),
    Card("cascades.matrix", "文件 × 市州", "上表各文件在各市州（含县市区）的到达率；点击一行打开该文件。", "cascades",
         matrix_data, MatrixCard, _matrix_html, lambda found, **_: matrix_plot(found), options=LIST,
         size_mm=(155, 80)),
    Card("cascades.trend", "走势", "灰柱：首发份数；线：各时限到达率，粗线为所选时限。分组或对比时画首发份数。", "cascades",
         _trend, ChartCard, _trend_html, _trend_plot, options=_limit | TREND),
    Card("cascades.departments", "层级、部门、网站", "应当转载所选文件的网站，到达了多少；一份文件、一个网站算一次。",
         "cascades", departments_data, LiveCard,
         _within_html("departments"), options=_limit),
)  # fmt: skip
