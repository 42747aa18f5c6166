"""The page of letters (社情民意): when, where, about what, to whom, by whom; every number leads to its letters."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any, ClassVar

import pandas as pd
import panel as pn
import param

from shuju.clock import now
from shuju.views import letter_html as html
from shuju.views import panorama_style as style
from shuju.views.county_map import CountyMap
from shuju.views.letter_answers import Answer, Answers, Question
from shuju.views.letter_data import FACETS, MEASURES, headline, ordered
from shuju.views.letter_filters import LetterFilters
from shuju.views.linked_data import bars, day_span, facets, trend, trend_unit
from shuju.views.linked_html import facets_html, filters_html
from shuju.views.linked_page import LinkedPage, card, head, head_html, plot, stack
from shuju.views.live import Live, Snapshot
from shuju.views.trend import Trend

NARROW = 500


class Letters(LinkedPage):
    """All letters, filtered by any of their dimensions; every parameter is in the address."""

    FILTERS: ClassVar = LetterFilters
    BESIDES: ClassVar = ("measure",)

    library = param.ListSelector(default=[], objects=[], check_on_set=True, label="资源库")
    region = param.ListSelector(default=[], objects=[], check_on_set=True, label="地区")
    channel = param.ListSelector(default=[], objects=[], check_on_set=True, label="渠道")
    topic = param.ListSelector(default=[], objects=[], check_on_set=True, label="主题")
    topic_by = param.ListSelector(default=[], objects=[], check_on_set=True, label="主题来源")
    motive = param.ListSelector(default=[], objects=[], check_on_set=True, label="来信目的")
    department = param.ListSelector(default=[], objects=[], check_on_set=True, label="承办部门")
    age = param.ListSelector(default=[], objects=[], check_on_set=True, label="年龄")
    sex = param.ListSelector(default=[], objects=[], check_on_set=True, label="性别")
    status = param.ListSelector(default=[], objects=[], check_on_set=True, label="办理状态")
    reply_days = param.ListSelector(default=[], objects=[], check_on_set=True, label="答复用时")
    source = param.ListSelector(default=[], objects=[], check_on_set=True, label="来源系统")
    day = param.CalendarDateRange(default=None, allow_None=True, label="来信日期")
    measure = param.Selector(default="n", objects=list(MEASURES), label="地图指标")

    def __init__(self, shared: Live | None = None, **filters: Any):
        """Show ``shared`` (that of the process if not given), filtered by the page's address and ``filters``."""
        super().__init__(Answers(), shared, **filters)

    def _make_views(self) -> None:
        self._headline, self._facets, self._words = self.active(), self.active(), self.active()
        self._measures, self._legend, self._bands = self.active(), self.active(), self.active()
        self._headline.css_classes = ["whole"]
        self._trend = Trend(lambda day: self.param.update(day=day), partial(self._enter, "day"), unit="封")
        self._map = CountyMap(
            self._view_changed, partial(self._toggle, "region"), partial(self._enter, "region"), unit="封"
        )
        self._trend_head = head("", "")

    def _lay_out(self) -> pn.Column:
        return pn.Column(
            self._headline,
            card(self._filters, css="whole"),
            stack(
                card(head("来信地图", ""), self._measures, plot(self._map.figure), self._legend, css="map"),
                card(head("关键词", ""), self._words),
            ),
            stack(
                card(self._trend_head, plot(self._trend.figure), css="trend"),
                card(
                    head(
                        "构成",
                        "蓝条：符合其他条件的封数；灰底：全部来信的构成（各按最大值缩放）。点击筛选，再点取消。",
                    ),
                    self._facets,
                ),
                card(head("分档", "按地图所选指标分档，不排名次；点击县市区筛选。"), self._bands),
            ),
            card(head("来信列表", "最新在前；点击标题看来信、答复与相似来信。"), self._table, css="whole"),
            stylesheets=[style.GRID],
            sizing_mode="stretch_width",
            margin=0,
        )

    @property
    def _state_now(self) -> Snapshot:
        return self._live.letters

    @property
    def _span_shown(self) -> tuple[dt.date, dt.date]:
        return self._span

    def _take_views(self) -> None:
        self._labels = facets(self._snapshot, FACETS)
        self._span = day_span(self._snapshot)
        self._trend.set_span(self._span)
        self._trend_head.object = head_html(
            f"来信趋势（封／{trend_unit(self._span)}）",
            "蓝：符合其他条件；灰：全部来信的走势（按比例缩放）。横向拖动选择时间段。",
        )

    def _mark_chosen(self) -> None:
        self._trend.move_brush(self.day)
        self._map.outline(self.region)
        self._measures.html = html.measures_html(self.measure)

    def _filters_html(self) -> str:
        return filters_html(
            self.filters, self._presets(), {}, self._notices, "letters", html.briefing_html(self.filters)
        )

    @property
    def _question(self) -> Question:
        return Question(
            self._snapshot,
            self.filters,
            self._span,
            self.measure,
            self._active,
            self._map.view,
            self.page,
        )

    def _view_changed(self) -> None:
        view = self._map.view
        if view is not None and view.width < NARROW:
            self._map.figure.toolbar.active_drag = None  # a finger that drags there scrolls the page
        if self.measure == "dots":
            self._ask_soon()

    def _show_piece(self, piece: Answer) -> None:
        asked = piece.question
        if piece.counts is not None:
            self._show_counts(piece)
        if piece.bands is not None:
            self._map.show_bands(*html.county_bands(piece.bands, self._map.codes))
            self._legend.html = html.legend_html(piece.bands)
            self._bands.html = html.bands_html(piece.bands)
            if asked.measure != "dots":
                self._map.hide_dots()
        if piece.dots is not None and asked.map_view is not None:
            self._map.show_dots(asked.map_view, piece.dots)
        if piece.letters is not None:
            self._table.html = html.letters_html(piece.letters, asked.page, self._total)
        if piece.words is not None:
            self._words.html = html.words_html(piece.words)

    def _show_counts(self, piece: Answer) -> None:
        asked, counts = piece.question, piece.counts
        assert counts is not None
        self._total = counts.total
        shown = headline(asked.snapshot, counts, asked.filters, piece.newest, self._span[1])
        self._headline.html = html.headline_html(
            shown,
            asked.snapshot.facts.as_of,
            now(),
            is_synthetic=asked.snapshot.is_synthetic,
            news=self._news,
        )
        self._facets.html = facets_html(
            {
                name: bars(
                    ordered(self._labels[name], name, counts.by[name]),
                    counts.by[name],
                    getattr(asked.filters, name),
                )
                for name in FACETS
            },
            html.FACET_HEADS,
            "封",
        )
        self._trend.show(trend(asked.snapshot, counts, self._span))
        if not counts.total:
            self._table.html = html.letters_html(None, 1, 0)
            self._words.html = html.words_html(pd.DataFrame())
