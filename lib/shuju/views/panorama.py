"""The panorama (资源全景): how many records, from where, how fresh; every number leads to its records."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import fields
from functools import partial
from typing import Any

import panel as pn
import param

from shuju.library.ledger import now
from shuju.views import panorama_html as html
from shuju.views import panorama_style as style
from shuju.views.active_html import ActiveHTML
from shuju.views.county_map import CountyMap
from shuju.views.date_presets import date_presets
from shuju.views.live import Live, live
from shuju.views.newest import Newest
from shuju.views.panorama_answers import Answer, Answers, Question
from shuju.views.panorama_data import FACETS, bars, day_span, facets, headline, selected, trend, trend_unit
from shuju.views.record_filters import NAMES, RecordFilters
from shuju.views.site_raster import SiteRaster, rows_with_records, site_order
from shuju.views.trend import Trend
from shuju.views.url_state import page_query, take_query, to_query

DIMENSIONS = tuple(name for name in NAMES if name != "day")
STATE = (*NAMES, "page")
# Filters on these belong to sites, so the raster has rows that stay empty under them.
OF_SITES = ("library", "region", "level", "kind", "site")
PAINT_SECONDS = 1.0
LOOK_MILLISECONDS = 1000
TOGETHER_MILLISECONDS = 8
NARROW = 500


class Panorama(pn.viewable.Viewer):
    """All records of the library, filtered by any of their dimensions; every parameter is in the address."""

    library = param.ListSelector(default=[], objects=[], check_on_set=True, label="资源库")
    region = param.ListSelector(default=[], objects=[], check_on_set=True, label="地区")
    level = param.ListSelector(default=[], objects=[], check_on_set=True, label="层级")
    kind = param.ListSelector(default=[], objects=[], check_on_set=True, label="网站类别")
    genre = param.ListSelector(default=[], objects=[], check_on_set=True, label="信息类别")
    topic = param.ListSelector(default=[], objects=[], check_on_set=True, label="主题")
    site = param.ListSelector(default=[], objects=[], check_on_set=True, label="网站")
    source = param.ListSelector(default=[], objects=[], check_on_set=True, label="来源系统")
    day = param.CalendarDateRange(default=None, allow_None=True, label="发布日期")
    page = param.Integer(default=1, bounds=(1, None), label="页码")

    def __init__(self, shared: Live | None = None, **filters: Any):
        """Show ``shared`` (that of the process if not given), filtered by the page's address and ``filters``."""
        super().__init__()
        self._live = shared if shared is not None else live()
        doc = pn.state.curdoc
        # Outside a server (a notebook, a test) every answer is given at once, in this thread.
        self._doc = doc if doc is not None and doc.session_context is not None else None
        self._answers = Answers()
        self._newest: Newest[Question] = Newest(self._answer)
        self._painted = threading.Event()
        self._frame = 0
        self._is_asking = False
        self._is_loaded = False
        self._active = "day"
        self._notices: list[str] = []
        self._news = 0
        self._total = 0
        self._rows_chosen: list[tuple[str, ...]] = [() for _ in OF_SITES]
        self._headline = ActiveHTML(self._act, stylesheets=[style.CONTENT], sizing_mode="stretch_width")
        self._filters = ActiveHTML(self._act, stylesheets=[style.CONTENT], sizing_mode="stretch_width")
        self._facets = ActiveHTML(self._act, stylesheets=[style.CONTENT], sizing_mode="stretch_width")
        self._table = ActiveHTML(self._act, stylesheets=[style.CONTENT], sizing_mode="stretch_width")
        self._trend = Trend(lambda day: self.param.update(day=day), partial(self._enter, "day"))
        self._map = CountyMap(
            self._view_changed, partial(self._toggle, "region"), partial(self._enter, "region")
        )
        self._raster = SiteRaster(self._view_changed, self._drill, partial(self._enter, "site"))
        self._trend_head = _head("", "")
        self._take_snapshot()
        self.param.update(**filters)
        self._notices += take_query(self, STATE, page_query())
        self._layout = self._lay_out()
        self._show_filters()
        self._mark_chosen()
        self._answer_at_once(is_all=self._doc is None)
        self.param.watch(self._changed, list(STATE))
        if self._doc is not None:
            pn.state.onload(self._loaded)
            self._doc.add_periodic_callback(self._look, LOOK_MILLISECONDS)

    def __panel__(self) -> pn.viewable.Viewable:
        """Return the layout, built once; only content changes."""
        return self._layout

    @property
    def filters(self) -> RecordFilters:
        """The filters that the parameters stand for."""
        chosen = {f.name: getattr(self, f.name) for f in fields(RecordFilters)}
        return RecordFilters(**{k: tuple(v) if isinstance(v, list) else v for k, v in chosen.items()})

    def _lay_out(self) -> pn.Column:
        for part in (self._headline, self._filters, self._facets, self._table):
            part.margin = 0
        self._headline.css_classes = ["whole"]
        return pn.Column(
            self._headline,
            _card(self._filters, css="whole"),
            _card(
                _head(
                    "全省信息点密度图",
                    "每条信息一点，落在发布网站所在县市区内（位置随机）；点击县市区筛选。",
                    has_scale=True,
                ),
                _plot(self._map.figure),
                css="map",
            ),
            _card(self._trend_head, _plot(self._trend.figure), css="trend"),
            _card(
                _head(
                    "构成",
                    "蓝条：符合其他条件的条数；灰底：全部信息的构成（各按最大值缩放）。点击筛选，再点取消。",
                ),
                self._facets,
            ),
            _card(
                _head(
                    "时间 × 网站",
                    "每行一个网站（按资源库、层级排列），每列一天或数天，空白为没有发布。框选放大，点击查看当天信息。",
                    has_scale=True,
                ),
                _plot(self._raster.figure),
                css="whole raster",
            ),
            _card(
                _head("信息列表", "最新在前；点击标题看全文、来源文件与历次修订。"), self._table, css="whole"
            ),
            stylesheets=[style.GRID],
            sizing_mode="stretch_width",
            margin=0,
        )

    # What the user does

    def _act(self, do: str, of: str, value: str) -> None:
        """Hear what an element of the page asks for, in whatever thread, and do it in the document's turn."""
        if do == "painted":
            if value == str(self._frame):
                self._painted.set()
        elif self._doc is None:
            self._do(do, of, value)
        else:
            self._doc.add_next_tick_callback(partial(self._do, do, of, value))

    def _do(self, do: str, of: str, value: str) -> None:
        """Do what is asked for; what makes no sense is ignored."""
        match do:
            case "enter" if of in NAMES:
                self._enter(of)
            case "toggle" if of in DIMENSIONS:
                self._toggle(of, value)
            case "remove" if of in NAMES:
                kept = [v for v in getattr(self, of) if value and v != value] if of != "day" else None
                self.param.update(**{of: kept})
            case "clear":
                self.param.update(**{name: [] for name in DIMENSIONS}, day=None)
            case "preset" if value in self._presets():
                self.day = self._presets()[value]
            case "from" | "to":
                self._set_date(do, value)
            case "page" if value.isdecimal():
                self.page = max(int(value), 1)
            case "dismiss":
                self._notices.clear()
                self._show_filters()

    def _toggle(self, name: str, label: str) -> None:
        chosen = list(getattr(self, name))
        if label in self.param[name].objects:
            self.param.update(
                **{name: [v for v in chosen if v != label] if label in chosen else [*chosen, label]}
            )

    def _drill(self, sites: list[str], first: dt.date, last: dt.date) -> None:
        self.param.update(site=sites, day=(first, last))

    def _set_date(self, which: str, text: str) -> None:
        try:
            date = dt.date.fromisoformat(text)
        except ValueError:
            return self._show_filters()
        start, end = self.day or day_span(self._snapshot)
        start, end = (date, end) if which == "from" else (start, date)
        self.day = (start, end) if start <= end else (date, date)
        return None

    def _enter(self, name: str) -> None:
        if name != self._active:
            self._active = name
            self._ask()

    def _presets(self) -> dict[str, tuple[dt.date, dt.date] | None]:
        return date_presets(self._span[1])

    # What follows from it

    def _take_snapshot(self) -> None:
        """Take the newest facts; filters stay as they are."""
        self._version = self._live.version
        self._snapshot = self._live.newest
        facts = self._snapshot.records
        for name in DIMENSIONS:
            self.param[name].objects = list(facts.labels(name))
        self._labels = facets(self._snapshot)
        self._order = site_order(facts, self._snapshot.sites)
        self._span = day_span(self._snapshot)
        self._site_names = dict(zip(self._order["site_id"], self._order["name"], strict=True))
        self._trend.set_span(self._span)
        self._raster.set_rows(self._order, self._span)
        unit = trend_unit(self._span)
        self._trend_head.object = _head_html(
            f"发布趋势（条／{unit}）",
            "蓝：符合其他条件；灰：全部信息的走势（按比例缩放）。横向拖动选择时间段。",
        )

    def _look(self) -> None:
        """See whether something new arrived."""
        if self._live.version != self._version:
            self._news = self._live.newest.records.n - self._snapshot.records.n
            self._take_snapshot()
            self._ask()

    def _changed(self, *events: param.parameterized.Event) -> None:
        """Bring address, filters and brush up to the parameters, and ask anew."""
        if self.page != 1 and any(event.name != "page" for event in events):
            with param.parameterized.discard_events(self):
                self.page = 1
        self._show_filters()
        self._mark_chosen()
        self._ask()

    def _mark_chosen(self) -> None:
        self._trend.move_brush(self.day)
        self._raster.mark_days(self.day)
        self._map.outline(self.region)

    def _show_filters(self) -> None:
        self._filters.param.update(
            html=html.filters_html(self.filters, self._presets(), self._site_names, self._notices),
            address=to_query(self, STATE),
        )

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

    def _loaded(self) -> None:
        """Begin to ask: what is sent before the browser says that it is ready, Panel takes as seen."""
        assert self._doc is not None
        self._is_loaded = True
        self._doc.add_next_tick_callback(self._ask)

    def _ask(self) -> None:
        self._is_asking = False
        if self._doc is None:
            self._answer_at_once()
        elif self._is_loaded:
            self._newest.offer(self._question)

    def _view_changed(self) -> None:
        """Ask anew once all four ends of the axes have come; the browser sends them in two messages."""
        for plot, view in ((self._map.figure, self._map.view), (self._raster.figure, self._raster.view)):
            if view is not None and view.width < NARROW:
                plot.toolbar.active_drag = None  # a finger that drags there scrolls the page
        if self._doc is None:
            self._ask()
        elif not self._is_asking:
            self._is_asking = True
            self._doc.add_timeout_callback(self._ask, TOGETHER_MILLISECONDS)

    def _answer_at_once(self, *, is_all: bool = True) -> None:
        """Answer in this thread; not ``is_all`` leaves out the page of records, which reads the library."""
        for piece in self._answers.pieces(self._question, lambda: not is_all):
            self._show(piece)

    def _answer(self, question: Question) -> None:
        """Answer in a thread of its own, no faster than the browser paints: one update a frame."""
        assert self._doc is not None
        for piece in self._answers.pieces(question, lambda: self._newest.is_outdated):
            if piece.counts is not None:
                self._doc.add_next_tick_callback(partial(self._show, piece))
                continue
            self._painted.clear()
            self._frame += 1
            self._doc.add_next_tick_callback(partial(self._show, piece, self._frame))
            self._painted.wait(PAINT_SECONDS)

    def _show(self, piece: Answer, frame: int | None = None) -> None:
        """Send what changed, and have the browser say when it has painted ``frame``."""
        asked = piece.question
        if piece.counts is not None:
            self._show_counts(piece)
        if piece.by_region is not None:
            everything = asked.snapshot.totals.by["region"]
            self._map.show_counts(asked.snapshot.records, piece.by_region, everything)
        if piece.dots is not None and asked.map_view is not None:
            self._map.show_dots(asked.map_view, piece.dots)
        if piece.grid is not None:
            self._raster.show(piece.grid)
        if piece.records is not None:
            self._table.html = html.records_html(piece.records, asked.page, self._total)
        if self._doc is not None and frame is not None:
            # In a turn of its own: Panel sends it at once, Bokeh what is above at the end of this turn.
            self._doc.add_next_tick_callback(partial(self._table.param.update, frame=frame))

    def _show_counts(self, piece: Answer) -> None:
        asked, counts = piece.question, piece.counts
        assert counts is not None
        shown = headline(asked.snapshot, counts, asked.filters, piece.newest, self._span[1])
        self._total = counts.total
        self._headline.html = html.headline_html(
            shown,
            asked.snapshot.records.as_of,
            now(),
            is_synthetic=asked.snapshot.is_synthetic,
            news=self._news,
        )
        self._facets.html = html.facets_html(
            {name: bars(self._labels[name], counts.by[name], getattr(asked.filters, name)) for name in FACETS}
        )
        self._trend.show(trend(asked.snapshot, counts, self._span))
        self._show_rows(piece)
        if not counts.total:
            self._table.html = html.records_html(None, 1, 0)

    def _show_rows(self, piece: Answer) -> None:
        """Bring the sites that the filters leave to full height, once when such a filter changes."""
        asked, counts = piece.question, piece.counts
        chosen = [getattr(asked.filters, name) for name in OF_SITES]
        if chosen == self._rows_chosen:
            return
        self._rows_chosen = chosen
        facts = asked.snapshot.records
        by_site = selected(facts, counts, asked.filters, "site")
        self._raster.set_shown_rows(
            *rows_with_records(self._order, facts, by_site) if any(chosen) else (0, len(self._order))
        )
        self._ask()


def _card(*content: pn.viewable.Viewable, css: str = "") -> pn.Column:
    return pn.Column(
        *content,
        stylesheets=[style.CARD],
        css_classes=css.split(),
        sizing_mode="stretch_width",
        margin=0,
    )


def _plot(figure: Any) -> pn.pane.Bokeh:
    return pn.pane.Bokeh(figure, sizing_mode="stretch_width", margin=0)


def _head(title: str, note: str, *, has_scale: bool = False) -> pn.pane.HTML:
    scale = html.scale_html() if has_scale else ""
    return pn.pane.HTML(
        _head_html(title, note + scale),
        stylesheets=[style.CONTENT],
        sizing_mode="stretch_width",
        margin=(0, 0, 6, 0),
    )


def _head_html(title: str, note: str) -> str:
    return f'<h3 class="head">{title}</h3><div class="muted">{note}</div>'
