"""What can be searched: four kinds, each a table of the library with an index of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shuju.catalog import did_you_mean
from shuju.fulltext.errors import SearchError


@dataclass(frozen=True)
class Kind:
    """One kind: its table, what it is called and counted in, and which columns are read.

    ``texts`` are searched beside the title, ``shown`` is kept for lists beside key and title; by ``codes`` a scope
    may limit what is found. ``body_of`` names the table whose body the rows of this one share, under the same key.
    """

    table: str
    title: str
    unit: str
    time: str
    texts: tuple[str, ...]
    shown: tuple[str, ...]
    codes: tuple[str, ...]
    body_of: str = ""


_KINDS = (
    Kind(
        "letters", "信件", "封", "written_at", ("body",), ("region_code", "topic_1"),
        ("library", "region_code", "department", "channel", "age_band", "writer_sex", "status", "source"),
    ),
    Kind(
        "records", "记录", "条", "published_at", ("body", "document_number", "keywords"),
        ("site_id", "region_code", "genre", "topic_1"), ("library", "genre", "topic_1", "site_id", "source"),
    ),
    Kind(
        "hot_issues", "热点事项", "件", "last_at", ("words", "department"),
        ("region_code", "topic_1", "n_letters"), (),
    ),
    Kind(
        "cascades", "文件", "份", "published_at", ("document_number",),
        ("site_id", "region_code", "topic_1", "n_sites"), ("library",), "records",
    ),
)  # fmt: skip
KINDS: Mapping[str, Kind] = {kind.table: kind for kind in _KINDS}


def kind_of(table: str) -> Kind:
    """Return a kind by its table; a ``SearchError`` suggests the nearest."""
    if table not in KINDS:
        raise SearchError(did_you_mean("可检索的种类", table, KINDS))
    return KINDS[table]
