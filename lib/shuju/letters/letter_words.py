"""What each letter is about in words (要词): at most sixteen content words a letter, kept beside the facts.

The words of any selection are one count over these, and letters that hold a word are found without reading a text.
Only letters that came or were revised since the last build are cut.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numba as nb
import numpy as np

from shuju.facts import Facts
from shuju.facts.subset import RowSet
from shuju.letters.facts import build as build_facts
from shuju.library import Library
from shuju.library.derived import Derived, Work, bring_up
from shuju.library.versioned import versioned
from shuju.text.content_words import Known, content_of, learn, stream_of

WORDS = 16
TITLE = 3.0  # how many times a word of the title counts
LEARNT_FROM = 50_000  # letters, spread evenly
GROWN = 2.0  # learn anew once there are so many times the letters
BATCH = 20_000
FEW = 5_000  # letters that are looked up one by one
COLUMNS = ("key_hash", "title", "body")
NONE = -1


@dataclass(frozen=True, eq=False)
class LetterWords:
    """Words of letters: ``words[ids[row, k]]``, the most telling first, ``NONE`` where a letter has fewer.

    ``keys`` (int64, rising) are the hashes of the letters' keys, ``contents`` those of their contents.
    """

    keys: np.ndarray
    contents: np.ndarray
    ids: np.ndarray
    words: np.ndarray

    @cached_property
    def totals(self) -> WeakKeyDictionary[Facts, np.ndarray]:
        """What was counted over whole tables, kept as long as they are open."""
        return WeakKeyDictionary()

    @cached_property
    def number(self) -> dict[str, int]:
        """The number of each word."""
        return {word: k for k, word in enumerate(self.words.tolist())}

    def rows_of(self, facts: Facts) -> np.ndarray:
        """Return the row of each letter of the facts, ``NONE`` for those that are not here yet. O(n log n) once."""
        if facts not in _rows:
            keys = facts.column("key")
            at = np.minimum(np.searchsorted(self.keys, keys), max(len(self.keys) - 1, 0))
            is_here = self.keys[at] == keys if len(self.keys) else np.zeros(len(keys), bool)
            _rows[facts] = np.where(is_here, at, NONE)
        return _rows[facts]

    def count(self, facts: Facts, positions: np.ndarray) -> np.ndarray:
        """Return in how many of these letters each word stands (int64 by word). O(letters)."""
        return _count(self.ids, self.rows_of(facts)[positions], len(self.words))

    def holding(self, words: Sequence[str]) -> RowSet:
        """Return the letters that hold every one of some words. O(all letters)."""
        passes = np.ones(len(self.keys), bool)
        for word in words:
            number = self.number.get(word, None)
            passes &= (self.ids == number).any(axis=1) if number is not None else False
        return RowSet(f"关键词：{'、'.join(words)}", self.keys[passes])


_rows: WeakKeyDictionary[Facts, np.ndarray] = WeakKeyDictionary()


@versioned("letters")
def newest(library: Library) -> LetterWords:
    """Return the words of the newest letters, made where they are missing."""
    facts = build_facts(library)
    made = bring_up(LETTER_WORDS, library, facts)
    return _load(library.home.cache / LETTER_WORDS.name, made.known)


def _build(work: Work[Facts]) -> dict[str, Any]:
    """Cut the letters that are new and write the words of all."""
    rows = work.library.read("letters", ("key_hash", "content_hash"))
    order = np.argsort(rows["key_hash"].to_numpy(), kind="stable")
    keys, contents = (rows[name].to_numpy()[order] for name in ("key_hash", "content_hash"))
    before = _load(work.folder, work.known) if work.has("words", "arrays", "learnt") else None
    learnt = _learnt(work.folder / work.known["learnt"]) if before is not None else None
    if learnt is None or len(keys) > GROWN * max(learnt.n_letters, 1):
        work.tell("学习来信用词")
        before, learnt = None, _learn(work.library, keys)
    words = list(before.words) if before is not None else []
    number = {word: k for k, word in enumerate(words)}
    ids = np.full((len(keys), WORDS), NONE, np.int32)
    is_new = np.ones(len(keys), bool)
    if before is not None and len(before.keys):
        at = np.minimum(np.searchsorted(before.keys, keys), len(before.keys) - 1)
        is_new = (before.keys[at] != keys) | (before.contents[at] != contents)
        ids[~is_new] = before.ids[at[~is_new]]
    work.tell("提取来信关键词")
    for batch, titles, bodies in _texts(work.library, keys, np.flatnonzero(is_new)):
        ids[batch] = _telling(titles, bodies, learnt, words, number)
    return _save(work.folder, LetterWords(keys, contents, ids, np.array(words, object)), learnt)


LETTER_WORDS = Derived(
    "letter_words", (), method=3, inputs=lambda facts: {"letters": facts.source_version}, build=_build
)


def _texts(
    library: Library, keys: np.ndarray, rows: np.ndarray
) -> Iterator[tuple[np.ndarray, list[str | None], list[str | None]]]:
    """Yield rows (of ``keys``), titles and bodies; few are looked up, for many the table is read through."""
    if len(rows) <= FEW:
        tables = [library.take("letters", keys[rows].tolist(), COLUMNS)] if len(rows) else []
    else:
        tables = library.stream("letters", COLUMNS)
    is_wanted = np.zeros(len(keys), bool)
    is_wanted[rows] = True
    for table in tables:
        for first in range(0, table.num_rows, BATCH):
            part = table.slice(first, BATCH)
            found = part.column("key_hash").to_numpy()
            at = np.minimum(np.searchsorted(keys, found), len(keys) - 1)
            mine = np.flatnonzero((keys[at] == found) & is_wanted[at])
            texts = part.take(mine)
            yield at[mine], *(texts.column(name).to_pylist() for name in ("title", "body"))


def _learn(library: Library, keys: np.ndarray) -> Known:
    chosen = np.unique(np.linspace(0, max(len(keys) - 1, 0), LEARNT_FROM).astype(int)) if len(keys) else keys
    titles: list[str | None] = []
    bodies: list[str | None] = []
    for _, some_titles, some_bodies in _texts(library, keys, chosen):
        titles += some_titles
        bodies += some_bodies
    return learn(stream_of(titles, bodies), len(titles))._replace(n_letters=len(keys))


def _telling(
    titles: Sequence[str | None],
    bodies: Sequence[str | None],
    known: Known,
    words: list[str],
    number: dict[str, int],
) -> np.ndarray:
    """Return the numbers of each letter's most telling words; words seen first are added to ``words``."""
    stream, is_word = content_of(stream_of(titles, bodies), known)
    own = np.full(len(stream.words), NONE, np.int64)
    rarity = np.zeros(len(stream.words))
    for k in np.flatnonzero(is_word).tolist():
        word = stream.words[k]
        if word not in number:
            number[word] = len(words)
            words.append(word)
        own[k] = number[word]
        rarity[k] = np.log((1 + known.n) / (1 + known.in_letters.get(word, 1)))
    there = stream.code >= 0
    there[there] = own[stream.code[there]] >= 0
    code, letter = stream.code[there], stream.letter[there]
    weight = np.where(stream.is_title[there], TITLE, 1.0)
    pair, place = np.unique(letter * len(stream.words) + code, return_inverse=True)
    times = np.bincount(place, weight, minlength=len(pair))
    who, which = pair // max(len(stream.words), 1), pair % max(len(stream.words), 1)
    telling = (1 + np.log(times)) * rarity[which]
    order = np.lexsort((which, -telling, who))
    who, which = who[order], which[order]
    rank = np.arange(len(who)) - np.searchsorted(who, who)
    ids = np.full((len(titles), WORDS), NONE, np.int32)
    is_kept = rank < WORDS
    ids[who[is_kept], rank[is_kept]] = own[which[is_kept]]
    return ids


def _save(folder: Path, found: LetterWords, learnt: Known) -> dict[str, Any]:
    stamp = f"{zlib.crc32(found.contents.tobytes(), zlib.crc32(found.keys.tobytes())):08x}"
    names = {
        "words": f"words-{stamp}.json",
        "arrays": f"arrays-{stamp}.npz",
        "learnt": f"learnt-{stamp}.json",
    }
    (folder / names["words"]).write_text(
        json.dumps(found.words.tolist(), ensure_ascii=False), encoding="utf-8"
    )
    np.savez(folder / names["arrays"], keys=found.keys, contents=found.contents, ids=found.ids)
    told = {**learnt._asdict(), "made_up": sorted(learnt.made_up), "pieces": sorted(learnt.pieces)}
    (folder / names["learnt"]).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return names | {"files": list(names.values())}


def _load(folder: Path, known: dict[str, Any]) -> LetterWords:
    words = json.loads((folder / known["words"]).read_text(encoding="utf-8"))
    with np.load(folder / known["arrays"]) as held:
        return LetterWords(held["keys"], held["contents"], held["ids"], np.array(words, object))


def _learnt(path: Path) -> Known:
    told = json.loads(path.read_text(encoding="utf-8"))
    joined = tuple((a, b) for a, b in told["joined"])
    return Known(
        joined,
        frozenset(told["made_up"]),
        frozenset(told["pieces"]),
        told["in_letters"],
        told["n"],
        told["n_letters"],
    )


@nb.njit(cache=True, nogil=True)
def _count(ids: np.ndarray, rows: np.ndarray, n_words: int) -> np.ndarray:
    found = np.zeros(n_words, np.int64)
    for row in rows:
        if row < 0:
            continue
        for k in range(ids.shape[1]):
            word = ids[row, k]
            if word < 0:
                break
            found[word] += 1
    return found
