"""``/supervision``: how organisations answer, solve, satisfy; what is late, delayed, returned, old. No order by merit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from urllib.parse import urlencode

from shuju.clock import now
from shuju.desk.store import open_desk
from shuju.desk.tasks.listing import tally
from shuju.desk.tasks.supervision import BANDS, FEW, ages, standings
from shuju.library import Library
from shuju.pages.tasks.assigning import who_asks
from shuju.ui.templates import render

SPANS = {30: "近 30 天", 90: "近 90 天", 365: "近一年"}


def supervision_html(library: Library, query: Mapping[str, str]) -> str:
    """Return the page as HTML."""
    desk, at, by = open_desk(library.home), now(), who_asks()
    text = query.get("days", "")
    days = int(text) if text.isdecimal() and int(text) in SPANS else 90
    together, each = standings(desk, by, since=at - dt.timedelta(days=days), until=at, at=at)
    return render(
        "tasks/supervision.html", together=together, each=each, ages=ages(desk, by, at=at), days=days, spans=SPANS, bands=BANDS, few=FEW,
        counts=tally(desk, by, "all", at=at), address=lambda **told: f"desk?{urlencode({'view': 'all', **told})}",
    )  # fmt: skip
