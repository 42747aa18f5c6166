"""Bureaus (职能部门) of a county or prefecture: what they are called, which one a reply names, whose duty a letter is.

``bureaus.csv`` has a row a bureau. ``called`` and ``in_replies`` are patterns: of a department's own name, and of what
a reply calls a bureau that it speaks of. ``duties`` are words of the matters that it handles; they stand before
anything is learned, so a library without any history is routed too. See docs/methods/routing.md.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuju.text.occurrences import occurrences
from shuju.text.trie import trie

TABLE = Path(__file__).with_name("bureaus.csv")
OPENING = 300  # characters of a reply, in which it says who looked into the matter
TITLE = 2.0  # how much more a word of the title says


@dataclass(frozen=True, eq=False)
class Bureaus:
    """All bureaus in the order of the table: ``names``, and the words of their duties.

    ``trie`` finds the words; ``weights`` (words × bureaus) is what a word says for each: the longer, the more, and the
    less the more bureaus it speaks for.
    """

    names: tuple[str, ...]
    called: re.Pattern[str]
    in_replies: re.Pattern[str]
    trie: dict[str, np.ndarray]
    weights: np.ndarray


@cache
def bureaus() -> Bureaus:
    """Return the bureaus of the package."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    words = sorted({word for row in rows for word in row["duties"].split()})
    number = {word: n for n, word in enumerate(words)}
    speaks = np.zeros((len(words), len(rows)))
    for column, row in enumerate(rows):
        speaks[[number[word] for word in row["duties"].split()], column] = 1
    length = np.sqrt([len(word) for word in words])
    return Bureaus(
        names=tuple(row["name"] for row in rows),
        called=_numbered(row["called"] for row in rows),
        in_replies=_numbered(row["in_replies"] for row in rows),
        trie=trie(tuple(words)),
        weights=speaks * (length / speaks.sum(axis=1))[:, None],
    )


def bureau_called(name: str | None) -> str | None:
    """Return the bureau that a department of this name is, None where it is none of the table."""
    return _found(bureaus().called, name or "")


def bureaus_in(replies: pa.ChunkedArray | pa.Array) -> list[str | None]:
    """Return of each reply the bureau that it names first in its opening, None where it names none. O(characters)."""
    bare = pc.replace_substring_regex(replies.cast(pa.string()), r"\s+", "")
    opening = pc.utf8_slice_codeunits(bare, 0, OPENING)
    pattern = bureaus().in_replies
    return [_found(pattern, text) if text else None for text in opening.to_pylist()]


def duties(titles: Sequence[str | None], bodies: Sequence[str | None]) -> np.ndarray:
    """Return letters × bureaus: how much the words of each letter speak for each; rows of length 1, or 0 without any.

    A word counts once in the title and once in the body. O(characters).
    """
    known = bureaus()
    found = np.zeros((len(titles), len(known.names)))
    for texts, weight in ((titles, TITLE), (bodies, 1.0)):
        rows, words = occurrences(pa.array(texts, pa.string(), from_pandas=True), known.trie)
        np.add.at(found, rows, weight * known.weights[words])
    length = np.linalg.norm(found, axis=1, keepdims=True)
    return found / np.where(length > 0, length, 1)


def _numbered(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<b{n}>{pattern})" for n, pattern in enumerate(patterns)))


def _found(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return bureaus().names[int(match.lastgroup[1:])] if match else None  # type: ignore[index]
