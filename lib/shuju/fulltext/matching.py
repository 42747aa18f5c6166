"""What is asked becomes a query of the index: every word must be in the title or the text, titles count more."""

from __future__ import annotations

from collections.abc import Iterable

import tantivy
from tantivy import Occur, Query

from shuju.fulltext.asked import Asked, Run
from shuju.fulltext.index import BODY, TITLE, SearchIndex
from shuju.fulltext.vocabulary import is_han

TITLE_WEIGHT = 3.0
PART_WEIGHT = 0.3  # of a longer word that holds the one asked for
TOGETHER_WEIGHT = 2.0  # of words that stand side by side as they were typed


def matching(index: SearchIndex, asked: Asked, seen: Iterable[Query] = ()) -> Query:
    """Return the query for what is asked, among what every query of ``seen`` finds."""
    must = [run_query(index, run) for run in asked.runs]
    return _all_of(index, asked, must, seen)


def some_of(index: SearchIndex, asked: Asked, least: int, seen: Iterable[Query] = ()) -> Query:
    """Return a query for at least so many of the words, wherever they stand."""
    words = [(Occur.Should, word_query(index, word)) for word in asked.words]
    return _all_of(index, asked, [Query.boolean_query(words, least)], seen)


def _all_of(index: SearchIndex, asked: Asked, must: list[Query], seen: Iterable[Query]) -> Query:
    parts = [(Occur.Must, query) for query in must]
    parts += [(Occur.Must, Query.boost_query(query, 0.0)) for query in seen]
    parts += [(Occur.MustNot, run_query(index, run)) for run in asked.without]
    return Query.boolean_query(parts)


def run_query(index: SearchIndex, run: Run) -> Query:
    """Return a query for one run: all its words; of a phrase, side by side."""
    if len(run.words) == 1:
        return word_query(index, run.words[0])
    whole = [
        Query.boost_query(Query.phrase_query(index.schema, field, list(run.words)), weight * TOGETHER_WEIGHT)
        for field, weight in ((TITLE, TITLE_WEIGHT), (BODY, 1.0))
    ]
    whole += _longer(index, run.text)
    if run.is_phrase:
        return Query.disjunction_max_query(whole)
    every = [(Occur.Must, word_query(index, word)) for word in run.words]
    return Query.boolean_query([*every, (Occur.Should, Query.disjunction_max_query(whole))])


def word_query(index: SearchIndex, word: str) -> Query:
    """Return a query for one word: itself, longer words that it is part of, its two parts side by side."""
    schema = index.schema
    ways = [
        Query.boost_query(Query.term_query(schema, TITLE, word), TITLE_WEIGHT),
        Query.term_query(schema, BODY, word),
        *_longer(index, word),
    ]
    for parts in _halves(index, word):
        ways.append(Query.boost_query(Query.phrase_query(schema, TITLE, parts), TITLE_WEIGHT))
        ways.append(Query.phrase_query(schema, BODY, parts))
    return Query.disjunction_max_query(ways, 0.1)


def _longer(index: SearchIndex, word: str) -> list[tantivy.Query]:
    """Return queries for longer words that hold this one: jieba cuts by context."""
    words = index.vocabulary.containing(word)
    if not words:
        return []
    return [
        Query.boost_query(Query.term_set_query(index.schema, field, words), weight * PART_WEIGHT)
        for field, weight in ((TITLE, TITLE_WEIGHT), (BODY, 1.0))
    ]


def _halves(index: SearchIndex, word: str) -> list[list[str]]:
    if len(word) < 3 or not is_han(word):
        return []
    counts = index.vocabulary.counts
    cuts = [[word[:at], word[at:]] for at in range(1, len(word))]
    return [parts for parts in cuts if all(part in counts for part in parts)]
