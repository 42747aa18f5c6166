"""What matters today as cards, short enough for one's own page: warnings, hot issues, the newest documents."""

from __future__ import annotations

from functools import partial
from typing import Any

from shuju.desk.marked_warnings import RECENT_DAYS
from shuju.desk.marks import change_number
from shuju.desk.store import open_desk
from shuju.facts.cards import Card, register
from shuju.facts.selection import Selection
from shuju.letters.warning_selection import warnings_beside
from shuju.pages.home.home import DocumentsNow, documents_among, issues_among, warnings_among
from shuju.ui.cards.live import LiveCard
from shuju.ui.templates import render


def _warned(selection: Selection) -> dict[str, Any]:
    return warnings_among(warnings_beside(selection))


def _marked(selection: Selection) -> tuple[str, int]:
    """What is judged at the desk changes the warnings that stand."""
    return selection.query, change_number(open_desk(selection.resources.home))


def _documents(selection: Selection) -> DocumentsNow | None:
    return documents_among(selection.held, selection.mask())  # type: ignore[attr-defined]


def _html(what: str, found: Any) -> str:
    return render("home/compact.html", what=what, found=found, recent_days=RECENT_DAYS)


register(
    Card("hot_issues.warned", "预警", f"近 {RECENT_DAYS} 天来信异常增多的地方和主题。", "hot_issues", _warned, LiveCard,
         partial(_html, "warnings"), depends=_marked),
    Card("hot_issues.alive", "正在发生的热点", f"近 {RECENT_DAYS} 天还有来信的热点诉求，热度高的在前。", "hot_issues", issues_among, LiveCard,
         partial(_html, "issues")),
    Card("cascades.newest", "最新文件到了哪里", "最新的政策文件，应当转载的网站中多少已经转载。", "cascades", _documents, LiveCard,
         partial(_html, "documents")),
)  # fmt: skip
