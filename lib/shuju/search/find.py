"""A search: the best rows and how many there are; where nothing is found, what may have been meant, and it says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from tantivy import Query

from shuju.facts.schema import Words
from shuju.facts.subset import RowSet
from shuju.library import Library
from shuju.search.asked import Asked, read
from shuju.search.index import KEY, SearchIndex, open_index, within_query
from shuju.search.kinds import Kind, kind_of
from shuju.search.matching import matching, some_of
from shuju.search.spelling import alike, corrected

FEW = 5
MORE = 10  # times as many hits make a suggestion
ALLOWED_AT_MOST = 200_000
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
    may have been meant.
    """

    kind: Kind
    n: int
    hits: tuple[Hit, ...]
    asked: Asked
    told: str = ""
    suggestion: str = ""
    is_partial: bool = False


def find(library: Library, table: str, text: str, n: int = 20, first: int = 0) -> Found:
    """Return the ``n`` best rows of a kind from the ``first``-th on; only rows that the scope shows are looked at.

    Where no row has every word, the likeliest correction is looked for, else rows that have some of the words.
    O(rows that hold a word), with corrections O(words of the index) too.

    Raises:
        SearchError: nothing to look for, no such kind, or no index.
    """
    kind, asked = kind_of(table), read(text)
    index = open_index(library, kind)
    seen = seen_queries(library, index)
    count = lambda question: index.count(matching(index, question, seen))  # noqa: E731
    found = count(asked)
    if found:
        near = _suggestion(index, asked, found, count) if found < FEW else ""
        return _found(index, asked, matching(index, asked, seen), found, n, first, suggestion=near)
    better = corrected(index, asked, count)
    if better is not None:
        told = f"没有找到“{asked.text}”，以下是“{better.text}”的结果"
        return _found(index, better, matching(index, better, seen), count(better), n, first, told=told)
    for least in range(len(asked.words) - 1, 0, -1):
        query = some_of(index, asked, least, seen)
        some = index.count(query)
        if some:
            told = f"没有同时含有“{asked.text}”各词的，以下含有其中至少 {least} 个词"
            return _found(index, asked, query, some, n, first, told=told, is_partial=True)
    return Found(kind, 0, (), asked)


def row_set(table: str, library: Library, texts: tuple[str, ...] | list[str]) -> RowSet:
    """Return the rows in which every one of some questions finds all that it asks for, word by word: nothing is corrected.

    O(rows found).

    Raises:
        SearchError: a question that cannot be asked, or no index.
    """
    kind = kind_of(table)
    index = open_index(library, kind)
    seen = seen_queries(library, index)
    parts = [index.keys(matching(index, read(text), seen)) for text in texts]
    keys = np.sort(parts[0])
    for other in parts[1:]:
        keys = np.intersect1d(keys, other, assume_unique=True)
    return RowSet(f"搜索：{'、'.join(texts)}", keys)


def searched(table: str) -> Any:
    """Return the function that finds the rows of a table for the filter ``q``."""
    return partial(row_set, table)


def seen_queries(library: Library, index: SearchIndex) -> list[Query]:
    """Return what limits the rows to the scope; of tables without codes, the keys of those that it shows.

    Raises:
        SearchError: the scope asks for what cannot be limited so; nothing is shown then.
    """
    conditions = library.scope.of(index.kind.table)
    if not conditions:
        return []
    if all(column in index.kind.codes for column, _, _ in conditions):
        return within_query(index, conditions)
    if index.n > ALLOWED_AT_MOST:
        return within_query(index, conditions)
    keys = library.read(index.kind.table, ["key_hash"])["key_hash"].tolist()
    return [Query.term_set_query(index.schema, KEY, keys) if keys else Query.empty_query()]


def _found(
    index: SearchIndex, asked: Asked, query: Query, n: int, size: int, first: int, **told: Any
) -> Found:
    kind, hits = index.kind, []
    for key, shown in index.best(query, size, first) if first < n else []:
        name = next(iter(shown))
        hits.append(Hit(key, shown[name], shown["title"], shown["text"], shown))
    return Found(kind, n, tuple(hits), asked, **told)


def _suggestion(index: SearchIndex, asked: Asked, n: int, count: Any) -> str:
    best, most = "", MORE * n - 1
    for candidate in alike(index, asked):
        found = count(candidate)
        if found > most:
            best, most = candidate.text, found
    return best
