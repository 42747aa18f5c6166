"""How the cards of a page stand: ``shuju.grid``, looked at where it is written, in a notebook as on a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from shuju.catalog import did_you_mean
from shuju.facts.schema import FactsError
from shuju.ui.link import Link
from shuju.ui.session import current
from shuju.ui.templates import render

COME_LAST = "；grid 写在它所排的图卡之后"
EXAMPLE = '应如 shuju.grid(["headline"], ["map", ["trend", "list"]], widths=(5, 8))'
# What a page calls prose, outputs and the second card of a name; a notebook cannot know them.
PAGES_OWN = re.compile(r"(prose|output)\d+|.+-\d+")
Column = tuple[str, ...]


@dataclass(frozen=True)
class Arrangement:
    """Rows of columns of names, and the shares of a row that has as many columns; a notebook shows it as a sketch in words."""

    rows: tuple[tuple[Column, ...], ...]
    widths: tuple[int, ...]

    @property
    def names(self) -> list[str]:
        """All names, in order."""
        return [name for row in self.rows for column in row for name in column]

    def width(self, row: int, column: int) -> int:
        """Return the share of one column."""
        return self.widths[column] if len(self.rows[row]) == len(self.widths) else 1

    def _repr_html_(self) -> str:
        return render("arrangement.html", arrangement=self)


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Return by what each card can be called, itself and without its table, the first of that name."""
    order = list(names)
    return {_short(name): name for name in reversed(order)} | {name: name for name in order}


def grid(*rows: str | Sequence[Any], widths: Sequence[int] = (5, 8)) -> Arrangement | None:
    """Arrange the cards of this page: rows of columns, a column being a card's name or a list of names.

    ``widths`` are the shares of a row that has as many columns. What is not named follows below. It comes after the
    cards that it names. In a notebook it returns the cards in that order.

    Raises:
        FactsError: a name that no card before it has, or one that is there twice; the message suggests the nearest.
    """
    page = current()
    names = page.place_names if page is not None else [card.card.name for card in Link.cards_in_notebook()]
    arrangement = arranged(rows, widths, names, or_names=None if page is not None else PAGES_OWN)
    if page is None:
        return arrangement
    page.arrangement = arrangement
    return None


def arranged(
    rows: Sequence[Any], widths: Any, names: Iterable[str], or_names: re.Pattern[str] | None = None
) -> Arrangement:
    """Return rows and widths as an arrangement of the cards ``names``; what matches ``or_names`` may be named too.

    Raises:
        FactsError: it is none; the message says why.
    """
    order = list(names)
    made = Arrangement(tuple(tuple(_column(c) for c in _listed(row)) for row in rows), _widths(widths))
    known, seen = short_names(order), set()
    for name in made.names:
        if name not in known and not (or_names and or_names.fullmatch(name)):
            raise FactsError(
                did_you_mean("图卡排在它之前", name, dict.fromkeys(map(_short, order))) + COME_LAST
            )
        full = known.get(name, name)
        if full in seen:
            raise FactsError(f"grid 中图卡 {name!r} 写了两次；一张图卡只能放在一处")
        seen.add(full)
    return made


def _short(name: str) -> str:
    return name.partition(".")[2] or name


def _column(column: Any) -> Column:
    names = tuple(_listed(column))
    if wrong := [type(name).__name__ for name in names if not isinstance(name, str)]:
        raise FactsError(f"grid 里写图卡的名字（文字），不能是 {wrong[0]}；{EXAMPLE}")
    return names


def _listed(given: Any) -> list[Any]:
    """Return what is in a list; whatever else stands for itself."""
    return list(given) if isinstance(given, list | tuple) else [given]


def _widths(widths: Any) -> tuple[int, ...]:
    found = tuple(_listed(widths))
    if not found or not all(isinstance(w, int) and not isinstance(w, bool) and w > 0 for w in found):
        raise FactsError(f"grid 的 widths 是各栏所占的份数（正整数），不能是 {widths!r}；{EXAMPLE}")
    return found
