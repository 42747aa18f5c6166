"""Profiles of letters (来信画像): what a pair of letters is compared by, without a table of all pairs.

A letter is its runs of two to four characters, each weighed by rarity, the names that it writes (estates, schools,
companies …), its place, day and writer. A place told by a code (A3区) is a region and no part of the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numba as nb
import numpy as np
import pandas as pd

from shuju.text.named_places import ENDINGS, KINDS, find_named

BACKGROUND = Path(__file__).with_name("models") / "runs.npz"
BITS = 22
CHARACTERS = 600  # of a letter that are compared: its title, and the beginning of its body
SLOTS = 8192
NAMES = 8  # of a letter, title first
RARE, MIDDLING = (
    30,
    4000,
)  # letters with a run: at most so many name a thing; up to so many tell what is wrong with it
NORMS = 6  # of all, of the title, of rare and of middling runs; sums of all and of the title
_ROAD = KINDS.index("road")


class Profiles(NamedTuple):
    """Letters as arrays. ``codes[starts[i]:ends[i]]`` are the characters of a letter, its title up to ``titles[i]``.

    ``weight``: by bucket, of a run of characters; ``count``: letters with it. ``norms``: by letter (``NORMS``). A
    letter has the names ``name_first[i] <= k < name_first[i + 1]``: from ``name_start`` to ``name_end`` in ``codes``,
    ``name_weight`` by rarity, ``name_tells``: it stands in the title and is no road. ``day``; ``county``, ``prefecture``
    and ``writer`` as numbers, -1 if not known.
    """

    codes: np.ndarray
    starts: np.ndarray
    titles: np.ndarray
    ends: np.ndarray
    weight: np.ndarray
    count: np.ndarray
    norms: np.ndarray
    name_first: np.ndarray
    name_start: np.ndarray
    name_end: np.ndarray
    name_weight: np.ndarray
    name_tells: np.ndarray
    day: np.ndarray
    county: np.ndarray
    prefecture: np.ndarray
    writer: np.ndarray

    def __len__(self) -> int:
        return len(self.starts)


def profiles(
    titles: Sequence[str | None],
    bodies: Sequence[str | None],
    day: np.ndarray,
    county: np.ndarray,
    prefecture: np.ndarray,
    writer: np.ndarray,
    counts: tuple[np.ndarray, int] | None = None,
) -> Profiles:
    """Return the profiles of letters. ``counts`` (of ``run_counts``) tell rarity; without them, these letters do.

    Linear in the characters.
    """
    codes, starts, title_ends, ends = _characters(titles, bodies)
    count, n = counts or run_counts(titles, bodies)
    weight = np.log((n + 1) / (count + 1.0)).astype(np.float32)
    norms = np.zeros((len(starts), NORMS), np.float32)
    _norms(codes, starts, title_ends, ends, weight, count, norms)
    return Profiles(
        codes, starts, title_ends, ends, weight, count, norms,
        *_names(codes, starts, title_ends, ends),
        np.asarray(day, np.float64), *(np.asarray(x, np.int64) for x in (county, prefecture, writer)),
    )  # fmt: skip


def run_counts(titles: Sequence[str | None], bodies: Sequence[str | None]) -> tuple[np.ndarray, int]:
    """Return by bucket how many letters have a run, and how many letters that is: these, and those of ``background``."""
    codes, starts, _, ends = _characters(titles, bodies)
    count, n_known = background()
    count = count.copy()
    _count(codes, starts, ends, count)
    return count, len(starts) + n_known


@cache
def background() -> tuple[np.ndarray, int]:
    """Return by bucket how many of the letters that the scorer learned from have a run, and how many letters these are."""
    count = np.zeros(1 << BITS, np.int32)
    if not BACKGROUND.exists():
        return count, 0
    with np.load(BACKGROUND) as held:
        count[np.cumsum(held["steps"], dtype=np.int64)] = held["letters"]
        return count, int(held["n"])


def save_background(titles: Sequence[str], bodies: Sequence[str], at_least: int = 4) -> None:
    """Count the runs of letters and write those that ``at_least`` letters have."""
    codes, starts, _, ends = _characters(titles, bodies)
    count = np.zeros(1 << BITS, np.int32)
    _count(codes, starts, ends, count)
    found = np.flatnonzero(count >= at_least)
    np.savez_compressed(
        BACKGROUND,
        steps=np.diff(found, prepend=0).astype(np.uint32),
        letters=np.minimum(count[found], 65535).astype(np.uint16),
        n=np.int64(len(starts)),
    )
    background.cache_clear()


def names_of(letters: Profiles) -> list[str]:
    """Return the names that each letter writes, joined by 、, those of the title first."""
    told = letters.codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    names = [told[a:b] for a, b in zip(letters.name_start.tolist(), letters.name_end.tolist(), strict=True)]
    first = letters.name_first.tolist()
    return ["、".join(names[a:b]) for a, b in pairwise(first)]


def _characters(
    titles: Sequence[str | None], bodies: Sequence[str | None]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    told = [title[:120] if isinstance(title, str) else "" for title in titles]
    said = [
        (body if len(body) < CHARACTERS else body[: 2 * CHARACTERS]) if isinstance(body, str) else ""
        for body in bodies
    ]
    parts = [f"{title}\n{body}" for title, body in zip(told, said, strict=True)]
    codes = np.frombuffer("".join(parts).encode("utf-32-le", "surrogatepass"), np.uint32)
    lengths = np.fromiter(map(len, parts), np.int64, len(parts))
    title_lengths = np.fromiter(map(len, told), np.int64, len(parts))
    return _clean(codes, lengths, title_lengths, np.zeros(len(codes) + len(parts), np.uint32))


@nb.njit(cache=True, nogil=True)
def _clean(
    codes: np.ndarray, lengths: np.ndarray, title_lengths: np.ndarray, out: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return letters, digits and Chinese characters, 0 for what lies between; without places told by a code."""
    n_letters = len(lengths)
    starts, titles, ends = (
        np.zeros(n_letters, np.int64),
        np.zeros(n_letters, np.int64),
        np.zeros(n_letters, np.int64),
    )
    at, n = 0, 0
    for i in range(n_letters):
        first, end = at, at + lengths[i]
        starts[i] = n
        k = first
        titles[i] = -1
        while k < end and n - starts[i] < CHARACTERS:
            if titles[i] < 0 and k >= first + title_lengths[i]:
                titles[i] = n
            code = codes[k]
            is_latin = 65 <= code <= 90 or 97 <= code <= 122
            is_kept = is_latin or 48 <= code <= 57 or 0x3400 <= code <= 0x9FFF or code >= 0x20000
            if 65 <= code <= 90:
                stop = k + 1
                while stop < end and stop < k + 3 and 48 <= codes[stop] <= 57:
                    stop += 1
                if stop < end and (codes[stop] == 0x5E02 or codes[stop] == 0x533A or codes[stop] == 0x53BF):
                    is_kept = False
                    k = stop
            if is_kept:
                out[n] = code + 32 if 65 <= code <= 90 else code
                n += 1
            elif n > starts[i] and out[n - 1] != 0:
                out[n] = 0
                n += 1
            k += 1
        if titles[i] < 0:
            titles[i] = n
        ends[i] = n
        at = end
    return out[:n].copy(), starts, titles, ends


@nb.njit(cache=True, inline="always")
def bucket(hashed: np.uint64) -> int:
    """Return the bucket of a run."""
    mixed = (hashed ^ (hashed >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    return np.int64(mixed >> np.uint64(64 - BITS))


@nb.njit(cache=True, inline="always")
def longer(hashed: np.uint64, code: int) -> np.uint64:
    """Return the hash of a run with one more character."""
    return (hashed ^ np.uint64(code)) * np.uint64(0x9E3779B97F4A7C15)


@nb.njit(cache=True, nogil=True)
def _count(codes: np.ndarray, starts: np.ndarray, ends: np.ndarray, count: np.ndarray) -> None:
    seen = np.full(SLOTS, -1, np.int32)
    for i in range(len(starts)):
        seen[:] = -1
        for k in range(starts[i], ends[i]):
            hashed = np.uint64(0)
            for m in range(k, min(k + 4, ends[i])):
                if codes[m] == 0:
                    break
                hashed = longer(hashed, codes[m])
                if m > k:
                    b = bucket(hashed)
                    slot = b & (SLOTS - 1)
                    while seen[slot] >= 0 and seen[slot] != b:
                        slot = (slot + 1) & (SLOTS - 1)
                    if seen[slot] < 0:
                        seen[slot] = b
                        count[b] += 1


@nb.njit(cache=True, nogil=True)
def _norms(
    codes: np.ndarray,
    starts: np.ndarray,
    titles: np.ndarray,
    ends: np.ndarray,
    weight: np.ndarray,
    count: np.ndarray,
    norms: np.ndarray,
) -> None:
    seen = np.full(SLOTS, -1, np.int32)
    for i in range(len(starts)):
        seen[:] = -1
        for k in range(starts[i], ends[i]):
            hashed = np.uint64(0)
            for m in range(k, min(k + 4, ends[i])):
                if codes[m] == 0:
                    break
                hashed = longer(hashed, codes[m])
                if m > k:
                    b = bucket(hashed)
                    slot = b & (SLOTS - 1)
                    while seen[slot] >= 0 and seen[slot] != b:
                        slot = (slot + 1) & (SLOTS - 1)
                    if seen[slot] < 0:
                        seen[slot] = b
                        w = weight[b]
                        norms[i, 0] += w * w
                        norms[i, 4] += w
                        if k < titles[i]:
                            norms[i, 1] += w * w
                            norms[i, 5] += w
                        if count[b] <= RARE:
                            norms[i, 2] += w * w
                        elif count[b] <= MIDDLING:
                            norms[i, 3] += w * w


def _names(
    codes: np.ndarray, starts: np.ndarray, titles: np.ndarray, ends: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    nothing = np.zeros(0, np.int64)
    text, start, end, kind = find_named(codes, ends, (nothing, nothing))
    end = end - _endings(codes, start, end, kind)
    _, number, n = np.unique(_hashes(codes, start, end), return_inverse=True, return_counts=True)
    in_title = end <= titles[text]
    # Each name once a letter, those of the title first.
    rows = pd.DataFrame({"text": text, "number": number, "out": ~in_title, "at": start})
    rows = rows.sort_values(["text", "out", "at"], kind="stable").drop_duplicates(["text", "number"])
    rows = rows[rows.groupby("text").cumcount() < NAMES]
    kept = rows.index.to_numpy()
    first = np.searchsorted(text[kept], np.arange(len(starts) + 1))
    weight = np.log((len(starts) + 7000) / n[number[kept]]).astype(np.float32)
    return first, start[kept], end[kept], weight, in_title[kept] & (kind[kept] != _ROAD)


def _endings(codes: np.ndarray, start: np.ndarray, end: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """Return how many characters of each name only tell its kind: 诺亚山林小区 is written 诺亚山林 as well."""
    hashed = _hashes(codes, start, end)
    _, first, number = np.unique(hashed, return_index=True, return_inverse=True)
    lengths = np.zeros(len(first), np.int64)
    for n, k in enumerate(first.tolist()):
        name = codes[start[k] : end[k]].astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
        tail = max((len(e) for e in ENDINGS[KINDS[kind[k]]].split() if name.endswith(e)), default=0)
        lengths[n] = tail if len(name) - tail > 1 else 0
    return lengths[number] if len(number) else np.zeros(0, np.int64)


@nb.njit(cache=True)
def _hashes(codes: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    found = np.zeros(len(start), np.uint64)
    for n in range(len(start)):
        for k in range(start[n], end[n]):
            found[n] = longer(found[n], codes[k])
    return found
