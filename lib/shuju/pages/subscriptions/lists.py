"""``/subscriptions``: one's own, to pause, change and end; to the keeper of accounts all of them, without what they show. ``/inbox``."""

from __future__ import annotations

from collections.abc import Mapping

from shuju.access import Subject
from shuju.access.roles import KEEP_ACCOUNTS, ROLES
from shuju.clock import now
from shuju.desk.messages.addresses import CHANNELS
from shuju.desk.store import open_desk
from shuju.desk.subscriptions.inboxes import MOST_SHOWN, list_inbox, mark_read, n_unread
from shuju.desk.subscriptions.plan import SubscriptionError
from shuju.desk.subscriptions.record import ACTIVE, BRIEFING, ENDED, PAUSED, list_subscriptions, set_state
from shuju.desk.trail import note
from shuju.facts.cards import all_cards
from shuju.library import Library
from shuju.pages.tasks.assigning import who_asks
from shuju.ui.templates import render

DID = {
    "pause": (PAUSED, "已暂停"),
    "resume": (ACTIVE, "已恢复，从现在的数字重新看起"),
    "end": (ENDED, "已退订"),
}


def subscriptions_html(library: Library, query: Mapping[str, str]) -> str:
    """Return the page as HTML."""
    desk, by = open_desk(library.home), who_asks()
    keeps = by.may(KEEP_ACCOUNTS)
    cards = {card.name: card.title for card in all_cards()} | {BRIEFING: "我的专报（Word）"}
    told = DID.get(query.get("did", ""), ("", ""))[1]
    rows = list_subscriptions(desk, "" if keeps else by.account)
    # In another role the same person has other subscriptions: what they show belongs to that sight.
    rows = rows if keeps else [one for one in rows if _is_of(one, by)]
    return render(
        "subscriptions/list.html",
        rows=rows,
        cards=cards,
        keeps=keeps,
        told=told,
        roles=ROLES,
        channels=CHANNELS,
    )


def receive_change(library: Library, form: Mapping[str, str]) -> str:
    """Pause, resume or end a subscription, one's own or as the keeper of accounts any; return the address to go to.

    Raises:
        ValueError: there is none.
    """
    desk, at, by = open_desk(library.home), now(), who_asks()
    do, number = form.get("do", ""), form.get("id", "")
    if do not in DID or not number.isdecimal() or len(number) > 9:
        raise SubscriptionError("没有这项操作")
    note(desk, "subscription", f"subscription:{number}", {"do": do})
    if not set_state(desk, None if by.may(KEEP_ACCOUNTS) else by, int(number), DID[do][0], at=at):
        raise SubscriptionError("没有这项订阅")
    return f"subscriptions?did={do}"


def inbox_html(library: Library, query: Mapping[str, str]) -> str:
    """Return the inbox as HTML; ``before`` a message shows older ones."""
    desk, by = open_desk(library.home), who_asks()
    text = query.get("before", "")
    before = int(text) if text.isdecimal() and len(text) < 10 else 0
    rows = list_inbox(desk, by, before=before)
    return render(
        "subscriptions/inbox.html",
        rows=rows,
        n_unread=n_unread(desk, by),
        is_full=len(rows) == MOST_SHOWN,
        before=before,
    )


def receive_read(library: Library, form: Mapping[str, str]) -> str:
    """Note that all up to a message were read; return the address to go to.

    Raises:
        ValueError: no such message is told.
    """
    number = form.get("upto", "")
    if not number.isdecimal() or len(number) > 9:
        raise SubscriptionError("没有这条消息")
    mark_read(open_desk(library.home), who_asks(), int(number), at=now())
    return "inbox"


def _is_of(one: object, by: Subject) -> bool:
    return (one.role, one.organisation_id) == (by.role, by.organisation_id)  # type: ignore[attr-defined]
