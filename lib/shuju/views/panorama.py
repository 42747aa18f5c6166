"""The panorama (资源全景): how many records, from where, how fresh; every number leads to its records."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any, ClassVar

import panel as pn
import param

from shuju.clock import now
from shuju.views import panorama_html as html
from shuju.views import panorama_style as style
from shuju.views.county_map import CountyMap
from shuju.views.linked_data import bars, day_span, facets, selected, trend, trend_unit
from shuju.views.linked_html import facets_html, filters_html
from shuju.views.linked_page import LinkedPage, card, head, head_html, plot, stack
from shuju.views.live import Live, Snapshot
from shuju.views.panorama_answers import Answer, Answers, Question
from shuju.views.panorama_data import FACETS, headline
from shuju.views.record_filters import RecordFilters
from shuju.views.site_raster import SiteRaster, rows_with_records, site_order
from shuju.views.trend import Trend

# Filters on these belong to sites, so the raster has rows that stay empty under them.
OF_SITES = ("library", "region", "level", "kind", "site")
NARROW = 500


class Panorama(LinkedPage):
    """All records of the library, filtered by any of their dimensions; every parameter is in the address."""

    FILTERS: ClassVar = RecordFilters

    library = param.ListSelector(default=[], objects=[], check_on_set=True, label="资源库")
    region = param.ListSelector(default=[], objects=[], check_on_set=True, label="地区")
    level = param.ListSelector(default=[], objects=[], check_on_set=True, label="层级")
    kind = param.ListSelector(default=[], objects=[], check_on_set=True, label="网站类别")
    genre = param.ListSelector(default=[], objects=[], check_on_set=True, label="信息类别")
    topic = param.ListSelector(default=[], objects=[], check_on_set=True, label="主题")
    site = param.ListSelector(default=[], objects=[], check_on_set=True, label="网站")
    source = param.ListSelector(default=[], objects=[], check_on_set=True, label="来源系统")
    day = param.CalendarDateRange(default=None, allow_None=True, label="发布日期")

    def __init__(self, shared: Live | None = None, **filters: Any):
        """Show ``shared`` (that of the process if not given), filtered by the page's address and ``filters``."""
        super().__init__(Answers(), shared, **filters)

    def _make_views(self) -> None:
        self._rows_chosen: list[tuple[str, ...]] = [() for _ in OF_SITES]
        self._headline, self._facets = self.active(), self.active()
        self._headline.css_classes = ["whole"]
        self._trend = Trend(lambda day: self.param.update(day=day), partial(self._enter, "day"))
        self._map = CountyMap(
            self._view_changed, partial(self._toggle, "region"), partial(self._enter, "region")
        )
        self._raster = SiteRaster(self._view_changed, self._drill, partial(self._enter, "site"))
        self._trend_head = head("", "")

    def _lay_out(self) -> pn.Column:
        scale = html.scale_html()
        return pn.Column(
            self._headline,
            card(self._filters, css="whole"),
            card(
                head(
                    "全省信息点密度图",
                    f"每条信息一点，落在发布网站所在县市区内（位置随机）；点击县市区筛选。{scale}",
                ),
                plot(self._map.figure),
                css="map",
            ),
            stack(
                card(self._trend_head, plot(self._trend.figure), css="trend"),
                card(
                    head(
                        "构成",
                        "蓝条：符合其他条件的条数；灰底：全部信息的构成（各按最大值缩放）。点击筛选，再点取消。",
                    ),
                    self._facets,
                ),
            ),
            card(
                head(
                    "时间 × 网站",
                    "每行一个网站（按资源库、层级排列），每列一天或数天，空白为没有发布。"
                    f"框选放大，点击查看当天信息。{scale}",
                ),
                plot(self._raster.figure),
                css="whole raster",
            ),
            card(
                head("信息列表", "最新在前；点击标题看全文、来源文件与历次修订。"), self._table, css="whole"
            ),
            stylesheets=[style.GRID],
            sizing_mode="stretch_width",
            margin=0,
        )

    def _drill(self, sites: list[str], first: dt.date, last: dt.date) -> None:
        self.param.update(site=sites, day=(first, last))

    @property
    def _state_now(self) -> Snapshot:
        return self._live.newest

    @property
    def _span_shown(self) -> tuple[dt.date, dt.date]:
        return self._span

    def _take_views(self) -> None:
        facts = self._snapshot.facts
        self._labels = facets(self._snapshot, FACETS)
        self._order = site_order(facts, self._snapshot.sites)
        self._span = day_span(self._snapshot)
        self._site_names = dict(zip(self._order["site_id"], self._order["name"], strict=True))
        self._trend.set_span(self._span)
        self._raster.set_rows(self._order, self._span)
        unit = trend_unit(self._span)
        self._trend_head.object = head_html(
            f"发布趋势（条／{unit}）",
            "蓝：符合其他条件；灰：全部信息的走势（按比例缩放）。横向拖动选择时间段。",
        )

    def _mark_chosen(self) -> None:
        self._trend.move_brush(self.day)
        self._raster.mark_days(self.day)
        self._map.outline(self.region)

    def _filters_html(self) -> str:
        return filters_html(self.filters, self._presets(), self._site_names, self._notices, "records")

    @property
    def _question(self) -> Question:
        return Question(
            self._snapshot,
            self._order,
            self.filters,
            self._active,
            self._map.view,
            self._raster.view,
            self.page,
        )

    def _view_changed(self) -> None:
        for figure, view in ((self._map.figure, self._map.view), (self._raster.figure, self._raster.view)):
            if view is not None and view.width < NARROW:
                figure.toolbar.active_drag = None  # a finger that drags there scrolls the page
        self._ask_soon()

    def _show_piece(self, piece: Answer) -> None:
        asked = piece.question
        if piece.counts is not None:
            self._show_counts(piece)
        if piece.by_region is not None:
            everything = asked.snapshot.totals.by["region"]
            self._map.show_counts(asked.snapshot.facts, piece.by_region, everything)
        if piece.dots is not None and asked.map_view is not None:
            self._map.show_dots(asked.map_view, piece.dots)
        if piece.grid is not None:
            self._raster.show(piece.grid)
        if piece.records is not None:
            self._table.html = html.records_html(piece.records, asked.page, self._total)

    def _show_counts(self, piece: Answer) -> None:
        asked, counts = piece.question, piece.counts
        assert counts is not None
        shown = headline(asked.snapshot, counts, asked.filters, piece.newest, self._span[1])
        self._total = counts.total
        self._headline.html = html.headline_html(
            shown,
            asked.snapshot.facts.as_of,
            now(),
            is_synthetic=asked.snapshot.is_synthetic,
            news=self._news,
        )
        self._facets.html = facets_html(
            {
                name: bars(self._labels[name], counts.by[name], getattr(asked.filters, name))
                for name in FACETS
            },
            html.FACET_HEADS,
        )
        self._trend.show(trend(asked.snapshot, counts, self._span))
        self._show_rows(piece)
        if not counts.total:
            self._table.html = html.records_html(None, 1, 0)

    def _show_rows(self, piece: Answer) -> None:
        """Bring the sites that the filters leave to full height, once when such a filter changes."""
        asked, counts = piece.question, piece.counts
        assert counts is not None
        chosen = [getattr(asked.filters, name) for name in OF_SITES]
        if chosen == self._rows_chosen:
            return
        self._rows_chosen = chosen
        facts = asked.snapshot.facts
        by_site = selected(facts, counts, asked.filters, "site")
        self._raster.set_shown_rows(
            *rows_with_records(self._order, facts, by_site) if any(chosen) else (0, len(self._order))
        )
        self._ask()
