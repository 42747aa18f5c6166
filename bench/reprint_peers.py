"""Finders of near duplicates that one would use instead: each gives pairs of rows of two columns of texts.

All read runs of five characters without HTML, blanks and punctuation; 128 permutations.
"""

from __future__ import annotations

import re
from collections import defaultdict

import numpy as np
from datasketch import MinHash, MinHashLSH
from rensa import RMinHash, RMinHashLSH

PERMUTATIONS, RUN = 128, 5
_MARKUP = re.compile(r"<[^>]*>|&\w+;|[\W_]+")


def runs(text: str) -> list[str]:
    plain = _MARKUP.sub("", text or "").lower()
    return list({plain[k : k + RUN] for k in range(max(1, len(plain) - RUN + 1))})


def datasketch_signatures(texts: list[str]) -> list[MinHash]:
    found = []
    for text in texts:
        signature = MinHash(PERMUTATIONS)
        signature.update_batch([run.encode() for run in runs(text)])
        found.append(signature)
    return found


def datasketch_pairs(first: list[MinHash], second: list[MinHash], threshold: float) -> set[tuple[int, int]]:
    index = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
    for k, signature in enumerate(first):
        index.insert(k, signature)
    return {
        (k, row)
        for row, signature in enumerate(second)
        for k in index.query(signature)
        if first[k].jaccard(signature) >= threshold
    }


def rensa_signatures(texts: list[str]) -> list[RMinHash]:
    found = []
    for text in texts:
        signature = RMinHash(PERMUTATIONS, 42)
        signature.update(runs(text))
        found.append(signature)
    return found


def rensa_pairs(first: list[RMinHash], second: list[RMinHash], threshold: float) -> set[tuple[int, int]]:
    index = RMinHashLSH(threshold, PERMUTATIONS, _bands(threshold))
    for k, signature in enumerate(first):
        index.insert(k, signature)
    return {
        (k, row)
        for row, signature in enumerate(second)
        for k in index.query(signature)
        if first[k].jaccard(signature) >= threshold
    }


def text_dedup_pairs(first: list[RMinHash], second: list[RMinHash], threshold: float) -> set[tuple[int, int]]:
    """Bands and union-find, no check of the candidates: what text-dedup's MinHash does."""
    digests = np.array([s.digest() for s in [*first, *second]], np.uint64)
    width = PERMUTATIONS // _bands(threshold)
    root = list(range(len(digests)))

    def find(k: int) -> int:
        while root[k] != k:
            root[k] = root[root[k]]
            k = root[k]
        return k

    for start in range(0, PERMUTATIONS - width + 1, width):
        seen: dict[bytes, int] = {}
        for k, row in enumerate(np.ascontiguousarray(digests[:, start : start + width])):
            other = seen.setdefault(row.tobytes(), k)
            a, b = find(k), find(other)
            root[max(a, b)] = min(a, b)
    groups = defaultdict(list)
    for k in range(len(digests)):
        groups[find(k)].append(k)
    n = len(first)
    return {(a, b - n) for group in groups.values() for a in group if a < n for b in group if b >= n}


def _bands(threshold: float) -> int:
    """Return the number of bands whose S-curve turns nearest to the threshold."""
    return min(
        (2, 4, 8, 16, 32, 64), key=lambda bands: abs((1 / bands) ** (bands / PERMUTATIONS) - threshold)
    )
