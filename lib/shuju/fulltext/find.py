"""A search: the best rows and how many there are; where nothing is found, what may have been meant, and it says so."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from tantivy import Query

from shuju.facts.schema import Words
from shuju.facts.selection import Holding
from shuju.facts.subset import RowSet
from shuju.fulltext.asked import Asked, read
from shuju.fulltext.errors import SearchError
from shuju.fulltext.index import KEY, SearchIndex, open_index, within_query
from shuju.fulltext.kinds import KINDS, Kind, kind_of
from shuju.fulltext.matching import matching, some_of
from shuju.fulltext.spelling import alike, corrected
from shuju.library import Library

FEW = 5
MORE = 5  # times as many hits make a suggestion
MOST_ROWS = 3_000_000  # of a filter: a hundred bytes each while they are looked up
ALLOWED_AT_MOST = 200_000  # keys that a query may name
SEARCH = Words("q", title="搜索")


@dataclass(frozen=True)
class Hit:
    """One row that was found: the hash of its key, its key, and what a list shows of it."""

    hash: int
    key: str
    title: str
    text: str
    shown: Mapping[str, Any]


@dataclass(frozen=True)
class Found:
    """The hits of one kind, best first, and ``n``, how many there are in all.

    ``asked`` is what was looked for, which is not what was typed where ``told`` says so in Chinese. ``suggestion``
    may have been meant. ``is_partial``: not every word is in every hit.
    """

    kind: Kind
    n: int
    hits: tuple[Hit, ...]
    asked: Asked
    told: str = ""
    suggestion: str = ""
    is_partial: bool = False


def find(
    library: Library, text: str, tables: Sequence[str] = tuple(KINDS), n: int = 20, first: int = 0
) -> tuple[Found, ...]:
    """Return the ``n`` best rows of each kind from the ``first``-th on; only rows that the scope shows are looked at.

    Where no kind has a row with every word, the likeliest correction is looked for, else rows that have some of the
    words. O(rows that hold a word), with corrections O(words of the index) too.

    Raises:
        SearchError: nothing to look for, no such kind, or no index.
    """
    asked = read(text)
    views = [_View.of(library, table) for table in tables]
    exact = tuple(view.exactly(asked, n, first) for view in views)
    if any(found.n for found in exact):
        return exact
    loose = replace(asked, runs=tuple(replace(run, is_phrase=False) for run in asked.runs))
    if loose != asked and any(view.count(loose) for view in views):
        told = f"没有原样含有 {asked.text} 的，以下含有其中各词"
        return tuple(replace(view.exactly(loose, n, first), told=told, suggestion="") for view in views)
    for view in views:
        better = corrected(view.index, asked, view.count)
        if better is not None:
            told = f"没有找到“{asked.text}”，以下是“{better.text}”的结果"
            return tuple(
                replace(other.exactly(better, n, first), told=told, suggestion="") for other in views
            )
    some = tuple(view.partly(asked, n, first) for view in views)
    return some if any(found.n for found in some) else exact


@dataclass(frozen=True)
class _View:
    """An index, and the queries that limit what is seen of it."""

    index: SearchIndex
    seen: Sequence[Query]

    @classmethod
    def of(cls, library: Library, table: str) -> _View:
        index = open_index(library, kind_of(table))
        return cls(index, seen_queries(library, index))

    def count(self, asked: Asked) -> int:
        return self.index.count(matching(self.index, asked, self.seen))

    def exactly(self, asked: Asked, n: int, first: int) -> Found:
        found = self._found(asked, matching(self.index, asked, self.seen), n, first)
        return replace(found, suggestion=self._suggestion(asked, found.n))

    def partly(self, asked: Asked, n: int, first: int) -> Found:
        """Return the rows that have as many of the words as any has."""
        ways = range(len(asked.words) - 1, 0, -1)
        best = bisect_left(ways, 1, key=lambda least: min(self._some(asked, least)[1], 1))
        if best == len(ways):
            return Found(self.index.kind, 0, (), asked)
        query, _ = self._some(asked, ways[best])
        told = f"没有同时含有“{asked.text}”各词的，以下含有其中至少 {ways[best]} 个词"
        return self._found(asked, query, n, first, told=told, is_partial=True)

    def _some(self, asked: Asked, least: int) -> tuple[Query, int]:
        query = some_of(self.index, asked, least, self.seen)
        return query, self.index.count(query)

    def _suggestion(self, asked: Asked, count: int) -> str:
        """Return what is like it and finds far more where little was found, or stands together where this never does."""
        if not count or all(run.is_phrase for run in asked.runs):  # a phrase is meant as it is typed
            return ""
        together = _together(asked)
        if count >= FEW and (together == asked or self.count(together)):
            return ""
        least = MORE * count if count < FEW else FEW
        counts = {}
        for candidate in alike(self.index, asked):
            if len(candidate.text) < len(asked.text):
                continue
            counts[candidate.text] = self.count(_together(candidate))
        best = max(counts, key=counts.__getitem__, default="")
        return best if best and counts[best] >= least else ""

    def _found(self, asked: Asked, query: Query, n: int, first: int, **told: Any) -> Found:
        count, rows = self.index.best(query, n, first)
        hits = []
        for key, shown in rows:
            name = next(iter(shown))
            hits.append(Hit(key, shown[name], shown["title"], shown["text"], shown))
        return Found(self.index.kind, count, tuple(hits), asked, **told)


def _together(asked: Asked) -> Asked:
    """Return the same with each run as it was typed, word beside word."""
    runs = (replace(run, is_phrase=run.is_phrase or len(run.words) > 1) for run in asked.runs)
    return replace(asked, runs=tuple(runs))


def find_among(library: Library, text: str, table: str, keys: np.ndarray, n: int = 20) -> Found:
    """Return the ``n`` best rows of a kind among those with some ``keys`` (int64); rows must have every word.

    O(rows that hold a word + keys). Errors as those of ``find``.
    """
    found = find(library, text, [table], 1)[0]
    view = _View.of(library, table)
    query = matching(view.index, found.asked, view.seen)
    among = np.intersect1d(view.index.keys(query), keys)
    if not len(among):
        return Found(found.kind, 0, (), found.asked)
    named = replace(view, seen=[*view.seen, Query.term_set_query(view.index.schema, KEY, among.tolist())])
    return replace(named.exactly(found.asked, n, 0), told="" if found.is_partial else found.told)


def row_set(table: str, library: Library, texts: Sequence[str]) -> RowSet:
    """Return the rows in which every one of some questions finds all that it asks for; nothing is corrected.

    O(rows found).

    Raises:
        SearchError: a question that cannot be asked or finds more than ``MOST_ROWS``, or no index.
    """
    index = open_index(library, kind_of(table))
    seen = seen_queries(library, index)
    queries = [matching(index, read(text), seen) for text in texts]
    for text, query in zip(texts, queries, strict=True):
        n = index.count(query)
        if n > MOST_ROWS:
            raise SearchError(f"“{text}”找到 {n:,} {index.kind.unit}，太多，不能作为筛选条件；请再加一个词")
    parts = [index.keys(query) for query in queries]
    keys = np.sort(parts[0])
    for other in parts[1:]:
        keys = np.intersect1d(keys, other, assume_unique=True)
    return RowSet(f"搜索：{'、'.join(texts)}", keys)


def searched(table: str) -> Holding:
    """Return the function that finds the rows of a table for the filter ``SEARCH``."""
    return partial(row_set, table)


def seen_queries(library: Library, index: SearchIndex) -> list[Query]:
    """Return what limits the rows to the scope; of small tables, the keys of those that it shows.

    Raises:
        SearchError: the scope asks for what cannot be limited so; nothing is shown then.
    """
    conditions = library.scope.of(index.kind.table)
    if not conditions:
        return []
    if index.n > ALLOWED_AT_MOST or all(column in index.kind.codes for column, _, _ in conditions):
        return within_query(index, conditions)
    keys = library.read(index.kind.table, ["key_hash"])["key_hash"].tolist()
    return [Query.term_set_query(index.schema, KEY, keys) if keys else Query.empty_query()]
