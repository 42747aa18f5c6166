"""What cards are used for (使用情况): on how many boards they stand, subscribed to, assigned from; counts alone, nobody is named."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Engine, func, select

from shuju.desk.board_content import read_content
from shuju.desk.tables.boards import board_versions, boards
from shuju.desk.tables.saved_views import saved_views
from shuju.desk.tables.subscriptions import subscriptions
from shuju.desk.tables.tasks import evidence
from shuju.desk.tables.visits import visits

b, v = boards.c, board_versions.c


@dataclass(frozen=True)
class Use:
    """How often one card is used: boards that hold it, people who subscribe to it, tasks that came of it."""

    n_boards: int
    n_subscribers: int
    n_tasks: int

    @property
    def n(self) -> int:
        """All together."""
        return self.n_boards + self.n_subscribers + self.n_tasks


def cards_in_use(desk: Engine) -> dict[str, Use]:
    """Return the use of each card that is used at all, by its name. O(boards + subscriptions + tasks)."""
    newest = (
        select(v.content)
        .join(boards, (v.board_id == b.id) & (v.version == b.version))
        .where(b.deleted_at.is_(None))
    )
    of, e = subscriptions.c, evidence.c
    subscribed = (
        select(of.card, func.count(of.account.distinct())).where(of.state != "ended").group_by(of.card)
    )
    with desk.connect() as connection:
        pinned: Counter[str] = Counter()
        for content in connection.execute(newest).scalars():
            pinned.update({item.card.partition("?")[0] for item in read_content(content).items})
        subscribers = dict(connection.execute(subscribed).all())
        tasks = dict(connection.execute(select(e.card, func.count()).group_by(e.card)).all())
    names = {*pinned, *subscribers, *tasks} - {""}
    return {name: Use(pinned[name], subscribers.get(name, 0), tasks.get(name, 0)) for name in names}


def pages_kept(desk: Engine) -> dict[str, int]:
    """Return how many people keep views of each page, by its route. O(saved views)."""
    of = saved_views.c
    with desk.connect() as connection:
        rows = connection.execute(select(of.owner, of.address).where(of.deleted_at.is_(None))).all()
    return dict(Counter(page for page, _ in {(address.partition("?")[0], owner) for owner, address in rows}))


def people_seen(desk: Engine, since: dt.datetime) -> int:
    """Return how many people opened their own page since a time."""
    with desk.connect() as connection:
        return connection.execute(
            select(func.count(visits.c.account.distinct())).where(visits.c.seen_at >= since)
        ).scalar_one()
