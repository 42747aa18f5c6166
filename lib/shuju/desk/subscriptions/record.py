"""Subscriptions as they are kept: made, listed, changed, paused and ended by whose they are; ended by their links too."""

from __future__ import annotations

import datetime as dt
import hmac
import re
from dataclasses import dataclass

from sqlalchemy import Engine, Row, func, insert, select, update

from shuju.access.subject import Subject
from shuju.desk.store import writing
from shuju.desk.subscriptions.plan import Plan, SubscriptionError, next_time, packed, unpacked
from shuju.desk.tables.subscriptions import alert_states, subscriptions
from shuju.keys import UNSUBSCRIBING, first_key

ACTIVE, PAUSED, ENDED = "active", "paused", "ended"
STATES = {ACTIVE: "进行中", PAUSED: "已暂停", ENDED: "已退订"}
MOST = 200  # of one person
BRIEFING = "my-briefing"  # what stands for a card where the board of ``query`` is sent as a Word file
s, a = subscriptions.c, alert_states.c


@dataclass(frozen=True)
class Subscription:
    """One subscription, and what is known of it: when it is looked at next, was told last, why it could not be."""

    id: int
    account: str
    role: str
    organisation_id: int | None
    card: str
    query: str
    title: str
    plan: Plan
    state: str
    made_at: dt.datetime
    seq: int
    next_at: dt.datetime | None
    is_raised: bool
    value: float | None
    fingerprint: str
    known: str
    version: str
    looked_at: dt.datetime | None
    told_at: dt.datetime | None
    failure: str

    @property
    def address(self) -> str:
        """The address of the card with its filters, or of the board."""
        if self.is_briefing:
            return f"./?{self.query}" if self.query else "./"
        return f"card/{self.card}" + (f"?{self.query}" if self.query else "")

    @property
    def is_briefing(self) -> bool:
        """Whether a board is sent, and no card."""
        return self.card == BRIEFING

    @property
    def state_title(self) -> str:
        """The state in Chinese."""
        return STATES[self.state]


def subscribe(
    desk: Engine, by: Subject, card: str, query: str, title: str, plan: Plan, *, at: dt.datetime
) -> int:
    """Make a subscription of somebody in their present role; return its number.

    Raises:
        SubscriptionError: it has no name, or there are ``MOST`` already.
    """
    title = _title(title)
    with writing(desk) as connection:
        mine = select(func.count()).where(s.account == by.account, s.state != ENDED)
        if connection.execute(mine).scalar_one() >= MOST:
            raise SubscriptionError(f"最多 {MOST} 项订阅，请先退订不用的")
        row = {
            "account": by.account, "role": by.role, "organisation_id": by.organisation_id, "card": card, "query": query, "title": title,
            "told": packed(plan), "state": ACTIVE, "made_at": at,
        }  # fmt: skip
        number = connection.execute(insert(subscriptions).values(row)).inserted_primary_key[0]
        connection.execute(
            insert(alert_states).values(fresh(plan, at) | {"subscription_id": number, "seq": 0})
        )
    return number


def fresh(plan: Plan, at: dt.datetime) -> dict[str, object]:
    """Return the state of a plan that was never looked at."""
    return {
        "next_at": next_time(plan, at), "is_raised": False, "value": None, "fingerprint": "", "known": "", "version": "",
        "failure": "", "picture": "",
    }  # fmt: skip


def change(
    desk: Engine, by: Subject, number: int, plan: Plan, title: str = "", *, at: dt.datetime
) -> Subscription:
    """Give a subscription of somebody another plan, and a name if told; what it knew of its figures is forgotten.

    Raises:
        SubscriptionError: there is none of theirs.
    """
    values = {"told": packed(plan), **({"title": _title(title)} if title else {})}
    with writing(desk) as connection:
        here = _own(by, number)
        if not connection.execute(update(subscriptions).where(here).values(values)).rowcount:
            raise SubscriptionError("没有这项订阅")
        connection.execute(update(alert_states).where(a.subscription_id == number).values(fresh(plan, at)))
    return get(desk, by, number)


def set_state(desk: Engine, by: Subject | None, number: int, state: str, *, at: dt.datetime) -> bool:
    """Pause, resume or end a subscription of somebody, of anybody where ``by`` is None; tell whether there was one to change.

    One that is resumed looks at its figures anew, and tells of nothing that it missed.
    """
    here = (s.id == number) if by is None else _own(by, number)
    with writing(desk) as connection:
        row = connection.execute(select(s.told).where(here, s.state != ENDED, s.state != state)).first()
        if row is None:
            return False
        connection.execute(update(subscriptions).where(here).values(state=state))
        if state == ACTIVE:
            values = fresh(unpacked(row.told), at)
            connection.execute(update(alert_states).where(a.subscription_id == number).values(values))
    return True


def get(desk: Engine, by: Subject, number: int) -> Subscription:
    """Return a subscription of somebody.

    Raises:
        SubscriptionError: there is none of theirs.
    """
    with desk.connect() as connection:
        row = connection.execute(_all().where(_own(by, number))).first() if number < 2**31 else None
    if row is None:
        raise SubscriptionError("没有这项订阅")
    return subscription_of(row)


def list_subscriptions(desk: Engine, account: str = "") -> list[Subscription]:
    """Return the subscriptions of an account (all) that are not ended, the newest first."""
    wanted = _all().where(s.state != ENDED)
    if account:
        wanted = wanted.where(s.account == account)
    with desk.connect() as connection:
        return [subscription_of(row) for row in connection.execute(wanted.order_by(s.id.desc()))]


def due_subscriptions(desk: Engine, version: str, *, at: dt.datetime) -> list[Subscription]:
    """Return what is to be looked at: its time has come, or it goes by its figures and was not looked at in this ``version``."""
    is_due = (a.next_at <= at) | (a.next_at.is_(None) & (a.version != version))
    with desk.connect() as connection:
        rows = connection.execute(_all().where(s.state == ACTIVE, is_due).order_by(s.id))
        return [subscription_of(row) for row in rows]


def unsubscribe_name(number: int) -> str:
    """Return what ends the address by which one subscription, and nothing else, can be ended by whoever has it."""
    proof = hmac.digest(first_key(UNSUBSCRIBING), str(number).encode(), "sha256").hex()[:40]
    return f"{number}-{proof}"


def number_named(name: str) -> int | None:
    """Return the number of the subscription that such an address is for, None if it was not made here."""
    found = re.fullmatch(r"(\d{1,9})-[0-9a-f]{40}", name)
    if found is None or not hmac.compare_digest(unsubscribe_name(int(found[1])).encode(), name.encode()):
        return None
    return int(found[1])


def title_of(desk: Engine, number: int) -> str:
    """Return the name of a subscription, empty where it is ended or not there."""
    with desk.connect() as connection:
        found = connection.execute(select(s.title).where(s.id == number, s.state != ENDED)).scalar()
    return found or ""


def subscription_of(row: Row) -> Subscription:
    """Return a subscription from its row."""
    kept = {name: value for name, value in row._mapping.items() if name != "told"}
    return Subscription(**kept, plan=unpacked(row.told))


def _all():
    states = (
        a.seq,
        a.next_at,
        a.is_raised,
        a.value,
        a.fingerprint,
        a.known,
        a.version,
        a.looked_at,
        a.told_at,
        a.failure,
    )
    return select(subscriptions, *states).join(alert_states, a.subscription_id == s.id)


def _own(by: Subject, number: int):
    return (s.id == number) & (s.account == by.account) & (s.state != ENDED)


def _title(title: str) -> str:
    title = " ".join(title.replace("\0", "").split())[:200]
    if not title:
        raise SubscriptionError("请给订阅起个名字")
    return title
