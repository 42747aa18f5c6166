"""What a serving process knows of one library: a thread follows it, builds facts, then shows the new versions."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from shuju.desk.annotations import annotation_change
from shuju.desk.marks import change_number
from shuju.desk.store import open_desk
from shuju.library import Library, open_library
from shuju.library.home import find_home
from shuju.serve.memory import give_back
from shuju.ui.trend_notes import tell_notes_version

log = logging.getLogger(__name__)
POLL_SECONDS = 1.0
TROUBLE_SECONDS = 10.0
GIVE_BACK_SECONDS = 60.0


class Live:
    """One library as its visitors see it; ``number`` rises whenever something new can be seen.

    New versions are looked for, and facts built, with a library of the thread's own: visitors see a version when
    everything is made of it.
    """

    def __init__(self, home: str | None, tables: tuple[str, ...], build: Callable[[Library], None]):
        """Open the library at ``home``; ``build`` brings up what pages need of ``tables``.

        What users write at the desk is followed too.
        """
        self.library = open_library(home)
        self.number = 0
        self._own = open_library(home)
        self._tables, self._build = tables, build
        self._seen: tuple[object, ...] = ()
        self._lock = threading.Lock()

    def refresh(self) -> bool:
        """Look for new versions and show them; tell whether there were any."""
        with self._lock:
            desk = open_desk(self._own.home)
            notes = annotation_change(desk)
            seen = (*(self._own.version_of(table) for table in self._tables), change_number(desk), notes)
            if seen == self._seen:
                return False
            self._build(self._own)
            for table in self._tables:
                self.library.stored(table).refresh()
            tell_notes_version(desk, notes)
            self._seen = seen
            self.library.is_followed = True
            self.number += 1
            return True

    def follow(self, stop: threading.Event, prepare: Callable[[], None] = lambda: None) -> threading.Thread:
        """Start a thread that looks every second until ``stop`` is set; ``prepare`` is called now and whenever something new is shown.

        Each minute it gives freed memory back to the system.
        """

        def watch() -> None:
            is_new, given = True, time.monotonic()
            while not stop.wait(POLL_SECONDS):
                try:
                    if self.refresh() or is_new:
                        is_new = False
                        prepare()
                    if time.monotonic() - given > GIVE_BACK_SECONDS:
                        give_back()
                        given = time.monotonic()
                except (
                    Exception
                ):  # a library in trouble must not end the server: it is logged and tried again
                    log.exception("looking for new data failed")
                    stop.wait(TROUBLE_SECONDS)

        thread = threading.Thread(target=watch, name="shuju-live", daemon=True)
        thread.start()
        return thread


_served: dict[str, Live] = {}


def serve_library(home: str | None, tables: tuple[str, ...], build: Callable[[Library], None]) -> Live:
    """Return what this process serves of the library at ``home``, opened once."""
    place = find_home(home).uri
    if place not in _served:
        _served[place] = Live(home, tables, build)
    return _served[place]


def served(home: str | None = None) -> Live | None:
    """Return what this process serves of a library, None if it does not."""
    return _served.get(find_home(home).uri)
