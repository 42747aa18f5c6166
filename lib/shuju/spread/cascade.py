"""Cascades (传播链): who had a document from whom, as a tree a document.

Of the sites that carried it earlier, the likeliest parent of a copy is the one whose edits it shares, whom it names as its
source, or which stands above it. Method, measured quality and limits: docs/methods/cascade.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from shuju.spread.edits import PARTS, are_words, edit_marks, without_frames
from shuju.spread.kinds import REPRINT_KINDS, ROUND_UP
from shuju.text.plain import plain
from shuju.text.shingles import whole

COLUMNS = ("origin_id", "record_id", "parent_id", "confidence", "evidence", "flags")

# Nats: an added piece (or a cut) that one of two has and the other has not, for each of its ends; a title likewise.
PER_WORDS, PER_CUT, PER_TITLE = 2.0, 0.4, 3.0
PER_REGAINED = 3.0  # a part of the document that the copy has and its parent would not have
PER_ROUND_UP = 4.0  # a page of many documents is seldom what one copies a document from
NAMED, NAMED_ORIGIN = (
    4.0,
    0.4,
)  # the copy names the site; naming the origin is usual also where it came by another
# How likely a parent is by where it stands: the origin, the portal above, the province's portal, any other site.
# What is given here is where ``fit_habits`` begins.
RELATIONS = ("origin", "above", "top", "other")
HABITS = (2.0, 2.0, 0.5, -3.0)
FITTED_ON, ROUNDS = 3_000, 8  # documents
PER_DAY = 0.02  # older copies are a little less likely
_DAY = 86_400.0


@dataclass(frozen=True)
class Copies:
    """The copies of some documents, whole columns; what ``infer_edges`` needs to know of each.

    ``origin`` (the same number for all copies of one document, in order), ``site`` (a row of ``Places``), ``second`` (NaN:
    undated), ``named`` (the row of the site it names as its source, or -1), ``title`` (hash), its edit
    marks, and what it is missing (``edit_marks``).
    """

    origin: np.ndarray
    site: np.ndarray
    second: np.ndarray
    named: np.ndarray
    title: np.ndarray
    is_round_up: np.ndarray
    marks: np.ndarray
    starts: np.ndarray
    missing: np.ndarray


@dataclass(frozen=True)
class Places:
    """Where sites stand: the row of the portal above each (or -1), whether it is the province's portal, its kind (a number)."""

    above: np.ndarray
    is_top: np.ndarray
    kind: np.ndarray


def infer_cascade(reprints: pd.DataFrame, records: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Return for each copy whom it has the document from: origin_id, record_id, parent_id, confidence, evidence, flags.

    ``reprints`` as ``find_reprints`` gives them (rows of other kinds than reprints are left out); ``records`` holds the
    records and the origins: record_id, site_id, title, body, published_at, and may have content_source; ``sites`` has
    site_id, name, sponsor, level, kind, region_code. ``parent_id`` is null where nobody carried it before.
    ``confidence`` is the share of the chosen parent among all that were possible (0 to 1). ``evidence`` holds, joined
    by commas, ``edits``, ``title``, ``source``, ``level``, ``only``; ``flags`` holds ``undated``, ``before_origin``, ``contradiction``
    (names a source that carried it later or not at all).

    O(characters of the copies), and O(copies²) within a document.
    """
    reprints = reprints[reprints["kind"].isin(REPRINT_KINDS)].sort_values("origin_id", kind="stable")
    if reprints.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    by_id = pd.Series(np.arange(len(records)), index=records["record_id"])
    by_id = by_id[~by_id.index.duplicated()]
    page, document = (by_id.reindex(reprints[c]).to_numpy() for c in ("record_id", "origin_id"))
    if np.isnan(page.astype(float)).any() or np.isnan(document.astype(float)).any():
        raise ValueError("records 缺少 reprints 中的记录或原文")
    used, at = np.unique(np.concatenate([page, document]).astype(np.int64), return_inverse=True)
    used_records = records.iloc[used].reset_index(drop=True)
    page, document = at[: len(reprints)], at[len(reprints) :]
    texts = plain(used_records["body"])
    spans = [np.asarray(s, np.int32).reshape(-1, 4) for s in reprints["spans"]]
    bounds = np.concatenate([[0], np.cumsum([len(s) for s in spans])])
    marks, starts, missing = edit_marks(texts, texts, document, page, np.concatenate(spans), bounds)
    known = describe(used_records, sites)
    origin = pd.factorize(reprints["origin_id"])[0]
    marks, starts = without_frames(origin, marks, starts)
    copies = Copies(
        origin,
        known["site"][page],
        known["second"][page],
        known["named"][page],
        known["title"][page],
        reprints["kind"].eq(ROUND_UP).to_numpy(),
        marks,
        starts,
        missing,
    )
    heads = np.flatnonzero(np.diff(origin, prepend=-1))
    origins = Copies(
        np.arange(len(heads)), *(known[c][document[heads]] for c in ("site", "second", "named", "title")),
        np.zeros(len(heads), bool),
        marks[:0], np.zeros(len(heads) + 1, np.int64), missing[:0],
    )  # fmt: skip
    parent, confidence, evidence, flags = infer_edges(copies, origins, places_of(sites))
    ids = reprints["record_id"].to_numpy()
    parents = np.where(parent >= 0, ids[np.maximum(parent, 0)], reprints["origin_id"].to_numpy())
    return pd.DataFrame(
        {
            "origin_id": reprints["origin_id"].to_numpy(),
            "record_id": ids,
            "parent_id": np.where(parent == NOBODY, None, parents),
            "confidence": confidence,
            "evidence": evidence,
            "flags": flags,
        }
    )


EVIDENCE = ("edits", "title", "source", "level", "only")
FLAGS = ("undated", "before_origin", "contradiction")
ORIGIN, NOBODY = -1, -2


def describe(records: pd.DataFrame, sites: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return what ``Copies`` holds of records: site, second, named, title (whole columns)."""
    site_row = pd.Series(np.arange(len(sites)), index=sites["site_id"])
    moment = pd.to_datetime(records["published_at"]).to_numpy("datetime64[s]")
    second = np.where(np.isnat(moment), np.nan, moment.astype(np.int64))
    source = records["content_source"] if "content_source" in records else pd.Series([None] * len(records))
    return {
        "site": site_row.reindex(records["site_id"]).fillna(-1).to_numpy().astype(np.int64),
        "second": second,
        "named": named_sites(source, sites),
        "title": whole(plain(records["title"].astype("string").str.replace(r"\d", "", regex=True))),
    }


def named_sites(sources: pd.Series, sites: pd.DataFrame) -> np.ndarray:
    """Return the row of the site that each source names, by its name or its sponsor's; -1: none, or several."""
    names = pd.concat(
        [
            pd.Series(np.arange(len(sites)), index=whole(plain(sites[c], with_places=False)))
            for c in ("name", "sponsor")
        ]
    )
    names = names[names.index != 0]
    names = names.reset_index().drop_duplicates().set_index("index")[0]
    names = names[~names.index.duplicated(keep=False)]
    cleaned = sources.astype("string").str.replace(r"^\s*(来源|稿源|信息来源)[:：]", "", regex=True)
    return names.reindex(whole(plain(cleaned, with_places=False))).fillna(-1).to_numpy().astype(np.int64)


def places_of(sites: pd.DataFrame) -> Places:
    """Return where sites stand above each other: departments and counties under the portal of their prefecture."""
    is_portal = sites["kind"].isin(["prefecture_portal", "province_portal"]).to_numpy()
    region = sites["region_code"].fillna("").astype(str)
    portals = {code: k for k, code in enumerate(region) if is_portal[k]}
    top = next((k for k, kind in enumerate(sites["kind"]) if kind == "province_portal"), -1)
    prefecture = region.str[:4] + "00"
    above = np.array([portals.get(code, top) for code in prefecture])
    own = np.arange(len(sites))
    above = np.where(is_portal, top, above)
    is_official = ~sites["kind"].isin(["media", "outside"]).to_numpy()
    above = np.where((above == own) | ~is_official, -1, above)
    return Places(above.astype(np.int64), own == top, pd.factorize(sites["kind"])[0])


@dataclass(frozen=True)
class Node:
    """The possible parents of the copies of one document: matrices of copies × (origin, copies)."""

    text: np.ndarray  # nats for what edits, title, source and time tell
    relation: np.ndarray  # a row of RELATIONS, -1: not possible
    apart: np.ndarray
    is_other_title: np.ndarray
    is_named: np.ndarray
    flags: np.ndarray


def infer_edges(
    copies: Copies, origins: Copies, places: Places
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return for each copy: its parent (a row of ``copies``, ``ORIGIN`` or ``NOBODY``), confidence, evidence, flags.

    Documents one after another; within one, matrices of copies × copies.
    """
    n = len(copies.origin)
    parent, confidence = np.full(n, NOBODY), np.zeros(n)
    evidence, flags = np.full(n, "", object), np.full(n, "", object)
    habits = fit_habits(copies, origins, places)
    for first, end in pairwise(np.flatnonzero(np.diff(copies.origin, prepend=-1, append=-1))):
        node = _possible(copies, origins, places, first, end)
        found = _tree(node, habits[_kind(copies, places, first, end)], first)
        parent[first:end], confidence[first:end], evidence[first:end] = found
        flags[first:end] = node.flags
    return parent, confidence, evidence, flags


def fit_habits(copies: Copies, origins: Copies, places: Places) -> np.ndarray:
    """Return from whom sites of each kind usually have a document, in nats: (kinds, RELATIONS).

    A conditional logit fitted to the copies themselves by expectation and maximisation (Train 2009, ch. 14): what edits and
    sources tell of some copies says whom the others of their kind most likely copied. O(copies of ``FITTED_ON`` documents).
    """
    kinds = int(places.kind.max(initial=0)) + 2
    habits = np.tile(np.array(HABITS), (kinds, 1))
    edges = np.flatnonzero(np.diff(copies.origin, prepend=-1, append=-1))
    step = max(1, (len(edges) - 1) // FITTED_ON)
    sample = [
        (_possible(copies, origins, places, a, b), _kind(copies, places, a, b))
        for a, b in list(pairwise(edges))[::step]
    ]
    for _ in range(ROUNDS):
        seen, foreseen = np.full((2, kinds, len(RELATIONS)), 0.5)
        for node, kind in sample:
            prior = _shares(node, habits[kind], 0.0)
            posterior = _shares(node, habits[kind], node.text)
            for r in range(len(RELATIONS)):
                np.add.at(seen, (kind, r), np.where(node.relation == r, posterior, 0).sum(axis=1))
                np.add.at(foreseen, (kind, r), np.where(node.relation == r, prior, 0).sum(axis=1))
        habits += np.log(seen / foreseen)
        habits -= habits[:, :1] - HABITS[0]
    return habits


def _kind(copies: Copies, places: Places, first: int, end: int) -> np.ndarray:
    site = copies.site[first:end]
    return np.where(site >= 0, places.kind[np.maximum(site, 0)], places.kind.max(initial=0) + 1)


def _scores(node: Node, habits: np.ndarray, text: np.ndarray | float) -> np.ndarray:
    """Return the nats of each possible parent; sites of one relation share its habit among them."""
    by_relation = np.take_along_axis(habits, np.maximum(node.relation, 0), axis=1)
    n_others = np.maximum(1, (node.relation == len(RELATIONS) - 1).sum(axis=1))[:, None]
    by_relation = by_relation - np.where(node.relation == len(RELATIONS) - 1, np.log(n_others), 0)
    return np.where(node.relation >= 0, by_relation + text, -np.inf)


def _shares(node: Node, habits: np.ndarray, text: np.ndarray | float) -> np.ndarray:
    score = _scores(node, habits, text)
    weight = np.exp(score - score.max(axis=1, keepdims=True))
    return weight / weight.sum(axis=1, keepdims=True)


def _possible(copies: Copies, origins: Copies, places: Places, first: int, end: int) -> Node:
    of, size = copies.origin[first], end - first
    site = np.concatenate([[origins.site[of]], copies.site[first:end]])
    second = np.concatenate([[origins.second[of]], copies.second[first:end]])
    title = np.concatenate([[origins.title[of]], copies.title[first:end]])
    child, named = copies.site[first:end], copies.named[first:end]

    has, weight = _shared_marks(copies, first, end)
    own = (has * weight).sum(axis=1)
    apart = own[None, :] + own[1:, None] - 2 * ((has[1:] * weight) @ has.T)
    lacks = _missing(copies, first, end)
    regained = (1 - lacks[1:]) @ lacks.T
    apart = apart + PER_REGAINED * np.minimum(regained, 5)
    # A title that a copy made itself, and nobody took over, tells nothing of its parent.
    _, at, count = np.unique(title, return_inverse=True, return_counts=True)
    is_other_title = (title[1:, None] != title[None, :]) & (count[at[1:]] > 1)[:, None]
    is_named = (named[:, None] == site[None, :]) & (named >= 0)[:, None] & (named != child)[:, None]
    lag = second[1:, None] - second[None, :]
    text = -apart - PER_TITLE * is_other_title
    text += np.where(is_named, NAMED, 0.0) - PER_DAY * np.abs(np.nan_to_num(lag)) / _DAY
    text[:, 0] += np.where(is_named[:, 0], NAMED_ORIGIN - NAMED, 0.0)

    text[:, 1:] -= PER_ROUND_UP * copies.is_round_up[first:end]

    above = np.where(child >= 0, places.above[child], -1)
    relation = np.full((size, size + 1), RELATIONS.index("other"))
    relation[:, places.is_top[site] & (site >= 0)] = RELATIONS.index("top")
    relation[(above[:, None] == site[None, :]) & (above >= 0)[:, None]] = RELATIONS.index("above")
    relation[:, 0] = RELATIONS.index("origin")
    possible = (lag > 0) & (site[None, :] != child[:, None])
    possible[:, 0] = True  # an undated copy, and one dated before its origin, is still one
    relation[~possible] = -1
    says = {
        "undated": np.isnan(second[1:]),
        "before_origin": second[1:] < second[0],
        "contradiction": (named >= 0) & (named != child) & ~(is_named & possible).any(axis=1),
    }
    return Node(text, relation, apart, is_other_title, is_named, _joined(says, FLAGS, size))


def _tree(node: Node, habits: np.ndarray, first: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    score = _scores(node, habits, node.text)
    best, rows = score.argmax(axis=1), np.arange(len(score))
    confidence = _shares(node, habits, node.text)[rows, best]
    score[rows, best] = -np.inf
    runner = score.argmax(axis=1)
    is_only = ~np.isfinite(score[rows, runner])
    told = {
        "edits": (node.apart[rows, best] < node.apart[rows, runner]) & ~is_only,
        "title": node.is_other_title[rows, runner] & ~node.is_other_title[rows, best] & ~is_only,
        "source": node.is_named[rows, best],
        "level": node.relation[rows, best] == RELATIONS.index("above"),
        "only": is_only,
    }
    parent = np.where(best == 0, ORIGIN, first + best - 1)
    return parent, confidence, _joined(told, EVIDENCE, len(rows))


def _shared_marks(copies: Copies, first: int, end: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which node (the origin first) has which of the marks that more than one copy has, and their nats."""
    start, stop = copies.starts[first], copies.starts[end]
    node = np.repeat(np.arange(1, end - first + 1), np.diff(copies.starts[first : end + 1]))
    unique, mark, count = np.unique(copies.marks[start:stop], return_inverse=True, return_counts=True)
    shared = count[mark] > 1
    number = np.cumsum(count > 1) - 1
    has = np.zeros((end - first + 1, int((count > 1).sum())), np.float32)
    has[node[shared], number[mark[shared]]] = 1
    return has, np.where(are_words(unique[count > 1]), PER_WORDS, PER_CUT).astype(np.float32)


def _missing(copies: Copies, first: int, end: int) -> np.ndarray:
    """Return which node (the origin first) lacks which of the parts of the document."""
    lacks = np.zeros((end - first + 1, PARTS), np.float32)
    lacks[1:] = np.unpackbits(np.ascontiguousarray(copies.missing[first:end]).view(np.uint8), axis=1)
    return lacks


def _joined(told: dict[str, np.ndarray], names: tuple[str, ...], n: int) -> np.ndarray:
    joined = np.full(n, "", object)
    for name in names:
        joined = np.where(told[name], np.where(joined == "", name, joined + "," + name), joined)
    return joined


def generations(parent: np.ndarray) -> np.ndarray:
    """Return how many steps each copy is from its origin (1: from itself); 0 where nobody carried it before.

    ``parent`` as ``infer_edges`` gives it. O(copies × depth).
    """
    generation = np.where(parent == ORIGIN, 1, 0)
    while True:
        above = generation[np.maximum(parent, 0)]
        more = np.where((parent >= 0) & (above > 0), above + 1, generation)
        if np.array_equal(more, generation):
            return generation
        generation = more
