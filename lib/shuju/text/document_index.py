"""The index of documents (原文索引): which of them share sampled shingles with a page.

An inverted index in arrays: a hash table from shingle to its list of documents, before it a bitmap that
turns away most shingles of most pages. A shingle that too many documents have is a phrase of the office
language and says nothing of who copied whom: it is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from shuju.text.plain import Plain
from shuju.text.shingles import shingles

MOST_DOCUMENTS = 128
AT_LEAST = 3  # shared shingles; fewer only of a document that has no more
SHARE = 0.1  # of the shingles of the shorter of the two
OF_DOCUMENT, OF_PAGE = 0.125, 0.25  # of the shingles of a match
MOST_CANDIDATES = 24  # documents a page


@dataclass(frozen=True)
class DocumentIndex:
    """``size`` (int32) counts the indexed shingles of each document; the rest is for ``candidates``."""

    size: np.ndarray
    bitmap: np.ndarray
    slots: np.ndarray
    starts: np.ndarray
    documents: np.ndarray

    def __len__(self) -> int:
        return len(self.size)


def index_documents(texts: Plain, most_documents: int = MOST_DOCUMENTS) -> DocumentIndex:
    """Return the index of documents; shingles of more than ``most_documents`` of them are left out.

    O(s log s) in the sampled shingles, 30 bytes each.
    """
    hashes, starts = shingles(texts)
    documents = np.repeat(np.arange(len(texts), dtype=np.int32), np.diff(starts))
    order = np.argsort(hashes, kind="stable")
    hashes, documents = hashes[order], documents[order]
    is_again = (hashes[1:] == hashes[:-1]) & (documents[1:] == documents[:-1])
    once = np.concatenate([[True], ~is_again]) if len(hashes) else np.zeros(0, bool)
    hashes, documents = hashes[once], documents[once]
    edges = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]])) if len(hashes) else hashes
    counts = np.diff(np.append(edges, len(hashes))).astype(np.int64)
    kept = counts <= most_documents
    documents = documents[np.repeat(kept, counts)]
    unique, counts = hashes[edges[kept].astype(np.int64)], counts[kept]
    bits = max(6, int(np.ceil(np.log2(2 * len(unique) + 1))))
    slots, places, bitmap = _fill(unique, bits)
    first = np.concatenate([[0], np.cumsum(counts)])
    starts = np.zeros((len(slots), 2), np.int32)
    starts[places, 0], starts[places, 1] = first[:-1], first[1:]
    size = np.bincount(documents, minlength=len(texts)).astype(np.int32)
    return DocumentIndex(size, bitmap, slots, starts, documents)


def candidates(index: DocumentIndex, texts: Plain) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the pairs worth a closer look: page, document, expected; by page, most shared first.

    ``expected`` is the shared shingles by what a quarter of the document or half of the page has, if every other shingle is spoilt
    by slips: 1 or more where the pair may well be a match.

    A page and a document share at least ``AT_LEAST`` shingles and ``SHARE`` of the fewer shingles of the two. O(shingles of
    the pages + documents hit), without the GIL.
    """
    hashes, starts = shingles(texts)
    if not len(index.slots) or not len(index):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    found = _candidates(
        hashes, starts, index.bitmap, index.slots, index.starts, index.documents, index.size,
        AT_LEAST, SHARE, MOST_CANDIDATES,
    )  # fmt: skip
    page, document, shared = found[:, 0], found[:, 1], found[:, 2]
    least = np.minimum(OF_DOCUMENT * index.size[document], OF_PAGE * np.diff(starts)[page])
    return page, document, shared / np.maximum(1.0, least)


@njit(nogil=True, cache=True)
def _fill(unique, bits):
    mask = np.uint64((1 << bits) - 1)
    slots = np.zeros(1 << bits, np.uint64)
    places = np.empty(len(unique), np.int64)
    bitmap = np.zeros(max(1, (1 << (bits + 3)) >> 6), np.uint64)
    for k in range(len(unique)):
        # The lowest bits of a sampled hash are all alike.
        at = (unique[k] >> np.uint64(8)) & mask
        while slots[at] != 0:
            at = (at + np.uint64(1)) & mask
        slots[at] = unique[k]
        places[k] = at
        bit = (unique[k] >> np.uint64(8)) & np.uint64((1 << (bits + 3)) - 1)
        bitmap[bit >> np.uint64(6)] |= np.uint64(1) << (bit & np.uint64(63))
    return slots, places, bitmap


@njit(nogil=True, cache=True)
def _candidates(hashes, starts, bitmap, slots, lists, documents, size, at_least, share, most):
    slot_mask = np.uint64(len(slots) - 1)
    bit_mask = np.uint64(len(bitmap) * 64 - 1)
    counts = np.zeros(len(size), np.int32)
    touched = np.empty(len(size), np.int32)
    found = np.empty((1024, 3), np.int64)
    n = 0
    for row in range(len(starts) - 1):
        n_touched = 0
        for k in range(starts[row], starts[row + 1]):
            hashed = hashes[k]
            bit = (hashed >> np.uint64(8)) & bit_mask
            if not bitmap[bit >> np.uint64(6)] >> (bit & np.uint64(63)) & np.uint64(1):
                continue
            at = (hashed >> np.uint64(8)) & slot_mask
            while slots[at] != hashed and slots[at] != 0:
                at = (at + np.uint64(1)) & slot_mask
            if slots[at] == 0:
                continue
            for p in range(lists[at, 0], lists[at, 1]):
                document = documents[p]
                if counts[document] == 0:
                    touched[n_touched] = document
                    n_touched += 1
                counts[document] += 1
        n_page = starts[row + 1] - starts[row]
        n_kept = 0
        for t in range(n_touched):
            document = touched[t]
            shared = min(counts[document], size[document])
            need = max(min(at_least, size[document]), share * min(n_page, size[document]))
            if shared >= need:
                touched[n_kept] = document
                n_kept += 1
            else:
                counts[document] = 0
        if n_kept > 0:
            kept = touched[:n_kept].copy()
            order = np.argsort(-counts[kept].astype(np.int64), kind="mergesort")
            if n + n_kept > len(found):
                more = np.empty((2 * len(found) + n_kept, 3), np.int64)
                more[:n] = found[:n]
                found = more
            for t in range(min(n_kept, most)):
                document = kept[order[t]]
                found[n, 0], found[n, 1], found[n, 2] = row, document, counts[document]
                n += 1
            counts[kept] = 0
    return found[:n].copy()
