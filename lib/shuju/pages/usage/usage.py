"""``/usage``: which cards people pin, subscribe to and assign from, and which nobody uses, so that pages improve."""

from __future__ import annotations

import datetime as dt

from shuju.clock import now
from shuju.desk.store import open_desk
from shuju.desk.usage import Use, cards_in_use, pages_kept, people_seen
from shuju.facts.cards import all_cards
from shuju.library import Library
from shuju.ui.still_card import can_stand
from shuju.ui.templates import render

DAYS = 30
UNUSED = Use(0, 0, 0)
TABLES = {
    "letters": "群众来信", "hot_issues": "热点与预警", "records": "网页信息", "cascades": "文件传播",
}  # fmt: skip


def usage_html(library: Library) -> str:
    """Return the page: cards that are used, most used first, those that nobody uses, pages of which views are kept."""
    desk = open_desk(library.home)
    used = cards_in_use(desk)
    cards = [card for card in all_cards() if can_stand(card)]
    rows = [(card, used.get(card.name, UNUSED), TABLES.get(card.table, "")) for card in cards]
    return render(
        "usage/usage.html", n_people=people_seen(desk, now() - dt.timedelta(days=DAYS)), days=DAYS,
        used=sorted((row for row in rows if row[1].n), key=lambda row: -row[1].n),
        unused=[row for row in rows if not row[1].n],
        kept=sorted(pages_kept(desk).items(), key=lambda pair: -pair[1]),
    )  # fmt: skip
