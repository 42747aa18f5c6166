"""Continuous arrival (持续汇聚): follow folders and databases, and ingest what is new as it comes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from shuju.library.errors import LibraryError
from shuju.library.ingest import Report, ingest
from shuju.library.library import Library

log = logging.getLogger(__name__)

SETTLE_SECONDS = 1.0
POLLED = ("sql", "feed", "sitemap")


def watch(
    library: Library,
    sources: Sequence[str],
    *,
    poll_seconds: float = 60.0,
    stop: threading.Event | None = None,
    on_report: Callable[[str, Report], None] | None = None,
    on_error: Callable[[str, Exception], None] | None = None,
) -> None:
    """Ingest the sources, then again whenever one has something new, until ``stop`` is set.

    A file is read once its size has not changed for a second; databases and web sources are asked
    every ``poll_seconds``. A source in trouble is told of and tried again; the others go on.

    Raises:
        LibraryError: an unknown source, or a source without a place.
    """
    stop = stop or threading.Event()
    places = {name: library.location_of(name) for name in sources}
    polled = [n for n in sources if any(i.reader in POLLED for i in library.source(n).inputs)]
    for changed in _changes(places, polled, poll_seconds, stop):
        for name in (n for n in sources if n in changed):
            _ingest(library, name, on_report, on_error)


def _ingest(
    library: Library,
    name: str,
    on_report: Callable[[str, Report], None] | None,
    on_error: Callable[[str, Exception], None] | None,
) -> None:
    try:
        report = ingest(library, name)
    except LibraryError as error:
        log.warning("source %s: %s", name, error)
        if on_error is not None:
            on_error(name, error)
    else:
        if report.n_files and on_report is not None:
            on_report(name, report)


def _changes(
    places: dict[str, Path], polled: Sequence[str], poll_seconds: float, stop: threading.Event
) -> Iterator[set[str]]:
    """Yield the names of sources that may have something new: all once, then where files settled, or it is time to ask again.

    The folders are watched before all are yielded: a file that comes while they are read is not overlooked.
    """
    from watchfiles import watch as watch_files

    folders = {str(p if p.is_dir() else p.parent) for p in places.values() if p.exists()}
    since_poll = 0.0
    waiting: set[Path] = set()
    due = set(places)
    step_ms = int(SETTLE_SECONDS * 1000)
    for changes in watch_files(
        *folders, stop_event=stop, rust_timeout=step_ms, yield_on_timeout=True, debounce=step_ms, step=100
    ):
        waiting |= {Path(path) for _, path in changes}
        if waiting and not changes:  # a second of quiet: the files are whole
            due |= {n for n, place in places.items() if any(_within(path, place) for path in waiting)}
            waiting.clear()
        since_poll += SETTLE_SECONDS
        if polled and since_poll >= poll_seconds:
            due |= set(polled)
            since_poll = 0.0
        if due:
            yield due
            due = set()


def _within(path: Path, place: Path) -> bool:
    return path == place or place in path.parents
