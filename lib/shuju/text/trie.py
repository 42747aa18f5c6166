"""A trie of names as a hash table of (node, character), for kernels: the longest name that begins at a place of a text.

Source: A. Aho and M. Corasick, Efficient string matching, CACM 1975 (here without failure links: names
are short, and most characters begin none).
"""

from __future__ import annotations

from collections.abc import Sequence

import numba as nb
import numpy as np


def trie(names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return ``keys``, ``nodes`` and ``names_at`` (-1: no name ends here) of a trie; node 0 is its root."""
    children: dict[tuple[int, int], int] = {}
    ends: dict[int, int] = {}
    for n, name in enumerate(names):
        node = 0
        for character in name:
            node = children.setdefault((node, ord(character)), len(children) + 1)
        ends[node] = n
    size = 1 << (4 * len(children)).bit_length()
    keys, nodes = np.zeros(size, np.uint64), np.zeros(size, np.int32)
    pairs = np.array([parent << 32 | code for parent, code in children], np.uint64)
    _fill(pairs, np.array(list(children.values()), np.int32), keys, nodes)
    names_at = np.full(len(children) + 1, -1, np.int32)
    names_at[list(ends)] = list(ends.values())
    return {"keys": keys, "nodes": nodes, "names_at": names_at}


@nb.njit(cache=True, inline="always")
def _slot(key, size):
    return np.int64(((key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)) & np.uint64(size - 1))


@nb.njit(cache=True)
def _fill(pairs, values, keys, nodes):
    for n in range(len(pairs)):
        at = _slot(pairs[n], len(keys))
        while keys[at] != 0:
            at = (at + 1) & (len(keys) - 1)
        keys[at], nodes[at] = pairs[n], values[n]


@nb.njit(cache=True, nogil=True)
def step(keys, nodes, node, code):
    """Return the node that a character leads to, 0 if there is none."""
    key = np.uint64(node) << np.uint64(32) | np.uint64(code)
    at = _slot(key, len(keys))
    while keys[at] != 0:
        if keys[at] == key:
            return nodes[at]
        at = (at + 1) & (len(keys) - 1)
    return 0


@nb.njit(cache=True, nogil=True)
def longest(keys, nodes, names_at, characters, at, end):
    """Return the number of the longest name that begins at ``at``, and where it stops; -1 and the next place if none."""
    node, best, stop, k = 0, -1, at + 1, at
    while k < end:
        node = step(keys, nodes, node, characters[k])
        if node == 0:
            break
        k += 1
        if names_at[node] >= 0:
            best, stop = names_at[node], k
    return best, stop
