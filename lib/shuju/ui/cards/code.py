"""The lines of Python that make a card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shuju.facts.cards import Card
from shuju.facts.selection import Selection


def card_code(card: Card, selection: Selection, options: Mapping[str, Any]) -> str:
    """Return what to write in a notebook to have this card of this selection; defaults are left out."""
    changed = {
        name: options[name] for name, option in card.options.items() if options[name] != option.default
    }
    told = "".join(f", {name}={value!r}" for name, value in changed.items())
    short = card.name.removeprefix(f"{card.table}.")
    return f'import shuju\n\nshuju.extension()\n{selection.code()}\nselection.card("{short}"{told})\n'
