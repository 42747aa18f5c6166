"""What cards answered last, kept for the process: a page that many open is computed once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from shuju.facts.cards import Card
from shuju.facts.selection import Selection

KEPT = 512
_answers: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
_lock = threading.Lock()


def answer_key(card: Card, selection: Selection, options: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what an answer depends on: rows, scope, filters (or less, by ``Card.depends``), the card's options.

    The scope beside the rows, for a card may read other tables than its selection's.
    """
    chosen = selection.query if card.depends is None else card.depends(selection)
    own = tuple((name, str(options[name])) for name in card.options)
    return card.name, selection.identity, selection.scope, chosen, own


def answer(card: Card, selection: Selection, options: Mapping[str, Any]) -> Any:
    """Return what a card shows of a selection; computed if it is not among the last ``KEPT`` answers."""
    key = answer_key(card, selection, options)
    with _lock:
        if key in _answers:
            _answers.move_to_end(key)
            return _answers[key]
    made = card.data(selection, **{name: options[name] for name in card.options})
    with _lock:
        _answers[key] = made
        while len(_answers) > KEPT:
            _answers.popitem(last=False)
    return made


def is_known(card: Card, selection: Selection, options: Mapping[str, Any]) -> bool:
    """Whether an answer is among those that are kept."""
    with _lock:
        return answer_key(card, selection, options) in _answers
