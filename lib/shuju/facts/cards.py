"""The table of cards: every view of every page by name, so that a page, a link or a notebook can ask for it.

``shuju.pages`` fills it. Whatever else is installed with an entry point of the group ``shuju.cards`` adds to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from numbers import Integral
from typing import Any

import pandas as pd

from shuju.catalog import did_you_mean
from shuju.facts.schema import FactsError


@dataclass(frozen=True)
class Option:
    """What can be changed on a card beside the filters: its ``default`` says of what kind it is (str, int, list).

    ``choices`` are the values with their Chinese names, None where anything goes. ``follows`` says that it
    returns to its default when a filter or another option changes, as the number of a page does; ``narrows`` that it
    leaves rows out like a filter, and is cleared with them. A number may lie from ``low`` to ``high``.
    """

    default: Any
    label: str
    choices: Mapping[str, str] | None = None
    follows: bool = False
    narrows: bool = False
    low: int = 0
    high: int | None = None


@dataclass(frozen=True)
class Card:
    """One view of one table.

    ``data(selection, **options)`` computes what it shows, a frame or several values by name, without Panel.
    ``plot(data, **options)`` is a HoloViews element, ``html(data, **options)`` a piece of HTML; a card has one of
    the two, or both. ``live`` is the class of ``shuju.ui`` that keeps it up to a selection. ``rest_seconds`` is
    how long a hand must rest before it is computed; ``depends(selection)`` what it depends on besides
    its options, all filters if not given. ``size_mm`` is the print size, or what gives it for ``data``. A ``bare`` card has no frame; one that
    is only here (a function of somebody's own) has no address. ``letters(data)`` are the letters whose texts it shows, if it does.
    """

    name: str
    title: str
    about: str
    table: str
    data: Callable[..., Any]
    live: type
    html: Callable[..., str] | None = None
    plot: Callable[..., Any] | None = None
    options: Mapping[str, Option] = field(default_factory=dict)
    depends: Callable[[Any], Any] | None = None
    rest_seconds: float = 0.0
    size_mm: tuple[float, float] | Callable[[Any], tuple[float, float]] = (155, 60)
    bare: bool = False
    has_address: bool = True
    letters: Callable[[Any], list[str]] | None = None

    def print_size(self, found: Any) -> tuple[float, float]:
        """Return the print size in millimetres of what ``data`` gave; a frame may tell it itself (``attrs["size_mm"]``)."""
        size = self.size_mm(found) if callable(self.size_mm) else self.size_mm
        return getattr(found, "attrs", {}).get("size_mm", size)

    def settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return all options, those of ``given`` and the defaults of the others.

        Raises:
            FactsError: no such option, or no such value of it.
        """
        for name, value in given.items():
            if name not in self.options:
                raise FactsError(did_you_mean(f"图卡 {self.name!r} 的选项", name, self.options))
            option, choices, high = self.options[name], self.options[name].choices, self.options[name].high
            is_number = isinstance(option.default, int) and not isinstance(option.default, bool)
            if is_number and not (isinstance(value, Integral) and value >= option.low):
                raise FactsError(f"“{option.label}”应为不小于 {option.low} 的整数，不能是 {value!r}")
            if high is not None and not self.options[name].low <= value <= high:
                raise FactsError(
                    f"“{self.options[name].label}”须在 {self.options[name].low} 到 {high} 之间，不能是 {value}"
                )
            for one in value if isinstance(value, list) else [value]:
                if choices is not None and one not in choices:
                    raise FactsError(did_you_mean(f"“{self.options[name].label}”的取值", str(one), choices))
        return {name: given.get(name, option.default) for name, option in self.options.items()}


_cards: dict[str, Card] = {}


def register(*cards: Card) -> None:
    """Add cards to the table.

    Raises:
        ValueError: a name is taken already.
    """
    for card in cards:
        if card.name in _cards:
            raise ValueError(f"两张图卡同名：{card.name}")
        _cards[card.name] = card


def find(name: str, table: str = "") -> Card:
    """Return the card ``name``; with a ``table`` its name may stand without it: ``trend`` for ``letters.trend``.

    Raises:
        FactsError: there is none; the message suggests the nearest.
    """
    _load()
    if not name:
        raise FactsError("没有写明是哪张图卡")
    for full in (name, f"{table}.{name}"):
        if full in _cards:
            return _cards[full]
    known = [c.name.removeprefix(f"{table}.") for c in _cards.values() if not table or c.table == table]
    raise FactsError(did_you_mean("图卡", name, sorted(known)))


def all_cards() -> tuple[Card, ...]:
    """Return all cards in the order of the pages."""
    _load()
    return tuple(_cards.values())


def cards() -> pd.DataFrame:
    """Return every card: ``name, title, about, table, options, address``; its index is the number."""
    return pd.DataFrame(
        [
            {
                "name": card.name,
                "title": card.title,
                "about": card.about,
                "table": card.table,
                "options": ", ".join(f"{name}={option.default!r}" for name, option in card.options.items()),
                "address": f"/card/{card.name}",
            }
            for card in all_cards()
        ]
    )


@cache
def _load() -> None:
    for entry in entry_points(group="shuju.cards"):
        entry.load()
