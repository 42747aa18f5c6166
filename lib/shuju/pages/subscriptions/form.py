"""The form that subscribes to a card with the filters that are chosen, or changes a subscription."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from shuju.clock import now
from shuju.desk.messages.addresses import CHANNELS, list_addresses
from shuju.desk.store import open_desk
from shuju.desk.subscriptions.deciding import refusal
from shuju.desk.subscriptions.plan import ABOVE, BELOW, KINDS, Plan, SubscriptionError, minute_of
from shuju.desk.subscriptions.record import BRIEFING, change, get, subscribe
from shuju.desk.subscriptions.shown import Shown
from shuju.desk.trail import note
from shuju.facts.cards import find
from shuju.library import Library
from shuju.pages.mine.my_page import board_asked
from shuju.pages.subscriptions.shown import shown
from shuju.pages.tasks.assigning import who_asks
from shuju.ui.cards.address import own_query
from shuju.ui.templates import cut, render


def subscribe_form(library: Library, query: Mapping[str, str]) -> str:
    """Return the form for the card of an address, a board (``my-briefing``), or one's subscription ``id``, as HTML.

    Raises:
        FactsError: there is no such card, or filter.
        SubscriptionError: there is no such subscription of one's own.
        NotAllowedError: the visitor may see nothing of the card's table.
    """
    desk, by = open_desk(library.home), who_asks()
    number = _number(query)
    known = get(desk, by, number) if number else None
    card_name = known.card if known is not None else query.get("card", "")
    asked = known.query if known is not None else _query(card_name, query)
    seen = _seen(library, card_name, asked)
    kinds = {kind: told for kind, told in KINDS.items() if not refusal(_example(kind, seen.measures), seen)}
    mine = {one.channel for one in list_addresses(desk) if one.account == by.account}
    return render(
        "subscriptions/form.html", seen=seen, of=asked, number=number, kinds=kinds, plan=known.plan if known else Plan("daily"),
        title=known.title if known else _title(seen), channels=CHANNELS, has_address=mine, is_briefing=card_name == BRIEFING,
    )  # fmt: skip


def receive_subscription(library: Library, form: Mapping[str, str]) -> str:
    """Make or change a subscription as a form says; return what is to be read then, as HTML.

    Raises:
        ValueError: it cannot be so; the message says why.
        NotAllowedError: the visitor may see nothing of the card's table.
    """
    desk, at, by = open_desk(library.home), now(), who_asks()
    number = _number(form)
    plan = _plan(form)
    known = get(desk, by, number) if number else None
    card = known.card if known is not None else form.get("card", "")
    asked = known.query if known is not None else _query(card, dict(parse_qsl(form.get("of", ""))))
    if why := refusal(plan, _seen(library, card, asked)):
        raise SubscriptionError(why)
    title = form.get("title", "")
    note(
        desk,
        "subscription",
        card if card == BRIEFING else f"card/{card}",
        {"do": "change" if number else "subscribe", "of": asked, "kind": plan.kind},
    )
    if known is not None:
        change(desk, by, number, plan, title, at=at)
    else:
        subscribe(desk, by, card, asked, title, plan, at=at)
    return render("subscriptions/done.html", plan=plan)


def _example(kind: str, measures: Mapping[str, object]) -> Plan:
    return Plan(kind, measure=next(iter(measures), ""), level=0.0 if kind in (ABOVE, BELOW) else None)


def _seen(library: Library, card: str, query: str) -> Shown:
    """Return what a card shows now; of a board what it is, for its figures are counted when it is sent."""
    if card != BRIEFING:
        return shown(card, query)
    board = board_asked(library, who_asks(), dict(parse_qsl(query)).get("board", ""))
    told = f"{board.name}：{len(board.content.items):,} 张图卡"
    return Shown(BRIEFING, "我的专报", "", {}, (told,), (), (), "各图卡自带的筛选", None, False, None)


def _title(seen: Shown) -> str:
    if seen.card == BRIEFING:
        return cut(f"{seen.title}：{seen.lines[0].rpartition('：')[0]}", 60)
    return cut(f"{seen.title}（{seen.filters}）", 60)


def _query(card: str, query: Mapping[str, str]) -> str:
    if card == BRIEFING:
        return f"board={query['board']}" if query.get("board", "").isdecimal() else ""
    return urlencode(own_query(find(card), query), safe=",_")


def _plan(form: Mapping[str, str]) -> Plan:
    kind = form.get("kind", "")
    is_level = kind in (ABOVE, BELOW)
    return Plan(
        kind, minute_of(form.get("time") or "08:30"), _whole(form.get("weekday") or "0"), _whole(form.get("day") or "1"),
        form.get("measure", "") if is_level else "",
        _level(form.get("level", "")) if is_level else None, _level(form.get("reset", "")) if is_level else None,
        channels=tuple(name for name in form.get("channel", "").split(",") if name), is_digest=form.get("digest") == "yes",
        quiet_from=minute_of(form.get("quiet_from") or "00:00"), quiet_to=minute_of(form.get("quiet_to") or "00:00"),
    )  # fmt: skip


def _level(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text.replace(",", "").replace("，", ""))
    except ValueError:
        raise SubscriptionError(f"应填数字，实为 {text!r}") from None


def _whole(text: str) -> int:
    if not (text.isdecimal() and len(text) < 10):
        raise SubscriptionError("请选择星期几或几日")
    return int(text)


def _number(told: Mapping[str, str]) -> int:
    text = told.get("id", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0
