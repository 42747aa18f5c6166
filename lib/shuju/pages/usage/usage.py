"""``/usage``: which cards people pin, subscribe to and assign from, and which nobody uses, so that pages improve."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from shuju.access import ROLES
from shuju.clock import now
from shuju.desk.openings import openings
from shuju.desk.store import open_desk
from shuju.desk.usage import Use, cards_in_use, pages_kept, people_seen
from shuju.facts.cards import all_cards
from shuju.library import Library
from shuju.ui.cards.still import can_stand
from shuju.ui.templates import render

DAYS = 30
UNUSED = Use(0, 0, 0)


@dataclass(frozen=True)
class Opened:
    """How often one page was opened, in words by whom, and how many people keep views of it."""

    route: str
    title: str
    n: int
    told: str
    n_keep: int


TABLES = {
    "letters": "群众来信", "hot_issues": "热点与预警", "records": "网页信息", "cascades": "文件传播",
}  # fmt: skip


def usage_html(library: Library, titles: Mapping[str, str]) -> str:
    """Return the page: pages by how often they were opened, cards that are used, most used first, those that nobody uses.

    ``titles`` are those of all pages by their routes.
    """
    desk = open_desk(library.home)
    used = cards_in_use(desk)
    cards = [card for card in all_cards() if can_stand(card)]
    rows = [(card, used.get(card.name, UNUSED), TABLES.get(card.table, "")) for card in cards]
    opened = openings(desk, now().date() - dt.timedelta(days=DAYS - 1))
    kept = pages_kept(desk)
    pages = [
        Opened(route, title, sum(roles.values()), _by_role(roles), kept.get(route, 0))
        for route, title in titles.items()
        for roles in [opened.get(route, {})]
    ]
    return render(
        "usage/usage.html", pages=sorted(pages, key=lambda page: -page.n), n_people=people_seen(desk, now() - dt.timedelta(days=DAYS)), days=DAYS,
        used=sorted((row for row in rows if row[1].n), key=lambda row: -row[1].n),
        unused=[row for row in rows if not row[1].n],
    )  # fmt: skip


def _by_role(roles: Mapping[str, int]) -> str:
    ranked = sorted(roles.items(), key=lambda pair: -pair[1])
    return "、".join(f"{ROLES[role].title} {n:,}" for role, n in ranked if role in ROLES)
