"""``/supervision``: how organisations answer, solve, satisfy; what is late, delayed, returned, old. No order by merit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from urllib.parse import urlencode

from shuju.clock import now
from shuju.desk.answers.ratings import senders_satisfied
from shuju.desk.organisations import all_organisations, full_name
from shuju.desk.store import open_desk
from shuju.desk.tasks.listing import tally
from shuju.desk.tasks.supervision import BANDS, FEW, Share, ages, standings
from shuju.library import Library
from shuju.pages.tasks.assigning import who_asks
from shuju.ui.templates import render

SPANS = {30: "近 30 天", 90: "近 90 天", 365: "近一年"}


def supervision_html(library: Library, query: Mapping[str, str]) -> str:
    """Return the page as HTML."""
    # The end of this second: the address of a figure tells its span, and lists what was counted in it.
    at = now().replace(microsecond=0) + dt.timedelta(seconds=1)
    desk, by = open_desk(library.home), who_asks()
    text = query.get("days", "")
    days = next((span for span in SPANS if text == str(span)), 90)
    span = {"since": at - dt.timedelta(days=days), "until": at}
    together, each = standings(desk, by, **span, at=at)
    rated = senders_satisfied(desk, by, **span)
    all_rated = Share(sum(one.n for one in rated.values()), sum(one.of for one in rated.values()))
    names = {o.id: full_name(o) for o in all_organisations(desk)}
    beside = [
        (names[number], share)
        for number, share in rated.items()
        if number not in {one.organisation_id for one in each}
    ]
    return render(
        "tasks/supervision.html", together=together, each=each, rated=rated, all_rated=all_rated, beside=beside, nobody=Share(0, 0),
        ages=ages(desk, by, at=at), days=days, spans=SPANS, bands=BANDS, few=FEW,
        counts=tally(desk, by, "all", at=at), address=_address, within=lambda figure, organisation=None: _address(
            figure=figure, **{} if organisation is None else {"organisation": organisation},
            since=span["since"].isoformat(), until=span["until"].isoformat(),
        ),
    )  # fmt: skip


def _address(**told: object) -> str:
    """Return where the tasks behind a figure are listed."""
    return f"desk?{urlencode({'view': 'all', **told})}"
