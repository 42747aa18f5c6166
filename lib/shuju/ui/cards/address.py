"""What the address of a card asks for: a selection of its table, and its options, within what the person who asks may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from shuju import select
from shuju.access import require_sight
from shuju.facts.address import USED_DEFAULT
from shuju.facts.cards import Card
from shuju.facts.schema import FactsError
from shuju.facts.selection import Selection

# Days that end on the newest one of the data, whatever day that is: ``day=last-30``.
LATELY = {f"last-{n}": n for n in (7, 30, 90, 365)}


def asked(card: Card, query: Mapping[str, str]) -> tuple[Selection, dict[str, Any]]:
    """Return the selection and the options that an address asks for; what belongs to other cards is not looked at.

    Raises:
        FactsError: a filter or an option has no such value.
        NotAllowedError: the visitor may see nothing of the card's table.
    """
    selection = select(card.table)
    require_sight(selection.scope, card.table)
    chosen = {name: value for name, value in query.items() if name in selection.filter_names()}
    if (n_days := LATELY.get(chosen.get("day", ""))) is not None:
        last = selection.span[1]
        chosen["day"] = f"{last - dt.timedelta(days=n_days - 1)}_{last}"
    refused = selection.take(chosen)
    if refused:
        raise FactsError("；".join(told.removesuffix(USED_DEFAULT) for told in refused))
    given = {}
    for name, option in card.options.items():
        if query.get(name):
            text = query[name]
            is_list, is_number = isinstance(option.default, list), isinstance(option.default, int)
            if is_number and not (text.isdecimal() and len(text) < 10):
                raise FactsError(f"“{option.label}”应为数字，实为 {text!r}")
            given[name] = text.split(",") if is_list else int(text) if is_number else text
    return selection, card.settings(given)


def refuse_unknown(card: Card, query: Mapping[str, str]) -> None:
    """Refuse an address kept for one card alone that names what is none of its filters and options any more.

    Counted without such a filter, a card would show more rows than its title says.

    Raises:
        FactsError: the message names the card and what is gone.
    """
    known = (*select(card.table).filter_names(), *card.options)
    if gone := [name for name, value in query.items() if value and name not in known]:
        raise FactsError(
            f"图卡“{card.title}”没有“{'、'.join(gone)[:40]}”这个筛选项，数字会与原来的不同，故不显示；请从它的页面重新固定或订阅"
        )


def own_query(card: Card, query: Mapping[str, str]) -> dict[str, str]:
    """Return of an address what is this card's own and set: filters of its table and its options, in a fixed order."""
    selection = select(card.table)
    names = [*selection.filter_names(), *card.options]
    return {name: query[name] for name in names if query.get(name)}
