"""Which of many names stand in which texts: one pass over UTF-8 bytes along the trie of the gazetteer."""

from __future__ import annotations

from collections.abc import Mapping

import numba as nb
import numpy as np
import pyarrow as pa

from shuju.text.buffers import utf8
from shuju.text.gazetteer import step


def occurrences(
    texts: pa.Array | pa.ChunkedArray, tree: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of texts and numbers of all names (of ``gazetteer.trie``) that stand in them, each pair once, in order.

    Names may overlap. Null holds none. O(bytes), and the characters of names that begin in them; without the GIL.
    """
    offsets, data, texts = utf8(texts)
    keys = tree["keys"]
    begins = np.zeros(0x110000, np.bool_)
    begins[keys[keys < 1 << 32].astype(np.int64)] = True  # the root is node 0
    row, name = _occurrences(offsets, data, begins, keys, tree["nodes"], tree["names_at"])
    kept = np.asarray(texts.is_valid())[row]
    n_names = int(tree["names_at"].max(initial=0)) + 1
    return np.divmod(np.unique(row[kept] * n_names + name[kept]), n_names)


@nb.njit(cache=True, inline="always")
def _character(data, at):
    """Return the code point at a byte and the next one's byte; a byte that begins none counts for itself."""
    byte = np.int64(data[at])
    length = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2 if byte >= 0xC0 else 1
    if length == 1 or at + length > len(data):
        return byte, at + 1
    code = byte & (0xFF >> (length + 1))
    for k in range(1, length):
        code = code << 6 | (np.int64(data[at + k]) & 0x3F)
    return min(code, 0x10FFFF), at + length


@nb.njit(cache=True, nogil=True)
def _occurrences(offsets, data, begins, keys, nodes, names_at):
    size = 1024
    rows, names = np.empty(size, np.int64), np.empty(size, np.int64)
    n = 0
    for row in range(len(offsets) - 1):
        at, end = offsets[row], offsets[row + 1]
        while at < end:
            code, after = _character(data, at)
            at = after
            if not begins[code]:
                continue
            node = step(keys, nodes, 0, code)
            while node:
                if names_at[node] >= 0:
                    if n == size:
                        size *= 2
                        rows, names = _grown(rows, size), _grown(names, size)
                    rows[n], names[n] = row, names_at[node]
                    n += 1
                if after >= end:
                    break
                code, after = _character(data, after)
                node = step(keys, nodes, node, code)
    return rows[:n], names[:n]


@nb.njit(cache=True, nogil=True)
def _grown(values, size):
    longer = np.empty(size, values.dtype)
    longer[: len(values)] = values
    return longer
