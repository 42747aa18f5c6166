"""Hot issues and warnings (热点与预警): the list with its warnings, or one issue; every parameter is in the address."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar
from urllib.parse import urlencode

import pandas as pd
import panel as pn
import param

from shuju.clock import now
from shuju.desk.marks import ACKNOWLEDGED, MUTED, RIGHT, VERDICT, WRONG, YES, put, undo
from shuju.views import issues_data as data
from shuju.views import issues_html as html
from shuju.views import issues_style as style
from shuju.views.filtered_page import FilteredPage
from shuju.views.issue_charts import region_colours, spread_map, timeline
from shuju.views.issue_filters import IssueFilters, issues_pass
from shuju.views.linked_html import facets_html, filters_html
from shuju.views.linked_page import card, head
from shuju.views.live import Live

TIMELINES = {"day": "每日", "total": "累计"}
MAPS = {"first": "按先后", "count": "按件数"}


class Issues(FilteredPage):
    """The page: ``issue`` names the one that is shown, none the list of all."""

    FILTERS: ClassVar = IssueFilters
    BESIDES: ClassVar = ("show", "issue", "timeline", "map")
    STYLE: ClassVar = style.STYLE

    stage = param.ListSelector(default=[], objects=[], check_on_set=True, label="阶段")
    topic = param.ListSelector(default=[], objects=[], check_on_set=True, label="主题")
    region = param.ListSelector(default=[], objects=[], check_on_set=True, label="地区")
    words = param.List(default=[], item_type=str, label="含有")
    warning = param.ListSelector(default=[], objects=[], check_on_set=True, label="预警类别")
    show = param.ListSelector(default=[], objects=["all", "muted"], check_on_set=True, label="展开")
    issue = param.String(default="", label="诉求编号")
    timeline = param.Selector(default="day", objects=list(TIMELINES), label="时间线")
    map = param.Selector(default="first", objects=list(MAPS), label="地图")

    def __init__(self, shared: Live | None = None, **choices: Any):
        """Show ``shared`` (that of the process if not given), as the page's address and ``choices`` say."""
        super().__init__(shared)
        for name, labels in data.labels().items():
            self.param[name].objects = labels
        self._take_choices(choices)
        self._tables = data.issue_tables(self._live)
        # What reads texts and draws charts waits until the browser shows the rest.
        self._is_whole = self._doc is None
        self._layout = self._one_issue() if self.issue else self._list()
        self._show()
        self._begin()

    # Layouts

    def _list(self) -> pn.Column:
        self._headline, self._bar = self.active("whole"), self.active()
        self._warnings, self._table, self._facets = self.active(), self.active(), self.active()
        return pn.Column(
            self._headline,
            card(self._bar, css="whole"),
            card(
                head("预警", "来信显著多于往年同期与近期：条为观察值，细黑条为预期，竖线为上限。"),
                self._warnings,
                css="warned",
            ),
            card(
                head(
                    "热点诉求", "不同的人就同一地方的同一件事写来的信；热度高的在前。点击看来信、传播与答复。"
                ),
                self._table,
                css="hot",
            ),
            card(
                head("构成", "蓝条：符合其他条件的件数；灰底：全部热点。点击筛选，再点取消。"),
                self._facets,
            ),
            stylesheets=[style.GRID],
            sizing_mode="stretch_width",
            margin=0,
        )

    def _one_issue(self) -> pn.Column:
        self._headline = self.active("whole")
        rows = self._tables.issues
        found = rows[rows["issue_id"] == self.issue]
        if found.empty:
            return pn.Column(self._headline, stylesheets=[style.GRID], sizing_mode="stretch_width", margin=0)
        self._issue = found.iloc[0].to_dict()
        self._letters = data.issue_letters(self._tables.library, self.issue)
        self._days, self._reached = data.by_day(self._letters), data.spread(self._letters)
        self._steps, self._heat = self.active(), self.active()
        self._time_choice, self._map_choice = self.active(), self.active()
        self._time = pn.pane.Bokeh(None, sizing_mode="stretch_width", margin=0)
        self._map = pn.pane.Bokeh(None, sizing_mode="stretch_width", margin=0)
        self._answers, self._repeats, self._table = self.active(), self.active(), self.active()
        self._records = self.active()
        return pn.Column(
            self._headline,
            card(head("发展阶段", "源头：首次成簇；传导：到新的县市区、渠道或主题；转化：重复、逾期未答或已有回应。"), self._steps),
            card(head("热度的组成", "每一部分 0 至 100，热度是它们的加权平均；算法见 docs/methods/issues.md。"), self._heat),
            card(head("来信时间线", "按来信所涉县市区着色。"), self._time_choice, self._time),
            card(head("传播", "颜色越深，来信越早（或越多）；星号为源头。"), self._map_choice, self._map, css="spread"),
            card(head("文件与媒体回应", "事发之后，本市州说到这件事的要闻、公告与政策文件；按名称与关键词比对，请核对。"), self._records),
            card(head("谁办理、谁答复", "按署名答复的单位，无署名的按承办部门。"), self._answers),
            card(head("并单建议", "同一来信人就这件事的多封来信。"), self._repeats),
            card(head("来信与答复", "最早在前；已脱敏。点击标题看全文、答复与相似来信。"), self._table, css="whole"),
            stylesheets=[style.GRID],
            css_classes=["one"],
            sizing_mode="stretch_width",
            margin=0,
        )  # fmt: skip

    # What the user does

    def _do(self, do: str, of: str, value: str) -> None:
        if do != "mark":
            super()._do(do, of, value)
        elif (self._tables.warnings["warning_id"] == value).any():
            self._mark(of, value)

    def _mark(self, what: str, warning_id: str) -> None:
        """Set a mark, or take it away where it stands already; ``undo`` takes back the newest change."""
        desk, at, who = self._tables.desk, now(), pn.state.user or ""
        rows = self._tables.warnings
        row = rows[rows["warning_id"] == warning_id].iloc[0]
        series = data.series_of(warning_id)
        match what:
            case "acknowledged":
                value = None if isinstance(row[ACKNOWLEDGED], str) else YES
                put(desk, warning_id, ACKNOWLEDGED, value, at=at, who=who)
            case "muted":
                until = (self._today + dt.timedelta(days=data.MUTE_DAYS)).isoformat()
                is_muted = isinstance(row[MUTED], str) and row[MUTED] > self._today.isoformat()
                put(desk, series, MUTED, None if is_muted else until, at=at, who=who)
            case "right" | "wrong":
                value = RIGHT if what == "right" else WRONG
                put(desk, warning_id, VERDICT, None if row[VERDICT] == value else value, at=at, who=who)
            case "undo":
                undo(desk, [warning_id, series], at=at, who=who)
        self._look()

    @property
    def _today(self) -> dt.date:
        return self._tables.as_of.date() if self._tables.as_of is not None else now().date()

    @property
    def _span_shown(self) -> tuple[dt.date, dt.date]:
        first = self._tables.issues["first_at"].min()
        return (first.date() if not pd.isna(first) else self._today), self._today

    # What follows from it

    def _loaded(self) -> None:
        assert self._doc is not None
        self._is_whole = True
        if self.issue:
            self._doc.add_next_tick_callback(self._show)

    def _look(self) -> None:
        """See whether the tables or the marks changed, by whomever."""
        newest = data.issue_tables(self._live)
        if newest is not self._tables:
            self._tables = newest
            self._show()

    def _changed(self, *events: param.parameterized.Event) -> None:
        """Bring everything up to the parameters; a new filter begins at page one."""
        self._to_first_page(events)
        self._show()

    def _show(self) -> None:
        if not self.issue:
            self._show_list()
        elif hasattr(self, "_issue"):
            self._show_issue()
        else:
            self._headline.html = html.missing_html(self.issue)
        self._headline.address = self.address

    def _show_notices(self) -> None:
        self._show()

    def _show_list(self) -> None:
        tables, filters = self._tables, self.filters
        figures = data.headline(tables, filters)
        has_tables = bool(len(tables.issues) or len(tables.warnings))
        self._headline.html = html.headline_html(figures, tables.as_of, tables.is_synthetic, has_tables)
        self._bar.html = filters_html(
            filters, self._presets(), {}, self._notices, "issues", html.search_html()
        )
        self._warnings.html = html.warnings_html(
            data.recent_warnings(tables, filters),
            data.earlier_warnings(tables, filters),
            self.warning,
            is_all="all" in self.show,
            shows_muted="muted" in self.show,
            has_days=self.day is not None,
        )
        rows = tables.issues[issues_pass(tables.issues, filters)]
        pages = max(-(-len(rows) // html.ISSUE_ROWS), 1)
        page = min(self.page, pages)
        first = (page - 1) * html.ISSUE_ROWS
        shown = rows.iloc[first : first + html.ISSUE_ROWS]
        self._table.html = html.issues_html(shown, page, len(rows), self._list_query)
        self._facets.html = facets_html(data.facets(tables, filters), data.FACETS, "件")

    @property
    def _list_query(self) -> str:
        """The query of the list as it is filtered now, nothing where nothing is chosen."""
        return urlencode({k: v for k, v in self.filters.to_query().items() if v}, safe=",_")

    def _show_issue(self) -> None:
        tables, issue, letters = self._tables, self._issue, self._letters
        self._headline.html = html.issue_head_html(
            issue, letters, self._list_query, tables.as_of, tables.is_synthetic
        )
        self._steps.html = html.steps_html(data.stage_steps(issue, letters))
        self._heat.html = html.heat_html(issue)
        self._time_choice.html = html.choices_html("timeline", TIMELINES, self.timeline) + html.colours_html(
            region_colours(self._days)
        )
        self._map_choice.html = html.choices_html("map", MAPS, self.map)
        self._answers.html = html.answers_html(data.answers(letters))
        if self._is_whole:
            self._show_charts()
            self._show_texts()

    def _show_charts(self) -> None:
        if len(self._letters):
            self._time.object = timeline(self._days, is_total=self.timeline == "total")
        self._map.object = spread_map(self._reached, by_count=self.map == "count")

    def _show_texts(self) -> None:
        letters = self._letters
        groups = data.repeats(letters)
        pairs = pd.concat([g.iloc[[0, -1]] for g in groups]) if groups else letters.iloc[:0]
        pages = max(-(-len(letters) // html.LETTER_ROWS), 1)
        page = min(self.page, pages)
        shown = letters.iloc[(page - 1) * html.LETTER_ROWS : page * html.LETTER_ROWS]
        texts = data.texts_of(self._tables.library, pd.concat([shown, pairs]).drop_duplicates("letter_id"))
        self._records.html = html.records_html(data.issue_records(self._tables.library, self.issue))
        self._repeats.html = html.repeats_html(groups, texts, data.n_mergeable(letters))
        marked = set(str(self._issue["representatives"]).split(","))
        self._table.html = html.letters_html(shown, texts, page, len(letters), marked)
