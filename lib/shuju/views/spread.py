"""Spread of documents (重要信息传播): all of them, or one; every parameter is in the address."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar
from urllib.parse import urlencode

import pandas as pd
import panel as pn
import param

from shuju.clock import now
from shuju.views import spread_data as data
from shuju.views import spread_html as html
from shuju.views import spread_measures as measures
from shuju.views import spread_style as style
from shuju.views.filtered_page import FilteredPage
from shuju.views.linked_html import facets_html, filters_html
from shuju.views.linked_page import card, head, plot, stack
from shuju.views.live import Live
from shuju.views.spread_arrivals import WITHIN, arrival_facts, matrix
from shuju.views.spread_charts import matrix_chart, trend_chart
from shuju.views.spread_filters import SpreadFilters, documents_pass
from shuju.views.spread_map import NOW
from shuju.views.spread_one import CURVES, KINDS, OneDocument


class Spread(FilteredPage):
    """The page: ``origin`` names the document that is shown, none the list of all."""

    FILTERS: ClassVar = SpreadFilters
    BESIDES: ClassVar = ("order", "within", "origin", "copy", "kind", "missing_page", "curve", "clock")
    STYLE: ClassVar = style.STYLE

    genre = param.ListSelector(default=[], objects=[], check_on_set=True, label="类别")
    topic = param.ListSelector(default=[], objects=[], check_on_set=True, label="主题")
    level = param.ListSelector(default=[], objects=[], check_on_set=True, label="首发层级")
    region = param.ListSelector(default=[], objects=[], check_on_set=True, label="首发地区")
    shape = param.ListSelector(default=[], objects=[], check_on_set=True, label="形态")
    words = param.List(default=[], item_type=str, label="含有")
    day = param.CalendarDateRange(default=None, allow_None=True, label="首发日期")
    order = param.Selector(default="recent", objects=list(measures.ORDERS), label="排列")
    within = param.Selector(default="24", objects=list(WITHIN), label="时限")
    origin = param.String(default="", label="原文编号")
    copy = param.String(default="", label="转载页编号")
    kind = param.Selector(default="all", objects=list(KINDS), label="转载类型")
    missing_page = param.Integer(default=1, bounds=(1, None), label="未到达名单页码")
    curve = param.Selector(default="share", objects=list(CURVES), label="到达曲线")
    clock = param.Integer(default=NOW, bounds=(0, NOW), label="地图时刻")

    def __init__(self, shared: Live | None = None, **choices: Any):
        """Show ``shared`` (that of the process if not given), as the page's address and ``choices`` say."""
        super().__init__(shared)
        for name, labels in data.labels().items():
            self.param[name].objects = labels
        self._take_choices(choices)
        self._tables = data.spread_tables(self._live)
        self._one: OneDocument | None = None
        # Charts wait until the browser shows the rest: what is sent before, Panel takes as seen.
        self.is_whole = self._doc is None
        self._headline = self.active("whole")
        self._layout = self._document() if self.origin else self._list()
        self._show()
        self._begin()

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
            card(head("走势", "灰柱：每月首发份数（右轴）；线：各时限到达率，粗线为所选时限。"), self._trend),
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

    def _do(self, do: str, of: str, value: str) -> None:
        match do:
            case "turn" if value.isdecimal():
                self.missing_page = max(int(value), 1)
            case "copy":
                self.copy = value
            case "clock" if value.isdecimal():
                self.clock = min(int(value), NOW)
            case _:
                super()._do(do, of, value)

    @property
    def _span_shown(self) -> tuple[dt.date, dt.date]:
        first = self._tables.documents["published_at"].min()
        last = self._tables.as_of.date() if self._tables.as_of is not None else now().date()
        return (last if pd.isna(first) else first.date()), last

    # What follows from it

    def _loaded(self) -> None:
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
        self._to_first_page(events, "order", "within", "kind")
        if self._one is None:
            self._show()
        elif self._one.is_known:
            self._one.show({event.name for event in events})
        self._headline.address = self.address

    def _show(self) -> None:
        if self._one is None:
            self._show_list()
        elif self._one.is_known:
            self._headline.html = self._one.head_html(self._list_query, self._notices)
            self._one.show(None)
        else:
            self._headline.html = self._one.head_html(self._list_query, self._notices)
        self._headline.address = self.address

    def _show_notices(self) -> None:
        self._show()

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
