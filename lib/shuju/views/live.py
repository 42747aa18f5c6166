"""What a serving process shares: the library, its fact tables, and whether something new arrived.

Sessions pull: they compare ``version`` and ask for ``newest``; nothing is pushed into them.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from shuju.facts import Counts, Crossfilter, Facts
from shuju.facts import records as record_facts
from shuju.letters import facts as letter_facts
from shuju.library import Library, open_library
from shuju.library.home import find_home

log = logging.getLogger(__name__)
POLL_SECONDS = 1.0
TROUBLE_SECONDS = 10.0


@dataclass(frozen=True)
class Snapshot:
    """One state of a fact table as pages show it: its totals without filters, its newest row, the sites."""

    library: Library
    facts: Facts
    totals: Counts
    sites: pd.DataFrame
    newest: dt.datetime | None

    @property
    def is_synthetic(self) -> bool:
        """Whether any row comes from a source that the catalog calls synthetic (演示数据)."""
        labels, counts = self.facts.labels("source"), self.totals.by["source"]
        sources = self.library.catalog.sources
        return any(
            n and name in sources and sources[name].synthetic for name, n in zip(labels, counts, strict=True)
        )


@dataclass
class Live:
    """The newest snapshots of one library; ``refresh`` is called by one thread, read by all sessions.

    That of the letters is taken when it is first asked for.
    """

    newest: Snapshot
    version: int = 0
    _letters: Snapshot | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def library(self) -> Library:
        """The library."""
        return self.newest.library

    @property
    def records(self) -> Facts:
        """The newest facts of the records."""
        return self.newest.facts

    @property
    def letters(self) -> Snapshot:
        """The newest snapshot of the letters."""
        with self._lock:
            if self._letters is None:
                self._letters = snapshot(self.library, letter_facts.build(self.library))
            return self._letters

    def refresh(self) -> bool:
        """Bring the facts up to the library, if it moved; tell whether it did."""
        with self._lock:
            moved = False
            facts = record_facts.build(self.library)
            if facts.version != self.records.version:
                self.newest, moved = snapshot(self.library, facts), True
            if self._letters is not None:
                facts = letter_facts.build(self.library)
                if facts.version != self._letters.facts.version:
                    self._letters, moved = snapshot(self.library, facts), True
            self.version += moved
            return moved


def snapshot(library: Library, facts: Facts | None = None) -> Snapshot:
    """Return the present state of a fact table, that of the records if none is given. O(n) for the totals."""
    facts = facts if facts is not None else record_facts.build(library)
    everything = Crossfilter(facts)
    return Snapshot(library, facts, everything.histograms(), library.sites_frame(), newest_of(everything))


def newest_of(crossfilter: Crossfilter) -> dt.datetime | None:
    """Return the time of the newest row that passes the filters; None if none does."""
    times = crossfilter.facts.times(crossfilter.rows(1))
    return times[0].item() if len(times) and not np.isnat(times[0]) else None


_lives: dict[str, Live] = {}
_opening = threading.Lock()


def live(home: str | None = None) -> Live:
    """Return the process's shared view of a library, opened once."""
    place = find_home(home).uri
    with _opening:
        if place not in _lives:
            _lives[place] = Live(snapshot(open_library(home)))
        return _lives[place]


def follow(shared: Live, stop: threading.Event) -> threading.Thread:
    """Start a thread that looks for new data every second until ``stop`` is set."""

    def watch() -> None:
        while not stop.wait(POLL_SECONDS):
            try:
                shared.refresh()
            except Exception:  # a library in trouble must not end the server: it is logged and tried again
                log.exception("looking for new data failed")
                stop.wait(TROUBLE_SECONDS)

    thread = threading.Thread(target=watch, name="shuju-live", daemon=True)
    thread.start()
    return thread
