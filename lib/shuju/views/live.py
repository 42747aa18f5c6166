"""What a serving process shares: the library, its fact tables, and whether something new arrived.

Sessions pull: they ask ``current()`` for the facts and compare ``version``; nothing is pushed into them.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field

from shuju.facts import Facts
from shuju.facts import records as record_facts
from shuju.library import Library, open_library

log = logging.getLogger(__name__)
POLL_SECONDS = 1.0


@dataclass
class Live:
    """The newest facts of one library; ``refresh`` is called by one thread, read by all sessions."""

    library: Library
    records: Facts
    version: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def refresh(self) -> bool:
        """Bring the facts up to the library, if it moved; tell whether it did."""
        with self._lock:
            facts = record_facts.build(self.library)
            moved = facts.version != self.records.version
            if moved:
                self.records = facts
                self.version += 1
            return moved


_lives: dict[str, Live] = {}
_opening = threading.Lock()


def live(home: str | None = None) -> Live:
    """Return the process's shared view of a library, opened once."""
    library = open_library(home)
    with _opening:
        if library.home.uri not in _lives:
            _lives[library.home.uri] = Live(library, record_facts.build(library))
        return _lives[library.home.uri]


def follow(shared: Live, stop: threading.Event) -> threading.Thread:
    """Start a thread that looks for new data every second until ``stop`` is set."""

    def watch() -> None:
        while not stop.wait(POLL_SECONDS):
            try:
                shared.refresh()
            except Exception:  # a library in trouble must not end the server: it is logged and tried again
                log.exception("looking for new data failed")
                time.sleep(10 * POLL_SECONDS)

    thread = threading.Thread(target=watch, name="shuju-live", daemon=True)
    thread.start()
    return thread
