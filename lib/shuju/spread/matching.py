"""Matching (比对): candidate pairs are aligned, and every passage of a page is given to one document only.

A page may hold several documents (a round-up), and several documents may hold the same sentences (the notice of
every year). The document that explains most of a page takes its passages; another is kept only for what is
then left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from shuju.spread.figures import dense, same_numbers
from shuju.text.alignment import GAP, LEAST, covered, passages, seed_table
from shuju.text.plain import Plain

LONG = 80  # characters in common that make a passage solid: no phrase of the office language is as long
ENOUGH = 0.25  # of a document in solid passages
SENTENCE = 60  # characters: of a sentence that was worded anew
DENSE = 0.6  # of the characters from the first to the last passage around changed sentences
MOSTLY = 0.5  # of a page in solid passages
REORDERED = 0.8  # of both texts, in passages however short: sentences in another order
SAME_TITLE_SHARE = 0.04  # of either text, where the titles are the same
# Another government's document on the subject is made of many short passages: diffusion, not a reprint.
PATCHES, PATCH, PATCHED = (
    8,
    64,
    0.75,
)  # passages at least, characters of each and share of the shorter text below that
ALIKE = 0.97  # documents that explain nearly as much of a page as the best are told apart by title and time
NEAR_DAYS = 120.0  # of two alike documents this near to each other the earlier is the origin

FEATURES = (
    "containment", "of_page", "solid", "kept", "replaced", "slips", "head", "tail", "inserted", "n_passages", "moved", "same_title",
    "common", "dense", "numbers_kept", "numbers_changed", "patched",
)  # fmt: skip


@dataclass(frozen=True)
class Texts:
    """Documents or pages to be compared: bodies, titles, days since 1970 (NaN if unknown)."""

    bodies: Plain
    titles: Plain
    day: np.ndarray
    number: np.ndarray  # of the record, so that none is matched with itself


@dataclass(frozen=True)
class Matches:
    """One entry a match: document and page (rows), ``features`` (n, len(FEATURES)) in characters or shares, and the
    passages ``spans[bounds[k]:bounds[k + 1]]`` (document from, to, page from, to, common; characters).
    """

    document: np.ndarray
    page: np.ndarray
    features: np.ndarray
    spans: np.ndarray
    bounds: np.ndarray

    def feature(self, name: str) -> np.ndarray:
        """Return one feature of all matches."""
        return self.features[:, FEATURES.index(name)]


def match(
    documents: Texts, pages: Texts, page: np.ndarray, document: np.ndarray, expected: np.ndarray
) -> Matches:
    """Return the matches among candidate pairs, which are grouped by page.

    ``expected`` is how likely a pair is a match by its shingles: those that it shares, as a share of what a match has at least. Below 1
    a pair is held against each other only where the titles are the same. O(characters of the pairs), without the GIL.
    """
    found = _match(
        documents.bodies.characters, documents.bodies.bounds, documents.titles.characters, documents.titles.bounds,
        documents.day, documents.number,
        pages.bodies.characters, pages.bodies.bounds, pages.titles.characters, pages.titles.bounds,
        pages.day, pages.number,
        page.astype(np.int64), document.astype(np.int64), expected,
    )  # fmt: skip
    return Matches(*found)


@njit(nogil=True, cache=True)
def same_title(a, b):
    """Tell whether two titles (characters) say the same, one perhaps with a few words around it."""
    if len(a) > len(b):
        a, b = b, a
    if len(a) == 0 or len(a) < 0.6 * len(b) or (len(a) < 4 and len(a) < len(b)):
        return False
    for start in range(len(b) - len(a) + 1):
        k = 0
        while k < len(a) and a[k] == b[start + k]:
            k += 1
        if k == len(a):
            return True
    return False


@njit(nogil=True, cache=True)
def _unclaimed(spans, claimed):
    """Return the passages of which at least half is unclaimed, with what is left in common."""
    kept = spans.copy()
    n = 0
    for k in range(len(spans)):
        first, end = spans[k, 2], spans[k, 3]
        free = 0
        for j in range(first, end):
            free += not claimed[j]
        if 2 * free >= end - first:
            kept[n] = spans[k]
            kept[n, 4] = min(spans[k, 4], free)
            n += 1
    return kept[:n]


@njit(nogil=True, cache=True)
def _solid(spans, n_document, n_page):
    """Return the characters in common of the solid passages; those around a changed sentence count as one."""
    long = min(LONG, max(LEAST, int(0.3 * min(n_document, n_page))))
    solid = first = 0
    for k in range(len(spans)):
        is_last = k + 1 == len(spans)
        if not is_last:
            of_document, of_page = spans[k + 1, 0] - spans[k, 1], spans[k + 1, 2] - spans[k, 3]
            is_last = min(of_document, of_page) < 0 or max(of_document, of_page) > SENTENCE
            is_last = is_last or max(of_document, of_page) > 2 * min(of_document, of_page) + GAP
        if is_last:
            common = spans[first : k + 1, 4].sum()
            if common >= long and common >= DENSE * (spans[k, 3] - spans[first, 2]):
                solid += common
            first = k + 1
    return solid


@njit(nogil=True, cache=True)
def _features(spans, n_document, n_page, is_same_title, out):
    common = replaced = inserted = spanned = moved = 0
    for k in range(len(spans)):
        common += spans[k, 4]
        spanned += spans[k, 3] - spans[k, 2]
        if k > 0:
            of_document, of_page = spans[k, 0] - spans[k - 1, 1], spans[k, 2] - spans[k - 1, 3]
            moved += of_document < -GAP
            if of_document > 0 and of_page > 0:
                replaced += min(of_document, 2 * of_page)
                inserted += max(0, of_page - 2 * of_document)
            else:
                inserted += max(0, of_page)
    cover = covered(spans, n_document)
    out[0] = min(1.0, cover / max(1, n_document))
    out[1] = min(1.0, common / max(1, n_page))
    out[2] = _solid(spans, n_document, n_page)
    out[3] = min(1.0, (cover + replaced) / max(1, n_document))
    out[4], out[5] = replaced, spanned - common
    out[6] = spans[0, 2] if len(spans) else n_page
    out[7] = n_page - spans[-1, 3] if len(spans) else 0
    out[8], out[9], out[10], out[11] = inserted, len(spans), moved, is_same_title
    out[12], out[13] = common, dense(spans) if len(spans) else 0.0


@njit(nogil=True, cache=True)
def _is_match(spans, n_document, n_page, is_same_title):
    """Tell whether a page has a document's words (1), speaks of its subject in many short passages (2), or neither (0)."""
    common = spans[:, 4].sum()
    if is_same_title:
        return 1 if common >= max(LEAST, SAME_TITLE_SHARE * min(n_document, n_page)) else 0
    if common < PATCHED * min(n_document, n_page) and len(spans) >= PATCHES and common < PATCH * len(spans):
        return 2 if common >= ENOUGH * min(n_document, n_page) else 0
    if common >= REORDERED * max(n_document, n_page):
        return 1
    solid = _solid(spans, n_document, n_page)
    return 1 if solid >= ENOUGH * n_document or (solid >= MOSTLY * n_page and solid >= LEAST) else 0


@njit(nogil=True, cache=True)
def _is_nearer(day, other, page):
    """Tell whether a document of ``day`` is likelier the origin of a page than one of ``other``, texts being alike."""
    if np.isnan(day) or np.isnan(other) or np.isnan(page):
        return not np.isnan(day) and np.isnan(other)
    if (day > page) != (other > page):
        return other > page
    if day > page or abs(day - other) <= NEAR_DAYS:
        return day < other
    return day > other


@njit(nogil=True, cache=True)
def _best(left, scores, titles, days, page_day):
    """Return the candidate that explains most of what is left of a page; -1 where none does."""
    most = 0.0
    for c in range(len(scores)):
        if left[c] and scores[c] > most:
            most = scores[c]
    best = -1
    for c in range(len(scores)):
        if not left[c] or most == 0 or scores[c] < ALIKE * most:
            continue
        if best < 0 or (
            (titles[c] and not titles[best])
            or (titles[c] == titles[best] and _is_nearer(days[c], days[best], page_day))
        ):
            best = c
    return best


@njit(nogil=True, cache=True)
def _match(
    d_characters, d_bounds, t_characters, t_bounds, d_day, d_number,
    p_characters, p_bounds, q_characters, q_bounds, p_day, p_number,
    page_of, document_of, expected,
):  # fmt: skip
    n = len(page_of)
    kept = np.empty((n, 2), np.int64)
    features = np.zeros((n, len(FEATURES)))
    bounds = np.zeros(n + 1, np.int64)
    spans = np.empty((1024, 5), np.int32)
    n_kept = n_spans = 0
    first = 0
    while first < n:
        end = first
        page = page_of[first]
        while end < n and page_of[end] == page:
            end += 1
        text = p_characters[p_bounds[page] : p_bounds[page + 1]]
        title = q_characters[q_bounds[page] : q_bounds[page + 1]]
        size = end - first
        aligned = [np.empty((0, 5), np.int32) for _ in range(size)]
        scores, days = np.zeros(size), np.empty(size)
        titles, left = np.zeros(size, np.bool_), np.ones(size, np.bool_)
        for c in range(size):
            document = document_of[first + c]
            if d_number[document] == p_number[page]:
                left[c] = False
                continue
            titles[c] = same_title(t_characters[t_bounds[document] : t_bounds[document + 1]], title)
            if not titles[c] and expected[first + c] < 1:
                left[c] = False
                continue
            of = d_characters[d_bounds[document] : d_bounds[document + 1]]
            head, after = seed_table(of)
            aligned[c] = passages(of, text, head, after)
            scores[c] = aligned[c][:, 4].sum()
            days[c] = d_day[document]
        claimed = np.zeros(len(text), np.bool_)
        has_patched = False
        while True:
            c = _best(left, scores, titles, days, p_day[page])
            if c < 0:
                break
            left[c] = False
            document = document_of[first + c]
            n_document = d_bounds[document + 1] - d_bounds[document]
            own = aligned[c]
            matched = _is_match(own, n_document, len(text), titles[c])
            if matched == 0 or (matched == 2 and has_patched):
                continue
            has_patched |= matched == 2
            kept[n_kept, 0], kept[n_kept, 1] = document, page
            _features(own, n_document, len(text), titles[c], features[n_kept])
            of = d_characters[d_bounds[document] : d_bounds[document + 1]]
            features[n_kept, 14], features[n_kept, 15] = same_numbers(of, text, own)
            features[n_kept, 16] = matched == 2
            if n_spans + len(own) > len(spans):
                more = np.empty((2 * len(spans) + len(own), 5), np.int32)
                more[:n_spans] = spans[:n_spans]
                spans = more
            spans[n_spans : n_spans + len(own)] = own
            n_spans += len(own)
            n_kept += 1
            bounds[n_kept] = n_spans
            if matched == 2:  # it takes no passages from others
                continue
            for k in range(len(own)):
                claimed[own[k, 2] : own[k, 3]] = True
            for other in range(size):
                if left[other]:
                    aligned[other] = _unclaimed(aligned[other], claimed)
                    scores[other] = aligned[other][:, 4].sum()
        first = end
    return (
        kept[:n_kept, 0].copy(), kept[:n_kept, 1].copy(), features[:n_kept].copy(),
        spans[:n_spans].copy(), bounds[: n_kept + 1].copy(),
    )  # fmt: skip
