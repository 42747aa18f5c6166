"""What a page has of a document's figures, and how densely its words: form is not content (同类通报)."""

from __future__ import annotations

import numpy as np
from numba import njit

from shuju.text.alignment import GAP

NEAR_GAP = 200  # characters at most, on both sides, of what stands in the place of something else
AHEAD = 8  # numbers that are looked ahead for one
MOST_NUMBERS = 2048  # of a text that are looked at


@njit(nogil=True, cache=True)
def _numbers(text, first, end, out):
    """Put the runs of digits that begin in ``text[first:end]`` into ``out`` as numbers; return how many."""
    n, k = 0, first
    while k < end and n < len(out):
        if 48 <= text[k] <= 57 and (k == 0 or not 48 <= text[k - 1] <= 57):
            value = np.int64(0)
            while k < len(text) and 48 <= text[k] <= 57:
                value = value * 11 + text[k] - 47
                k += 1
            out[n] = value
            n += 1
        else:
            k += 1
    return n


@njit(nogil=True, cache=True)
def same_numbers(document, page, spans):
    """Return how many numbers of the document stand in the page at the same place, and how many do nowhere in it.

    Passages that follow each other in both texts, little between them, are one place.
    """
    ours, theirs, every = (
        np.empty(MOST_NUMBERS, np.int64),
        np.empty(MOST_NUMBERS, np.int64),
        np.empty(MOST_NUMBERS, np.int64),
    )
    n_page = _numbers(page, 0, len(page), every)
    if n_page == 0:
        return 0, 0
    every[:n_page].sort()
    kept = changed = 0
    k = 0
    while k < len(spans):
        last = k
        while last + 1 < len(spans):
            of_document, of_page = (
                spans[last + 1, 0] - spans[last, 1],
                spans[last + 1, 2] - spans[last, 3],
            )
            if not (0 <= of_document <= NEAR_GAP and 0 <= of_page <= NEAR_GAP):
                break
            if max(of_document, of_page) > 3 * min(of_document, of_page) + GAP:
                break  # something was cut or added, not changed
            last += 1
        n = _numbers(document, spans[k, 0], spans[last, 1], ours)
        m = _numbers(page, spans[k, 2], spans[last, 3], theirs)
        j = 0
        for i in range(n):
            at = j
            while at < min(m, j + AHEAD) and theirs[at] != ours[i]:
                at += 1
            if at < min(m, j + AHEAD):
                kept += 1
                j = at + 1
            elif every[min(n_page - 1, np.searchsorted(every[:n_page], ours[i]))] != ours[i]:
                changed += 1
        k = last + 1
    return kept, changed


@njit(nogil=True, cache=True)
def dense(spans):
    """Return which share of a text is in common where the passages are, the gaps between near ones included.

    Of either text, place by place, that where it is more: an insertion leaves the document dense, a cut the page.
    """
    hull = 0
    first = 0
    for k in range(len(spans)):
        is_last = k + 1 == len(spans)
        if not is_last:
            of_document, of_page = spans[k + 1, 0] - spans[k, 1], spans[k + 1, 2] - spans[k, 3]
            is_last = not (0 <= of_document <= NEAR_GAP and 0 <= of_page <= NEAR_GAP)
        if is_last:
            hull += min(spans[k, 1] - spans[first, 0], spans[k, 3] - spans[first, 2])
            first = k + 1
    return min(1.0, spans[:, 4].sum() / max(1, hull))
