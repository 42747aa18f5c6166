"""Side by side (逐字对照): what a copy kept, cut, added, changed and moved of its original, character by character.

Patience difference (Cohen 2003) on short runs of characters that stand once in either text, the longest chain of
which (in the order of both) anchors the alignment; between the anchors Myers's shortest edit (1986), given up
where the texts are too far apart. What stands in another order is found among the anchors outside the chain.

Long, since the comparison is one algorithm from runs to the moved pieces.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numba import njit

GRAM = 6  # characters that make an anchor
MOST_EDITS = 1000  # in one gap between anchors; beyond it the passages have nothing to do with each other
ISLAND = 2  # characters in common between two changes that are chance, not text kept
MOVED = 10  # characters that make a moved passage

SAME, CHANGED, ADDED, CUT, MOVED_OUT, MOVED_IN = (
    "same", "changed", "added", "cut", "moved_out", "moved_in",
)  # fmt: skip


@dataclass(frozen=True)
class Block:
    """One aligned block: ``original[original_start:original_end]`` against ``copy[copy_start:copy_end]``.

    ``status``: same; changed (both sides say something else); cut, moved_out (nothing in the copy here);
    added, moved_in (nothing in the original here). ``partner`` is the number of the block where a moved passage
    stands in the other text.
    """

    status: str
    original_start: int
    original_end: int
    copy_start: int
    copy_end: int
    partner: int | None = None


@dataclass(frozen=True)
class Comparison:
    """Two texts as blocks in reading order; the blocks' ranges tile each text exactly."""

    original: str
    copy: str
    blocks: tuple[Block, ...]

    def texts(self, block: Block) -> tuple[str, str]:
        """Return what a block says in the original and in the copy."""
        return (
            self.original[block.original_start : block.original_end],
            self.copy[block.copy_start : block.copy_end],
        )

    @property
    def kept(self) -> float:
        """The share (0..1) of the original's characters that stand in the copy, moved ones too; 1 of an empty text."""
        n = sum(b.original_end - b.original_start for b in self.blocks if b.status in (SAME, MOVED_OUT))
        return n / len(self.original) if self.original else 1.0


def compare(original: str, copy: str) -> Comparison:
    """Align two texts.

    O(n log n) in the characters, and O(characters · ``MOST_EDITS``) at worst for what lies between anchors.
    """
    a, b = _characters(original), _characters(copy)
    first, second = _anchors(a, b)
    chain = _longest_chain(second)
    match, taken = _matched(a, b, first[chain], second[chain])
    moved = _moved(a, b, np.delete(first, chain), np.delete(second, chain), match, taken)
    return Comparison(original, copy, _blocks(match, moved, len(copy)))


def _characters(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _anchors(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the places in either text of the runs of ``GRAM`` characters that stand once in each, in the order of the first."""
    if min(len(a), len(b)) < GRAM:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    once_a, at_a = _once(_hashes(a))
    once_b, at_b = _once(_hashes(b))
    _, of_a, of_b = np.intersect1d(once_a, once_b, assume_unique=True, return_indices=True)
    first, second = at_a[of_a], at_b[of_b]
    order = np.argsort(first)
    return first[order], second[order]


def _once(hashes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the hashes that stand once, and where."""
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    differs = np.concatenate([[True], ordered[1:] != ordered[:-1], [True]])
    alone = differs[1:] & differs[:-1]
    return ordered[alone], order[alone]


@njit(nogil=True, cache=True)
def _hashes(text):
    hashes = np.empty(len(text) - GRAM + 1, np.uint64)
    for k in range(len(hashes)):
        hashed = np.uint64(0)
        for m in range(GRAM):
            hashed = (hashed ^ np.uint64(text[k + m])) * np.uint64(0x9E3779B97F4A7C15)
            hashed ^= hashed >> np.uint64(29)
        hashes[k] = hashed
    return hashes


@njit(nogil=True, cache=True)
def _longest_chain(second):
    """Return which anchors make the longest chain that rises in both texts (patience sorting)."""
    n = len(second)
    tops = np.empty(n, np.int64)  # of each pile
    before = np.empty(n, np.int64)
    piles = 0
    for k in range(n):
        low, high = 0, piles
        while low < high:
            middle = (low + high) // 2
            if second[tops[middle]] < second[k]:
                low = middle + 1
            else:
                high = middle
        before[k] = tops[low - 1] if low > 0 else -1
        tops[low] = k
        piles = max(piles, low + 1)
    chain = np.empty(piles, np.int64)
    k = tops[piles - 1] if piles > 0 else -1
    for place in range(piles - 1, -1, -1):
        chain[place] = k
        k = before[k]
    return chain


@njit(nogil=True, cache=True)
def _matched(a, b, first, second):
    """Return for each character of ``a`` its place in ``b`` or −1, rising, and which of ``b`` are taken."""
    match = np.full(len(a), -1, np.int64)
    i_end = j_end = 0
    for k in range(len(first) + 1):
        is_end = k == len(first)
        i, j = (len(a), len(b)) if is_end else (first[k], second[k])
        # Anchors may overlap, and by different lengths: what is matched already stays.
        skip = max(0, i_end - i, j_end - j)
        if not is_end and skip >= GRAM:
            continue
        i, j = i + skip, j + skip
        _shortest_edit(a, b, i_end, i, j_end, j, match)
        if not is_end:
            for m in range(GRAM - skip):
                if a[i + m] != b[j + m]:  # two runs of one hash
                    break
                match[i + m] = j + m
                i_end, j_end = i + m + 1, j + m + 1
    _drop_islands(match, len(b))
    taken = np.zeros(len(b), np.bool_)
    for i in range(len(a)):
        if match[i] >= 0:
            taken[match[i]] = True
    return match, taken


@njit(nogil=True, cache=True)
def _shortest_edit(a, b, i0, i1, j0, j1, match):
    """Match what ``a[i0:i1]`` and ``b[j0:j1]`` have in common, in order, by the fewest characters cut and added."""
    while i0 < i1 and j0 < j1 and a[i0] == b[j0]:
        match[i0] = j0
        i0, j0 = i0 + 1, j0 + 1
    while i0 < i1 and j0 < j1 and a[i1 - 1] == b[j1 - 1]:
        i1, j1 = i1 - 1, j1 - 1
        match[i1] = j1
    n, m = i1 - i0, j1 - j0
    if n == 0 or m == 0:
        return
    most = min(n + m, MOST_EDITS)
    # reached[d, middle + k]: how far into a one comes on diagonal k with d edits.
    middle = most + 1
    reached = np.empty(2 * most + 3, np.int32)
    reached[middle + 1] = 0
    kept = np.empty((most + 1) * (most + 2), np.int32)  # row d holds 2d + 1 places, from d² on
    for d in range(most + 1):
        for k in range(-d, d + 1, 2):
            is_down = k == -d or (k != d and reached[middle + k - 1] < reached[middle + k + 1])
            x = reached[middle + k + 1] if is_down else reached[middle + k - 1] + 1
            while x < n and 0 <= x - k < m and a[i0 + x] == b[j0 + x - k]:
                x += 1
            reached[middle + k] = x
            kept[d * d + d + k] = x
            if x >= n and x - k >= m:
                _trace(kept, d, k, n, i0, j0, match)
                return


@njit(nogil=True, cache=True)
def _trace(kept, d, k, x, i0, j0, match):
    """Follow the shortest edit back from its end, and match the diagonals that it went along."""
    while True:
        if d == 0:
            start, step = 0, k
        else:
            row = (d - 1) * (d - 1) + d - 1
            if k == -d or (k != d and kept[row + k - 1] < kept[row + k + 1]):
                step = k + 1
                start = kept[row + step]
            else:
                step = k - 1
                start = kept[row + step] + 1
        while x > start:
            x -= 1
            match[i0 + x] = j0 + x - k
        if d == 0:
            return
        x = kept[(d - 1) * (d - 1) + d - 1 + step]
        d, k = d - 1, step


@njit(nogil=True, cache=True)
def _drop_islands(match, n_b):
    """Undo what is in common by chance: a few characters between two changes that are larger."""
    n_a = len(match)
    edit_i = edit_j = 0  # where the last change began
    i, j = 0, 0
    while i < n_a:
        if match[i] != j:
            # A change: on to what is matched next.
            while i < n_a and match[i] < 0:
                i += 1
            j = match[i] if i < n_a else n_b
            continue
        start_i, start_j = i, j
        while i < n_a and match[i] == j:
            i, j = i + 1, j + 1
        before = max(start_i - edit_i, start_j - edit_j)
        end_i = i
        while end_i < n_a and match[end_i] < 0:
            end_i += 1
        end_j = match[end_i] if end_i < n_a else n_b
        after = max(end_i - i, end_j - j)
        smaller = min(before, after)
        if i - start_i <= max(ISLAND, smaller // 4) and i - start_i <= smaller:
            match[start_i:i] = -1
        else:
            edit_i, edit_j = i, j


@njit(nogil=True, cache=True)
def _moved(a, b, first, second, match, taken):
    """Return for each character of ``a`` where it stands in ``b`` in another order, or −1."""
    moved = np.full(len(a), -1, np.int64)
    for k in range(len(first)):
        i, j = first[k], second[k]
        if match[i] >= 0 or moved[i] >= 0 or taken[j]:
            continue
        start = 0
        while (
            i - start > 0 and j - start > 0 and a[i - start - 1] == b[j - start - 1]
            and match[i - start - 1] < 0 and moved[i - start - 1] < 0 and not taken[j - start - 1]
        ):  # fmt: skip
            start += 1
        end = 0
        while (
            i + end < len(a) and j + end < len(b) and a[i + end] == b[j + end]
            and match[i + end] < 0 and moved[i + end] < 0 and not taken[j + end]
        ):  # fmt: skip
            end += 1
        if start + end >= MOVED:
            for m in range(-start, end):
                moved[i + m] = j + m
                taken[j + m] = True
    return moved


def _blocks(match: np.ndarray, moved: np.ndarray, n_copy: int) -> tuple[Block, ...]:
    """Return the blocks: runs of what is matched, and between them what changed, with moved passages apart."""
    n = len(match)
    came = np.full(n_copy, -1, np.int64)
    came[moved[moved >= 0]] = np.flatnonzero(moved >= 0)
    # Where a run of matched characters begins and ends.
    step = np.diff(np.concatenate([[-2], np.where(match >= 0, match - np.arange(n), n_copy + n), [-2]]))
    cuts = np.flatnonzero(step[:-1]) if n else np.empty(0, np.int64)
    blocks: list[Block] = []
    i_end = j_end = 0
    for at, start in enumerate(cuts):
        end = int(cuts[at + 1]) if at + 1 < len(cuts) else n
        if match[start] < 0:
            continue
        i, j = int(start), int(match[start])
        blocks += _changes(i_end, i, j_end, j, moved, came)
        blocks.append(Block(SAME, i, end, j, j + end - i))
        i_end, j_end = end, j + end - i
    blocks += _changes(i_end, n, j_end, n_copy, moved, came)
    return _with_partners(blocks, moved)


def _changes(i: int, i_end: int, j: int, j_end: int, moved: np.ndarray, came: np.ndarray) -> list[Block]:
    if i == i_end and j == j_end:
        return []
    out, into = _runs(moved, i, i_end), _runs(came, j, j_end)
    if i < i_end and j < j_end and len(out) == len(into) == 1 and not out[0][2] and not into[0][2]:
        return [Block(CHANGED, i, i_end, j, j_end)]
    return [
        *(Block(MOVED_OUT if is_moved else CUT, start, end, j, j) for start, end, is_moved in out),
        *(Block(MOVED_IN if is_moved else ADDED, i_end, i_end, start, end) for start, end, is_moved in into),
    ]


def _runs(place: np.ndarray, start: int, end: int) -> list[tuple[int, int, bool]]:
    """Return the runs of ``start`` to ``end`` that are moved as one, or not at all."""
    if start == end:
        return []
    part = place[start:end]
    diagonal = np.where(part >= 0, part - np.arange(start, end), np.iinfo(np.int64).max)
    cuts = [0, *(np.flatnonzero(np.diff(diagonal)) + 1).tolist(), end - start]
    return [(start + a, start + b, bool(part[a] >= 0)) for a, b in pairwise(cuts)]


def _with_partners(blocks: list[Block], moved: np.ndarray) -> tuple[Block, ...]:
    into = {b.copy_start: number for number, b in enumerate(blocks) if b.status == MOVED_IN}
    partner = {}
    for number, block in enumerate(blocks):
        if block.status == MOVED_OUT:
            other = into[int(moved[block.original_start])]
            partner[number], partner[other] = other, number
    return tuple(
        Block(b.status, b.original_start, b.original_end, b.copy_start, b.copy_end, partner.get(number))
        for number, b in enumerate(blocks)
    )
