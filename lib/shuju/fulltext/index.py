"""An index, open for reading: one for each kind, in the cache of the home.

``state.json`` names the folder that holds; tantivy commits are whole or not at all, so a reader sees one state.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import tantivy

from shuju.fulltext.errors import SearchError
from shuju.fulltext.kinds import Kind
from shuju.fulltext.vocabulary import Vocabulary
from shuju.library import Library
from shuju.library.derived import STATE

KEY, TITLE, BODY, WITHIN, SHOWN = "key", "title", "body", "within", "shown"


def schema() -> tantivy.Schema:
    """Return the fields of a document.

    ``key``: the hash of the row's key. ``title``, ``body``: words joined by blanks. ``within``: a ``column=code`` for
    each column by which a scope may limit. ``shown``: what a list shows, as JSON.
    """
    made = tantivy.SchemaBuilder()
    made.add_integer_field(KEY, indexed=True, fast=True)
    made.add_text_field(TITLE, tokenizer_name="whitespace", index_option="position")
    made.add_text_field(BODY, tokenizer_name="whitespace", index_option="position")
    made.add_text_field(WITHIN, tokenizer_name="raw", index_option="basic")
    made.add_bytes_field(SHOWN, stored=True)
    return made.build()


def open_tantivy(folder: Path) -> tantivy.Index:
    """Return the index in a folder; raises ``ValueError`` or ``OSError`` where it is damaged or gone."""
    if not (folder / "meta.json").exists():
        raise FileNotFoundError(folder)
    return tantivy.Index.open(str(folder))


def index_folder(library: Library, kind: Kind) -> Path:
    """Return where what belongs to the index of a kind lies."""
    return library.home.cache / f"search_{kind.table}"


@dataclass(frozen=True, eq=False)
class SearchIndex:
    """One state of an index; it never changes, and threads may share it."""

    kind: Kind
    searcher: tantivy.Searcher
    schema: tantivy.Schema

    @property
    def n(self) -> int:
        """How many rows are indexed."""
        return self.searcher.num_docs

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """All words but numbers, read from the index when first asked for. O(words)."""
        counts: dict[str, int] = {}
        with _no_collection():
            for field in (TITLE, BODY):
                for word, n in self.searcher.terms_with_prefix(field, ""):
                    if word.isalpha():
                        counts[word] = counts.get(word, 0) + n
        return Vocabulary(counts)

    def count(self, query: tantivy.Query) -> int:
        """Return how many rows a query finds."""
        return self.searcher.search(query, 1, count=True).count

    def best(
        self, query: tantivy.Query, n: int, first: int = 0
    ) -> tuple[int, list[tuple[int, dict[str, Any]]]]:
        """Return how many rows a query finds, and key and what is shown of the ``n`` best from the ``first``-th on."""
        found = self.searcher.search(query, n, count=True, offset=first)
        places = [place for _, place in found.hits]
        keys = self.searcher.fast_field_values(KEY, places) if places else []
        shown = [json.loads(self.searcher.doc(place).get_first(SHOWN)) for place in places]
        return found.count, list(zip(keys, shown, strict=True))

    def keys(self, query: tantivy.Query) -> np.ndarray:
        """Return the keys (int64, best first) of all rows that a query finds. O(rows found)."""
        n = self.count(query)
        if not n:
            return np.empty(0, np.int64)
        flat = tantivy.Query.const_score_query(query, 1.0)  # scores cost, and a set has no order
        with _no_collection():
            places = [place for _, place in self.searcher.search(flat, n, count=False).hits]
            return np.array(self.searcher.fast_field_values(KEY, places), np.int64)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep Python from looking for garbage among some hundred thousand new objects again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


_open: dict[Path, tuple[Mapping[str, Any], SearchIndex]] = {}
_lock = Lock()


def open_index(library: Library, kind: Kind) -> SearchIndex:
    """Return the newest state of the index of a kind, kept open in the process.

    Raises:
        SearchError: there is none, or it is damaged.
    """
    folder = index_folder(library, kind)
    try:
        known = json.loads((folder / STATE).read_text(encoding="utf-8"))["known"]
    except (OSError, ValueError, KeyError):
        raise SearchError(f"还没有{kind.title}的全文索引；请运行 shuju build 生成") from None
    with _lock:
        held = _open.get(folder)
        if held is not None and held[0] == known:
            return held[1]
        try:
            index = open_tantivy(folder / known["folder"])
            opened = SearchIndex(kind, index.searcher(), index.schema)
        except (ValueError, OSError):
            raise SearchError(f"{kind.title}的全文索引已损坏或不全；请运行 shuju build 重新生成") from None
        _open[folder] = (known, opened)
        return opened


def within_query(index: SearchIndex, conditions: Sequence[tuple[str, str, object]]) -> list[tantivy.Query]:
    """Return a query for each condition of a scope.

    Raises:
        SearchError: the scope asks for what the index does not hold; nothing is shown then.
    """
    queries = []
    for column, operator, value in conditions:
        if operator == "in" and value == ():
            return [tantivy.Query.empty_query()]
        if column not in index.kind.codes or operator not in ("==", "in"):
            raise SearchError(f"{index.kind.title}的检索不能按 {column!r} {operator} 限定可见范围")
        values = [value] if operator == "==" else list(value)  # type: ignore[call-overload]
        terms = [f"{column}={one}" for one in values]
        queries.append(tantivy.Query.term_set_query(index.schema, WITHIN, terms))
    return queries
