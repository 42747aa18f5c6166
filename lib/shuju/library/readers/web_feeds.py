"""RSS and Atom feeds over HTTP.

Options of the catalog: ``url`` (or ``urls``), ``pause_seconds`` (default 1). Raw fields of an entry:
``id``, ``link``, ``title``, ``summary``, ``content``, ``author``, ``published``, ``updated``,
``category``, ``feed_title``. Times are as the feed writes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from shuju.library.batch import RawBatch, strings
from shuju.library.errors import SourceError
from shuju.library.readers.files import Unit, fingerprint
from shuju.library.readers.web import Fetcher

FIELDS = (
    "id",
    "link",
    "title",
    "summary",
    "content",
    "author",
    "published",
    "updated",
    "category",
    "feed_title",
)


def units(files: str | None, location: Path, options: Mapping[str, Any]) -> Iterator[Unit]:
    """Fetch each feed, if it changed, and yield it."""
    urls = options.get("urls") or [options.get("url")]
    if not urls[0]:
        raise SourceError("目录中没有写明 options.url：请给出订阅源的网址")
    fetcher = fetcher_of(location, options)
    for url in urls:
        path = fetcher.fetch(url, ".xml")
        yield Unit(url, path, fingerprint(path), path.stat().st_size)


def fetcher_of(location: Path, options: Mapping[str, Any]) -> Fetcher:
    """Return the fetcher that keeps what it fetches in ``location``."""
    seconds = {k: float(options[k]) for k in ("pause_seconds", "backoff_seconds") if k in options}
    return Fetcher(location, **seconds)


def read(unit: Unit, options: Mapping[str, Any]) -> Iterator[RawBatch]:
    """Read one feed; row 1 is its first entry.

    Raises:
        SourceError: the document is no feed.
    """
    import feedparser

    try:
        feed = feedparser.parse(unit.at.read_bytes())
    except Exception as error:  # noqa: BLE001 - the parser raises whatever a damaged declaration makes it
        raise SourceError(f"{unit.name}：订阅源已损坏（{type(error).__name__}）") from None
    if not feed.get("version"):  # it has none where it could make nothing of the document
        raise SourceError(f"{unit.name}：不是 RSS 或 Atom 订阅源")
    rows = [_row(entry, feed.feed.get("title")) for entry in feed.entries]
    if rows:
        columns = {name: [row[name] for row in rows] for name in FIELDS}
        yield RawBatch(strings(columns), np.arange(1, len(rows) + 1, dtype=np.int64))


def _row(entry: Any, feed_title: str | None) -> dict[str, str | None]:
    content = entry.get("content") or [{}]
    return {
        "id": entry.get("id") or entry.get("link"),
        "link": entry.get("link"),
        "title": entry.get("title"),
        "summary": entry.get("summary"),
        "content": content[0].get("value") or entry.get("summary"),
        "author": entry.get("author"),
        "published": _time(entry, "published") or _time(entry, "updated"),
        "updated": _time(entry, "updated"),
        "category": "、".join(tag.term for tag in entry.get("tags", []) if tag.term) or None,
        "feed_title": feed_title,
    }


def _time(entry: Any, name: str) -> str | None:
    """Return a time as it is written: the library reads it. The parser guesses at what it does not know."""
    return dict.get(entry, name)  # the entry's own get() would take another time for one that is missing
