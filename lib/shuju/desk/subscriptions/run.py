"""A run of all subscriptions that are due: each computed as its recipient, cards that several share once; told in one transaction.

A message's id follows from its subscription and how many it made before, so a run that is killed, or runs beside another, tells nothing twice:
state, inbox and outbox are written together, and an id that is there is not written again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Engine, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite

from shuju.access import NotAllowedError, Subject, entered
from shuju.desk.marks import change_number
from shuju.desk.messages.addresses import EMAIL
from shuju.desk.store import writing
from shuju.desk.subjects import subjects_named
from shuju.desk.subscriptions.deciding import Decision, decide, undecided
from shuju.desk.subscriptions.digests import gather_digests
from shuju.desk.subscriptions.inboxes import forget_old
from shuju.desk.subscriptions.plan import may_leave
from shuju.desk.subscriptions.record import Subscription, due_subscriptions
from shuju.desk.subscriptions.shown import Show, Shown
from shuju.desk.tables.messages import outbox
from shuju.desk.tables.subscriptions import alert_states, inbox
from shuju.desk.tasks.attachments import keep_content
from shuju.facts.schema import FactsError
from shuju.library import open_library
from shuju.library.home import Home

log = logging.getLogger(__name__)
AT_ONCE = 500
GONE, FAILED = "收件人已没有此角色，未计算", "图卡暂时算不出来，稍后再试"
_INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
s = alert_states.c


@dataclass(frozen=True)
class Ran:
    """How many subscriptions were looked at, for how many different (card, sight) pairs; how many were told, and could not be computed."""

    n_looked: int = 0
    n_computed: int = 0
    n_told: int = 0
    n_failed: int = 0
    n_digests: int = 0


@dataclass(frozen=True)
class _Looked:
    subscription: Subscription
    decision: Decision
    shown: Shown | None
    picture: str


def run_alerts(home: Home, desk: Engine, show: Show, *, at: dt.datetime) -> Ran:
    """Look at what is due, computed by ``show``, and put what is to be told into inboxes and the outbox.

    O(subscriptions due) and one computation for each card and sight.
    """
    forget_old(desk, at=at)
    version = library_version(home, desk)
    due = due_subscriptions(desk, version, at=at)
    looking = _Looking(home, desk, show, version, at, _by_who(desk, due, at))
    counts = [0, 0]
    for first in range(0, len(due), AT_ONCE):
        looked = list(looking.look(due[first : first + AT_ONCE]))
        counts[0] += _write(desk, looked, at)
        counts[1] += sum(1 for one in looked if one.decision.state["failure"])
    return Ran(len(due), len(looking.known), *counts, gather_digests(desk, at=at))


def library_version(home: Home, desk: Engine) -> str:
    """Return what tells all that cards are made of now from all that it was before: tables, and marks at the desk."""
    library = open_library(home.uri)
    versions = [f"{table}={library.version_of(table)}" for table in sorted(library.catalog.tables)]
    told = ";".join([*versions, f"desk={change_number(desk)}"])
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _by_who(desk: Engine, due: Iterable[Subscription], at: dt.datetime) -> dict[Any, Subject]:
    return dict(subjects_named(desk, {(one.account, one.role, one.organisation_id) for one in due}, at=at))


@dataclass
class _Looking:
    """What one run computed: by card, filters and sight; the sight of all who have the same role and organisation is found once."""

    home: Home
    desk: Engine
    show: Show
    version: str
    at: dt.datetime
    subjects: dict[Any, Subject]

    def __post_init__(self) -> None:
        self.known: dict[tuple[Any, ...], Shown | str] = {}
        self._scopes: dict[Subject, Any] = {}
        self._pictures: dict[int, str] = {}

    def look(self, due: Sequence[Subscription]) -> Iterator[_Looked]:
        """Yield what becomes of some subscriptions."""
        for one in due:
            subject = self.subjects.get((one.account, one.role, one.organisation_id))
            found = GONE if subject is None else self._shown(one, subject)
            if isinstance(found, str):
                is_passing = found == FAILED
                yield _Looked(
                    one, undecided(one, found, self.version, self.at, is_passing=is_passing), None, ""
                )
                continue
            decision = decide(one, found, self.version, self.at)
            has_picture = bool(decision.why) and EMAIL in one.plan.channels and not one.plan.is_digest
            yield _Looked(one, decision, found, self._picture(found) if has_picture else "")

    def _shown(self, one: Subscription, subject: Subject) -> Shown | str:
        # Who they are changes nothing of what cards show; what they answer for does. A briefing is one person's, and bears the name.
        view = subject if one.is_briefing else replace(subject, account="", name="")
        with entered(view):
            if view not in self._scopes:
                self._scopes[view] = open_library(self.home.uri).scope
            key = one.card, one.query, view if one.is_briefing else self._scopes[view]
            if key not in self.known:
                self.known[key] = self._compute(one)
            return self.known[key]

    def _compute(self, one: Subscription) -> Shown | str:
        try:
            return self.show(one.card, one.query)
        except (FactsError, NotAllowedError) as error:
            return str(error)
        except Exception:  # one card that fails must not keep the others from their readers
            log.exception("the card %s of a subscription could not be computed", one.card)
            return FAILED

    def _picture(self, found: Shown) -> str:
        if id(found) not in self._pictures:
            content = self._drawn(found)
            self._pictures[id(found)] = ""
            if content:
                with writing(self.desk) as connection:
                    self._pictures[id(found)] = keep_content(connection, content)
        return self._pictures[id(found)]

    def _drawn(self, found: Shown) -> bytes:
        try:
            return found.picture() if found.picture is not None else b""
        except Exception:  # the figures are worth telling without it
            log.exception("the picture of %s could not be drawn", found.card)
            return b""


def _write(desk: Engine, looked: Sequence[_Looked], at: dt.datetime) -> int:
    """Write states and messages of some subscriptions in one transaction; return how many messages are new."""
    told = [one for one in looked if one.decision.why]
    with writing(desk) as connection:
        put = _INSERT[connection.dialect.name]
        n = 0
        if told:
            rows = [_letter(one, at) for one in told]
            into = (
                put(inbox).on_conflict_do_nothing(index_elements=["message_id"]).returning(inbox.c.message_id)
            )
            new = set(connection.execute(into.values(rows)).scalars())
            n = len(new)
            leaving = [_leaving(one, at) for one in told if _goes(one) and _name(one) in new]
            if leaving:
                out = put(outbox).on_conflict_do_nothing(index_elements=["message_id"])
                connection.execute(out.values(leaving))
        # Another run that was faster has counted on: its state stands.
        here = (s.subscription_id == bindparam("of")) & (s.seq == bindparam("was"))
        names = ("version", "looked_at", "failure", "fingerprint", "next_at", "is_raised", "value", "known")
        values = {name: bindparam(f"new_{name}") for name in names}
        more = {
            "seq": bindparam("new_seq"),
            "told_at": bindparam("new_told_at"),
            "picture": bindparam("new_picture"),
        }
        connection.execute(
            update(alert_states).where(here).values(values | more), [_state(one, at) for one in looked]
        )
    return n


def _name(one: _Looked) -> str:
    return f"alert-{one.subscription.id}-{one.subscription.seq + 1}"


def _goes(one: _Looked) -> bool:
    return bool(one.subscription.plan.channels) and not one.subscription.plan.is_digest


def _letter(one: _Looked, at: dt.datetime) -> dict[str, Any]:
    assert one.shown is not None  # it was told of
    sub, seen = one.subscription, one.shown
    lines = [one.decision.why, *seen.lines, f"筛选：{seen.filters}"]
    if seen.as_of is not None:
        lines.append(f"数据截至 {seen.as_of:%Y-%m-%d %H:%M}" + ("（演示数据）" if seen.is_synthetic else ""))
    return {
        "message_id": _name(one), "account": sub.account, "role": sub.role, "organisation_id": sub.organisation_id, "subscription_id": sub.id,
        "title": f"{sub.title}：{one.decision.why}"[:200], "text": "\n".join(lines), "address": sub.address,
        "channels": ",".join(sub.plan.channels), "picture": one.picture, "file": seen.file, "file_name": seen.file_name, "at": at,
        "is_digest": sub.plan.is_digest and bool(sub.plan.channels),
    }  # fmt: skip


def _leaving(one: _Looked, at: dt.datetime) -> dict[str, Any]:
    return {
        "message_id": _name(one), "task_id": None, "seq": 0, "kind": "alert", "told_to": f"account:{one.subscription.account}",
        "made_at": at, "not_before": may_leave(one.subscription.plan, at), "n_tries": 0,
    }  # fmt: skip


def _state(one: _Looked, at: dt.datetime) -> dict[str, Any]:
    sub, is_told = one.subscription, bool(one.decision.why)
    return {
        "of": sub.id, "was": sub.seq, "new_seq": sub.seq + is_told, "new_told_at": at if is_told else sub.told_at, "new_picture": one.picture,
        **{f"new_{name}": value for name, value in one.decision.state.items()},
    }  # fmt: skip
