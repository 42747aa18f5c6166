"""Spread of documents (重要信息传播): all of them, or one; every parameter is in the address."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any, ClassVar
from urllib.parse import urlencode

import pandas as pd
import panel as pn
import param

from shuju.library.ledger import now
from shuju.views import spread_data as data
from shuju.views import spread_html as html
from shuju.views import spread_measures as measures
from shuju.views import spread_style as style
from shuju.views.active_html import ActiveHTML
from shuju.views.date_presets import date_presets
from shuju.views.linked_html import facets_html, filters_html
from shuju.views.linked_page import card, head, plot, stack
from shuju.views.live import Live, live
from shuju.views.spread_arrivals import WITHIN, arrival_facts, matrix
from shuju.views.spread_charts import matrix_chart, trend_chart
from shuju.views.spread_filters import SpreadFilters, documents_pass
from shuju.views.spread_map import NOW
from shuju.views.spread_one import CURVES, KINDS, OneDocument
from shuju.views.url_state import page_query, take_query, to_query

LOOK_MILLISECONDS = 2000


class Spread(pn.viewable.Viewer):
    """The page: ``origin`` names the document that is shown, none the list of all."""

    FILTERS: ClassVar = tuple(SpreadFilters.NAMES)
    CHOICES: ClassVar = {"order": measures.ORDERS, "within": WITHIN, "curve": CURVES, "kind": KINDS}

    genre = param.ListSelector(default=[], objects=[], check_on_set=True, label="类别")
    topic = param.ListSelector(default=[], objects=[], check_on_set=True, label="主题")
    level = param.ListSelector(default=[], objects=[], check_on_set=True, label="首发层级")
    region = param.ListSelector(default=[], objects=[], check_on_set=True, label="首发地区")
    shape = param.ListSelector(default=[], objects=[], check_on_set=True, label="形态")
    words = param.List(default=[], item_type=str, label="含有")
    day = param.CalendarDateRange(default=None, allow_None=True, label="首发日期")
    order = param.Selector(default="recent", objects=list(measures.ORDERS), label="排列")
    within = param.Selector(default="24", objects=list(WITHIN), label="时限")
    page = param.Integer(default=1, bounds=(1, None), label="页码")
    origin = param.String(default="", label="原文编号")
    copy = param.String(default="", label="转载页编号")
    kind = param.Selector(default="all", objects=list(KINDS), label="转载类型")
    missing_page = param.Integer(default=1, bounds=(1, None), label="未到达名单页码")
    curve = param.Selector(default="share", objects=list(CURVES), label="到达曲线")
    clock = param.Integer(default=NOW, bounds=(0, NOW), label="地图时刻")

    def __init__(self, shared: Live | None = None, **choices: Any):
        """Show ``shared`` (that of the process if not given), as the page's address and ``choices`` say."""
        super().__init__()
        self._live = shared if shared is not None else live()
        doc = pn.state.curdoc
        self._doc = doc if doc is not None and doc.session_context is not None else None
        for name, labels in data.labels().items():
            self.param[name].objects = labels
        self._notices: list[str] = []
        self.param.update(**choices)
        self._notices += take_query(self, STATE, page_query())
        self._tables = data.spread_tables(self._live)
        self._one: OneDocument | None = None
        # Charts wait until the browser shows the rest: what is sent before, Panel takes as seen.
        self.is_whole = self._doc is None
        self._headline = self.active("whole")
        self._layout = self._document() if self.origin else self._list()
        self._show()
        self.param.watch(self._changed, list(STATE))
        if self._doc is not None:
            pn.state.onload(self._loaded)
            self._doc.add_periodic_callback(self._look, LOOK_MILLISECONDS)

    def __panel__(self) -> pn.viewable.Viewable:
        """Return the layout, built once; only content changes."""
        return self._layout

    @property
    def filters(self) -> SpreadFilters:
        """The filters that the parameters stand for."""
        chosen = {name: getattr(self, name) for name in self.FILTERS}
        return SpreadFilters(**{k: tuple(v) if isinstance(v, list) else v for k, v in chosen.items()})

    def active(self, css: str = "") -> ActiveHTML:
        """Return a piece of HTML whose buttons speak to this page."""
        return ActiveHTML(
            self.act,
            stylesheets=[style.STYLE],
            sizing_mode="stretch_width",
            margin=0,
            css_classes=css.split(),
        )

    # Layouts

    def _grid(self, *cards: pn.viewable.Viewable, css: str = "") -> pn.Column:
        return pn.Column(
            *cards, stylesheets=[style.GRID], css_classes=css.split(), sizing_mode="stretch_width", margin=0
        )

    def _list(self) -> pn.Column:
        self._bar, self._table, self._facets = self.active(), self.active(), self.active()
        self._places, self._departments = self.active(), self.active()
        self._properties, self._legend = self.active(), self.active()
        self._matrix, self._trend = plot(None), plot(None)
        left = stack(
            card(head("构成", "蓝条：符合其他条件的份数；灰底：全部。点击筛选，再点取消。"), self._facets),
            card(head("什么传得好", "同一时限内的到达率，按文件的属性。"), self._properties),
            card(
                head("地区", "条：市州（含县市区）；下列：县市区门户按到达率分档，不排名次。"), self._places
            ),
        )
        left.css_classes = ["last"]
        right = stack(
            card(head("文件", "点击看它到了哪里、从谁到谁、哪里没有到。"), self._table),
            card(
                head("文件 × 市州", "上表各文件在各市州（含县市区）的到达率；点击一行打开该文件。"),
                self._legend,
                self._matrix,
            ),
            card(head("走势", "灰柱：每月首发份数；线：各时限到达率，粗线为所选时限。"), self._trend),
            card(head("层级、部门、网站", "所选文件中应转的站次。"), self._departments),
        )
        right.css_classes = ["first"]
        return self._grid(self._headline, card(self._bar, css="whole"), left, right, css="all")

    def _document(self) -> pn.Column:
        self._one = OneDocument(self, self._tables, self.origin)
        if not self._one.is_known:
            return self._grid(self._headline)
        return self._grid(self._headline, *self._one.cards(), css="one")

    # What the user does

    def act(self, do: str, of: str, value: str) -> None:
        """Hear what an element of the page asks for, in whatever thread, and do it in the document's turn."""
        if self._doc is None:
            self._do(do, of, value)
        else:
            self._doc.add_next_tick_callback(partial(self._do, do, of, value))

    def _do(self, do: str, of: str, value: str) -> None:
        """Do what is asked for; what makes no sense is ignored."""
        match do:
            case "toggle" if of in self.FILTERS and of not in ("day", "words"):
                self._toggle(of, value)
            case "words" if value.strip():
                self.words = list(dict.fromkeys([*self.words, *value.replace(",", " ").split()]))
            case "choose" if of in self.CHOICES and value in self.CHOICES[of]:
                self.param.update(**{of: value})
            case "remove" if of in self.FILTERS:
                kept = [v for v in getattr(self, of) if value and v != value] if of != "day" else None
                self.param.update(**{of: kept})
            case "clear":
                self.param.update(**{name: [] for name in self.FILTERS if name != "day"}, day=None)
            case "preset" if value in self._presets():
                self.day = self._presets()[value]
            case "from" | "to":
                self._set_date(do, value)
            case "page" if value.isdecimal():
                self.page = max(int(value), 1)
            case "turn" if value.isdecimal():
                self.missing_page = max(int(value), 1)
            case "copy":
                self.copy = value
            case "clock" if value.isdecimal():
                self.clock = min(int(value), NOW)
            case "dismiss":
                self._notices.clear()
                self._show()

    def _toggle(self, name: str, label: str) -> None:
        chosen = list(getattr(self, name))
        if label in self.param[name].objects:
            kept = [v for v in chosen if v != label] if label in chosen else [*chosen, label]
            self.param.update(**{name: kept})

    def _set_date(self, which: str, text: str) -> None:
        try:
            date = dt.date.fromisoformat(text)
        except ValueError:
            return
        start, end = self.day or self._span
        start, end = (date, end) if which == "from" else (start, date)
        self.day = (start, end) if start <= end else (date, date)

    @property
    def _span(self) -> tuple[dt.date, dt.date]:
        first = self._tables.documents["published_at"].min()
        last = self._tables.as_of.date() if self._tables.as_of is not None else now().date()
        return (last if pd.isna(first) else first.date()), last

    def _presets(self) -> dict[str, tuple[dt.date, dt.date] | None]:
        return date_presets(self._span[1])

    # What follows from it

    def _loaded(self) -> None:
        """Show the whole, now that the browser is there."""
        assert self._doc is not None
        self.is_whole = True
        self._doc.add_next_tick_callback(self._show)

    def _look(self) -> None:
        """See whether the tables changed."""
        newest = data.spread_tables(self._live)
        if newest is not self._tables:
            self._tables = newest
            if self._one is not None:
                self._one.take(newest)
            self._show()

    def _changed(self, *events: param.parameterized.Event) -> None:
        """Bring everything up to the parameters; a new filter or order begins at page one."""
        names = {event.name for event in events}
        if self.page != 1 and names & {*self.FILTERS, "order", "within", "kind"}:
            with param.parameterized.discard_events(self):
                self.page = 1
        if self._one is None:
            self._show()
        elif self._one.is_known:
            self._one.show(names)
        self._headline.address = to_query(self, STATE)

    def _show(self) -> None:
        if self._one is None:
            self._show_list()
        elif self._one.is_known:
            self._headline.html = self._one.head_html(self._list_query, self._notices)
            self._one.show(None)
        else:
            self._headline.html = self._one.head_html(self._list_query, self._notices)
        self._headline.address = to_query(self, STATE)

    @property
    def _list_query(self) -> str:
        """The query of the list as it is filtered now, nothing where nothing is chosen."""
        chosen = {k: v for k, v in self.filters.to_query().items() if v}
        chosen |= {
            k: getattr(self, k) for k in ("order", "within") if getattr(self, k) != self.param[k].default
        }
        return urlencode(chosen, safe=",_")

    def _show_list(self) -> None:
        tables, filters, within = self._tables, self.filters, self.within
        facts = arrival_facts(tables)
        passes = documents_pass(tables.documents, filters)
        rows = measures.ordered(tables.documents, passes, self.order, within)
        page = min(self.page, max(-(-len(rows) // html.ROWS), 1))
        shown = rows[(page - 1) * html.ROWS : page * html.ROWS]
        self._headline.html = html.headline_html(
            measures.headline(tables, facts, passes),
            within,
            tables.as_of,
            tables.is_synthetic,
            len(tables.documents) > 0,
        )
        bar = filters_html(filters, self._presets(), {}, self._notices, "spread", html.search_html())
        self._bar.html = bar + html.choices_html("within", "到达时限", WITHIN, within)
        self._table.html = html.choices_html(
            "order", "排列", measures.ORDERS, self.order
        ) + html.documents_html(tables.documents.iloc[shown], page, len(rows), self._list_query, within)
        self._facets.html = facets_html(measures.facets(tables, filters), measures.FACETS, "份").replace(
            'class="facets"', 'class="facets narrow"', 1
        )
        self._properties.html = html.properties_html(
            measures.what_spreads(tables, facts, passes, within), within
        )
        sites = measures.sites_arrival(tables, facts, passes, within)
        counties = sites[(sites["kind"] == "county_portal").to_numpy(bool)]
        self._places.html = html.places_html(measures.grouped(sites, "city"), counties, within)
        self._departments.html = html.departments_html(
            measures.grouped(sites[(sites["level"] == "prefecture").to_numpy(bool)], "department"),
            measures.grouped(sites, "group"), sites, within,
        )  # fmt: skip
        self._legend.html = html.legend_html(within)
        if self.is_whole:
            titles = tables.documents["title"].iloc[shown].tolist()
            counts = matrix(facts, tables.sites, shown, tables.documents["origin_id"].iloc[shown].tolist())
            self._matrix.object = (
                matrix_chart(measures.city_shares(counts, within), counts["due"], titles, self._open)
                if len(shown)
                else None
            )
            months = measures.trend(tables, facts, passes)
            self._trend.object = trend_chart(months, within) if len(months) else None

    def _open(self, origin_id: str) -> None:
        """Go to one document."""
        if pn.state.location is not None:
            query = html.document_link(origin_id, self._list_query).partition("?")[2]
            pn.state.location.param.update(search=f"?{query}", reload=True)


STATE = (
    *Spread.FILTERS, "order", "within", "page", "origin", "copy", "kind", "missing_page", "curve", "clock",
)  # fmt: skip
