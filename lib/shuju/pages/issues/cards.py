"""The cards of hot issues and warnings: figures, filters, warnings with their marks, the list, bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from shuju.access import who
from shuju.access.roles import MARK
from shuju.charts import theme
from shuju.desk.marked_warnings import (
    MUTE_DAYS,
    RECENT_DAYS,
    mark,
    marked_warnings_data,
    today,
    warned_data,
)
from shuju.desk.marks import change_number
from shuju.desk.store import open_desk
from shuju.desk.trail import note
from shuju.facts.address import to_query
from shuju.facts.cards import Card, Option, register
from shuju.facts.selection import Selection
from shuju.letters.issue_list import (
    ALIVE_DAYS,
    COLUMNS,
    FACETS,
    ROWS,
    SHOWN,
    issue_facets_data,
    issue_headline_data,
    issue_list_data,
)
from shuju.letters.one_issue import HEAT_PARTS
from shuju.letters.warning_selection import issue_counted, warnings_beside, where_counted
from shuju.letters.warning_selection import newest as newest_warnings
from shuju.standard import code_list
from shuju.ui.cards.live import LiveCard
from shuju.ui.cards.shared import facets_html, filters_card
from shuju.ui.templates import render

SHOWN_WARNINGS = 4
HEAT_COLOURS = dict(zip(HEAT_PARTS, theme.CATEGORIES))
# What is to be looked at today comes first.
KINDS = {kind: code_list("warning_kinds").names[kind] for kind in ("emerging", "widespread", "seasonal")}
WARNING = Option([], "预警类别", KINDS, narrows=True)
# How many people at least must speak in a warning; the table holds those of five and more.
VOICES = Option("5", "至少人次", {n: f"{n} 人" for n in ("5", "10", "20", "50")}, narrows=True)
SHOW = Option([], "展开", {"all": "全部预警", "muted": "静音的"})
PAGE = Option(1, "页码", follows=True)
SORTED = ("heat", "n_letters", "n_writers", "n_regions", "n_unanswered", "first_at", "last_at")
SORT = Option(
    "",
    "排序",
    {
        "": "正在发生的在前",
        **{s + n: f"{COLUMNS[n]} {a}" for n in SORTED for s, a in (("-", "↓"), ("", "↑"))},
    },
)
SHOWN_COLUMNS = Option(list(SHOWN), "列", COLUMNS)
QUIET = Option([], "已平息的", {"all": "列出"})


class HeadlineCard(LiveCard):
    """The figures, which also tell of issues that just came."""

    def html(self, found: Any) -> str:
        """Return the figures as of now."""
        return _headline_html(found, self.link.news)


class WarningsCard(LiveCard):
    """The warnings, each with buttons to mark it; a mark is seen by all who look at the page."""

    def act(self, do: str, of: str, value: str) -> bool:
        """Set a mark on a warning, or take one back."""
        if do != "mark":
            return False
        library = self.selection.resources
        if self.is_allowed(MARK) and (newest_warnings(library).rows["warning_id"] == value).any():
            desk = open_desk(library.home)
            note(desk, "change", value, {"mark": of})
            mark(desk, of, value, today(self.selection), who())
            self.link.ask()
        return True


def chosen_query(selection: Selection) -> str:
    """Return the query of the filters that are set, empty if none is."""
    return to_query(selection, list(selection.filters))


def known_as_of(selection: Selection) -> dict[str, Any]:
    """Return what the line on source and as-of tells of the rows."""
    return {name: getattr(selection, name) for name in ("as_of", "is_synthetic", "unit")}


def _headline(selection: Selection, warning: Sequence[str], voices: str) -> dict[str, Any]:
    warnings = warnings_beside(selection, warning)
    return {
        "known": known_as_of(selection),
        "issues": issue_headline_data(selection),
        "warned": warned_data(warnings, int(voices)),
        "has_days": selection.day is not None,
        # Not how many there are: whoever sees none of them is not told that none were ever found.
        "is_built": selection.resources.version_of("hot_issues") >= 0,
    }


def _headline_html(found: dict[str, Any], news: int = 0) -> str:
    return render("issues/headline.html", news=news, recent_days=RECENT_DAYS, **found)


def _warnings(
    selection: Selection,
    warning: Sequence[str],
    voices: str,
    show: Sequence[str],  # noqa: ARG001
) -> dict[str, Any]:
    found = marked_warnings_data(warnings_beside(selection, warning), int(voices))
    return {"found": found, "has_days": selection.day is not None}


def _warnings_html(told: dict[str, Any], warning: Sequence[str], voices: str, show: Sequence[str]) -> str:
    return render(
        "issues/warnings.html", kinds=KINDS, chosen=warning, voices=voices, floors=VOICES.choices, show=show,
        where=where_counted, issue_counted=issue_counted, most=SHOWN_WARNINGS, recent_days=RECENT_DAYS, mute_days=MUTE_DAYS, **told,
    )  # fmt: skip


def _list(
    selection: Selection,
    sort: str,
    columns: Sequence[str],  # noqa: ARG001
    page: int,
    quiet: Sequence[str],
) -> pd.DataFrame:
    has_days = selection.day is not None  # who chooses days asks for what was alive then
    found = issue_list_data(selection, page, sort, with_quiet="all" in quiet or has_days)
    found.attrs |= {"query": chosen_query(selection), "has_days": has_days}
    return found


def _list_html(
    found: pd.DataFrame, sort: str = "", columns: Sequence[str] = SHOWN, quiet: Sequence[str] = (), **_: Any
) -> str:
    return render(
        "issues/list.html", rows=found, rows_a_page=ROWS, parts=HEAT_PARTS, colours=HEAT_COLOURS, sort=sort, orders=SORT.choices,
        titles=COLUMNS, sorted=SORTED, shown=[name for name in COLUMNS if name in columns], quiet=quiet, alive_days=ALIVE_DAYS,
    )  # fmt: skip


def _with_marks(selection: Selection) -> Any:
    return selection.query, change_number(open_desk(selection.resources.home))


register(
    Card("hot_issues.headline", "概况", "热点诉求多少、预警多少、预警有多准", "hot_issues", _headline, HeadlineCard,
         lambda found, **_: _headline_html(found), options={"warning": WARNING, "voices": VOICES},
         depends=_with_marks, bare=True),
    filters_card("hot_issues", "issues", placeholder="搜标题、关键词、部门"),
    Card("hot_issues.warnings", "预警",
         "来信明显多于往年同期与近期，且至少 5 个不同的人说到。粗条为实际，细条为平常，竖线为平常的上限。",
         "hot_issues", _warnings, WarningsCard, _warnings_html,
         options={"warning": WARNING, "voices": VOICES, "show": SHOW}, depends=_with_marks),
    Card("hot_issues.list", "热点诉求", "不同的人就同一地方的同一件事写来的信。先列近 30 天还有来信的，热度高的在前。",
         "hot_issues", _list, LiveCard, _list_html, options={"sort": SORT, "columns": SHOWN_COLUMNS, "page": PAGE, "quiet": QUIET}),
    Card("hot_issues.facets", "构成", "蓝条：符合其他条件的件数；灰底：全部热点。点击筛选，再点取消。", "hot_issues",
         issue_facets_data, LiveCard, lambda found: facets_html(found, FACETS, "件", shown=5)),
)  # fmt: skip
