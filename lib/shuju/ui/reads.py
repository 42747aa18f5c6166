"""What a visitor reads of letters in lists: every page of a card that shows letters' texts is noted, letter by letter; and what is asked for in vain.

The HTML of a page is made once for all of one role; what it shows is therefore gathered while it is made, and noted for each who gets it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from shuju.access import present
from shuju.desk import trail
from shuju.desk.store import open_desk
from shuju.facts.cards import Card
from shuju.library import Library

Reads = list[tuple[str, str, list[str]]]  # read or refused, where, and which rows
READ, REFUSED = "read-letter", "refused"
SAME_SECONDS = 60.0
KEPT = 1_000
_just_now: dict[tuple[object, ...], float] = {}
_lock = threading.Lock()
_gathered: ContextVar[Reads | None] = ContextVar("gathered", default=None)


@contextmanager
def gathered() -> Iterator[Reads]:
    """Gather what is shown within a block instead of noting it."""
    reads: Reads = []
    token = _gathered.set(reads)
    try:
        yield reads
    finally:
        _gathered.reset(token)


def note_reads(library: Library, where: str, rows: Sequence[str], what: str = READ) -> None:
    """Note that the texts of some letters are shown, or that rows are not (``REFUSED``); ``where`` is the card or the page.

    Raises:
        TrailError: it could not be noted; nothing must be shown then.
    """
    reads = _gathered.get()
    if reads is not None:
        reads.append((what, where, list(rows)))
        return
    key = library.home.uri, present(), what, where, tuple(rows)
    if _is_just_now(key):
        return  # the page arrived as HTML, and its session sends the same again
    desk = open_desk(library.home)
    if what == REFUSED:
        trail.note_each(desk, REFUSED, rows, {"way": where, "why": "没有这一条，或不在可见范围"}, 0)
    else:
        trail.note_each(desk, READ, rows, {"way": where})
    _remember(key)


def note_card(card: Card, library: Library, found: Any, options: Mapping[str, Any]) -> None:
    """Note the letters whose texts a card shows of an answer, and what it was asked for in vain."""
    if card.letters is not None and found is not None:
        note_reads(library, card.name, card.letters(found))
    note_asked(card, library, options)


def note_asked(card: Card, library: Library, options: Mapping[str, Any]) -> None:
    """Note that a card was asked for a row that the visitor does not see, or that is not there, if so it was."""
    asked = str(options.get("id") or "") if "id" in card.options else ""
    if not asked or not library.scope.of(card.table):
        return
    key = library.home.uri, library.scope, card.table, asked  # a page has many cards of one row
    if _is_just_now(key):
        return
    if library.get(card.table, asked) is None:
        note_reads(library, card.table, [asked], REFUSED)
    else:
        _remember(key)


def _is_just_now(key: tuple[object, ...]) -> bool:
    return time.monotonic() - _just_now.get(key, -SAME_SECONDS) < SAME_SECONDS


def _remember(key: tuple[object, ...]) -> None:
    with _lock:
        _just_now[key] = time.monotonic()
        while len(_just_now) > KEPT:
            del _just_now[next(iter(_just_now))]
