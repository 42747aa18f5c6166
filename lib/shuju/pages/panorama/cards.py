"""The cards of records: figures, dot map, trend, bars, the raster of sites, the records themselves."""

from __future__ import annotations

import pandas as pd

from shuju.charts.county_map import county_plot
from shuju.clock import now
from shuju.facts.cards import Card, Option, register
from shuju.facts.selection import Selection
from shuju.letters.region_bands import band_colours, band_limits, bands_data
from shuju.pages.panorama.site_raster import SiteRasterCard
from shuju.records.headline import Headline, headline_data
from shuju.records.record_list import COLUMNS, SHOWN, record_list_data
from shuju.records.site_raster import raster_data, raster_plot
from shuju.ui.cards.live import LiveCard
from shuju.ui.cards.shared import facets_card, filters_card, trend_card
from shuju.ui.cards.table_options import list_html, table_options
from shuju.ui.dot_map import DotMapCard
from shuju.ui.templates import render

MAPS = {"dots": "点密度", "n": "信息数"}
FACETS = {
    "library": "资源库",
    "topic": "主题",
    "level": "网站层级",
    "genre": "信息类别",
    "source": "来源系统",
}

GROUPED = {"genre": "按类别", "library": "按资源库", "level": "按层级", "topic": "按主题", "source": "按来源"}

LIST = table_options(COLUMNS, SHOWN)


class HeadlineCard(LiveCard):
    """The figures, which also tell of records that just came."""

    def html(self, found: Headline) -> str:
        """Return the figures as of now."""
        return headline_html(found, self.link.news)


def headline_html(found: Headline, news: int = 0) -> str:
    """Return the figures; ``news`` is how many rows just came."""
    return render("panorama/headline.html", shown=found, now=now(), news=news)


def map_data(selection: Selection, measure: str = "dots") -> pd.DataFrame:
    """Return the counties with their bands of records (``bands_data``) and what the pointer shows (``told``).

    ``attrs["nowhere"]`` is how many records are of a site that lies in no region of the province.
    """
    frame = bands_data(selection, measure)
    told = [f"所选 {n:,} 条 · 全部 {all_:,} 条" for n, all_ in zip(frame["n"], frame["n_all"])]
    frame = frame.assign(told=told)
    frame.attrs["nowhere"] = int(selection.counts("region").get("未知", 0))
    return frame


def _map_html(found: pd.DataFrame, measure: str) -> str:
    limits = [(band_colours("n")[band], told, n) for band, told, n in band_limits(found)]
    none = int((found["band"] < 0).sum())
    nowhere = found.attrs["nowhere"]
    return render(
        "panorama/map.html", measures=MAPS, measure=measure, limits=limits, none=none, nowhere=nowhere
    )


def _list(selection: Selection, sort: str, columns: list[str], rows: str, page: int) -> pd.DataFrame:  # noqa: ARG001
    return record_list_data(selection, page, sort, int(rows))


register(
    Card("records.headline", "信息概况", "信息多少、来自多少网站、近来多少", "records", headline_data, HeadlineCard, headline_html, bare=True),
    filters_card("records", "records"),
    Card("records.map", "信息地图", "发布网站在哪里；点击县市区筛选。", "records",
         map_data, DotMapCard, _map_html, lambda found, **_: county_plot(found),
         {"measure": Option("dots", "地图", MAPS)}, size_mm=(155, 130)),
    trend_card("records", "发布趋势", "信息", GROUPED),
    facets_card("records", FACETS, "信息"),
    Card("records.raster", "时间 × 网站", "每行一个网站（按资源库、层级排列），每列一天或数天，空白为没有发布。框选放大，点击查看当天信息。",
         "records", raster_data, SiteRasterCard, plot=raster_plot, size_mm=(155, 80)),
    Card("records.list", "信息列表", "最新在前；点击标题看全文、来源文件与历次修订。", "records", _list, LiveCard,
         list_html("panorama/list.html", COLUMNS, LIST),
         options=LIST, rest_seconds=0.25),
)  # fmt: skip
