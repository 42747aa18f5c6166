"""Which of many names stand in which texts: one pass over UTF-8 bytes along the trie of the gazetteer."""

from __future__ import annotations

from collections.abc import Mapping

import numba as nb
import numpy as np
import pyarrow as pa

from shuju.text.buffers import utf8
from shuju.text.trie import step

PAIRS = 1 << 16


def occurrences(
    texts: pa.Array | pa.ChunkedArray, tree: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of texts and numbers of all names (of ``trie.trie``) that stand in them, each pair once, in order.

    Names may overlap. Null holds none. O(bytes), and the characters of names that begin in them; without the GIL.
    """
    offsets, data, texts = utf8(texts)
    starts, room, n = _starts(tree), -1, len(texts)
    while n > room:  # a second time where more was found than there was room for
        room = n
        row, name = np.zeros(room, np.int64), np.zeros(room, np.int64)
        n = _occurrences(offsets, data, *starts, tree["keys"], tree["nodes"], tree["names_at"], row, name)
    row, name = row[:n], name[:n]
    kept = np.asarray(texts.is_valid())[row]
    n_names = int(tree["names_at"].max(initial=0)) + 1
    return np.divmod(np.unique(row[kept] * n_names + name[kept]), n_names)


def _starts(tree: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return which characters are names, and which pairs may begin one (by ``_pair``): most places end there."""
    used = tree["keys"] != 0
    keys, nodes = tree["keys"][used], tree["nodes"][used]
    parent, code = (keys >> np.uint64(32)).astype(np.int64), (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
    is_first = parent == 0  # the root is node 0
    is_name = np.zeros(0x110000, np.bool_)
    is_name[code[is_first & (tree["names_at"][nodes] >= 0)]] = True
    first = np.full(len(tree["names_at"]), -1, np.int64)
    first[nodes[is_first]] = code[is_first]
    is_second = ~is_first & (first[parent] >= 0)
    begins = np.zeros(PAIRS, np.bool_)
    begins[_pair(first[parent[is_second]], code[is_second])] = True
    return is_name, begins


@nb.njit(cache=True, inline="always")
def _pair(one, other):
    return (one * 31 + other * 4099) & (PAIRS - 1)


@nb.njit(cache=True, inline="always")
def _character(data, at):
    """Return the code point at a byte and the next one's byte; a byte that begins none counts for itself."""
    byte = np.int64(data[at])
    if byte < 0xC0:
        return byte, at + 1
    if 0xE0 <= byte < 0xF0 and at + 2 < len(data):
        return (byte & 15) << 12 | (np.int64(data[at + 1]) & 63) << 6 | np.int64(data[at + 2]) & 63, at + 3
    if byte < 0xE0 and at + 1 < len(data):
        return (byte & 31) << 6 | np.int64(data[at + 1]) & 63, at + 2
    if byte >= 0xF0 and at + 3 < len(data):
        code = (byte & 7) << 18 | (np.int64(data[at + 1]) & 63) << 12
        code |= (np.int64(data[at + 2]) & 63) << 6 | np.int64(data[at + 3]) & 63
        return min(code, 0x10FFFF), at + 4
    return byte, at + 1


@nb.njit(cache=True, nogil=True)
def _occurrences(offsets, data, is_name, begins, keys, nodes, names_at, rows, names):
    """Write as many as there is room for, and return how many there are; arrays that grow would cost most of the time."""
    n = 0
    for row in range(len(offsets) - 1):
        at, end = offsets[row], offsets[row + 1]
        if at == end:
            continue
        code, after = _character(data, at)
        while at < end:
            first = code
            at = after
            if after < end:
                code, after = _character(data, after)
                if not (begins[_pair(first, code)] or is_name[first]):
                    continue
            elif not is_name[first]:
                continue
            node, next_at = step(keys, nodes, 0, first), at
            while node:
                if names_at[node] >= 0:
                    if n < len(rows):
                        rows[n], names[n] = row, names_at[node]
                    n += 1
                if next_at >= end:
                    break
                following, next_at = _character(data, next_at)
                node = step(keys, nodes, node, following)
    return n
