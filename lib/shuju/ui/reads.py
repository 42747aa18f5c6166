"""What a visitor reads of letters in lists: every page of a card that shows letters' texts is noted, letter by letter.

The HTML of a page is made once for all of one role; what it shows is therefore gathered while it is made, and noted for each who gets it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from shuju.access import present
from shuju.desk import trail
from shuju.desk.store import open_desk
from shuju.facts.cards import Card
from shuju.library import Library

Reads = list[tuple[str, list[str]]]  # where, and which letters
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


def note_reads(library: Library, where: str, letters: Sequence[str]) -> None:
    """Note that the texts of some letters are shown; ``where`` is the card or the page.

    Raises:
        TrailError: it could not be noted; nothing must be shown then.
    """
    reads = _gathered.get()
    if reads is not None:
        reads.append((where, list(letters)))
        return
    moment, key = time.monotonic(), (library.home.uri, present(), where, tuple(letters))
    if moment - _just_now.get(key, -SAME_SECONDS) < SAME_SECONDS:
        return  # the page arrived as HTML, and its session sends the same again
    trail.note_each(open_desk(library.home), "read-letter", letters, {"way": where})
    with _lock:
        _just_now[key] = moment
        while len(_just_now) > KEPT:
            del _just_now[next(iter(_just_now))]


def note_card(card: Card, library: Library, found: Any) -> None:
    """Note the letters whose texts a card shows of an answer, if it shows any."""
    if card.letters is not None and found is not None:
        note_reads(library, card.name, card.letters(found))
