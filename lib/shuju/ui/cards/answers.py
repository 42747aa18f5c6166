"""What cards answered last, kept for the process: a page that many open is computed once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from shuju.facts.cards import Card
from shuju.facts.selection import Selection
from shuju.kept import Kept

_answers: Kept[Any] = Kept(512)


class AnswerKey(NamedTuple):
    """What an answer depends on: what is asked, and the version of the rows."""

    question: tuple[Any, ...]
    version: Any


def answer_key(card: Card, selection: Selection, options: Mapping[str, Any]) -> AnswerKey:
    """Return what an answer depends on: rows, scope, filters (or less, by ``Card.depends``), the card's options.

    The scope beside the rows, for a card may read other tables than its selection's.
    """
    place, version, part = selection.identity
    chosen = selection.query if card.depends is None else card.depends(selection)
    own = tuple((name, str(options[name])) for name in card.options)
    return AnswerKey((card.name, place, part, selection.scope, chosen, own), version)


def answer(card: Card, selection: Selection, options: Mapping[str, Any]) -> Any:
    """Return what a card shows of a selection; computed if it is not among the answers that are kept."""
    key = answer_key(card, selection, options)
    made = _answers.get(*key)
    if made is None:
        made = card.data(selection, **{name: options[name] for name in card.options})
        _answers.put(*key, made)
    return made


def is_known(card: Card, selection: Selection, options: Mapping[str, Any]) -> bool:
    """Whether an answer is among those that are kept."""
    return _answers.get(*answer_key(card, selection, options)) is not None
