"""Cascades (传播链): from whom each copy of a document was taken, one tree per document.

The likeliest parent of a copy is an earlier carrier whose edits it shares, whom it names as its source, or which stands
above it. Method, measured quality and limits: docs/methods/cascade.md.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuju.spread.edits import Edits, edit_marks, without_frames
from shuju.spread.kinds import REPRINT_KINDS, ROUND_UP
from shuju.spread.parents import NOBODY, Copies, Places, generations, infer_parents
from shuju.text.plain import plain
from shuju.text.shingles import whole

EDGE = ("parent_id", "confidence", "evidence", "flags", "generation")
COLUMNS = ("origin_id", "record_id", *EDGE)
_NUMBER, _SAYS_SOURCE = r"\p{Nd}", r"^\s*(来源|稿源|信息来源)[:：]"


def infer_cascade(reprints: pd.DataFrame, records: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Return the parent of each copy: origin_id, record_id, and the columns of ``edges_of``.

    ``reprints`` as ``find_reprints`` gives them (rows of other kinds than reprints are left out); ``records`` holds the
    records and the origins: record_id, site_id, title, body, published_at, and may have content_source; ``sites`` has
    site_id, name, sponsor, level, kind, region_code.

    O(characters of the copies), and O(copies²) within a document.

    Raises:
        ValueError: ``records`` lacks a record or an origin of ``reprints``.
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
    edits = edit_marks(texts, texts, document, page, np.concatenate(spans), bounds)
    copies = used_records.take(page).assign(
        origin_id=reprints["origin_id"].to_numpy(), kind=reprints["kind"].to_numpy()
    )
    edges = edges_of(copies, used_records.take(document), edits, sites)
    ids = reprints[["origin_id", "record_id"]].reset_index(drop=True)
    return pd.concat([ids, edges], axis=1)[list(COLUMNS)]


def edges_of(copies: pd.DataFrame, origins: pd.DataFrame, edits: Edits, sites: pd.DataFrame) -> pd.DataFrame:
    """Return the parent of each copy and the evidence for it; one row per copy, columns ``EDGE``.

    ``copies`` (origin_id, record_id, kind, site_id, title, published_at, and perhaps content_source) stand together by
    ``origin_id``; ``origins`` holds the document of each, row by row; ``edits`` is what each did to it.

    ``parent_id`` is null where nobody carried it before. ``confidence`` is the share of the chosen parent among all
    that were possible (0 to 1). ``evidence`` holds, joined by commas, ``edits``, ``title``, ``source``, ``level``,
    ``only``; ``flags`` holds ``undated``, ``before_origin``, ``contradiction`` (names a source that carried it later or
    not at all). ``generation`` counts the steps from the origin. O(copies²) within a document.
    """
    numbers = pd.factorize(copies["origin_id"])[0]
    heads = np.flatnonzero(np.diff(numbers, prepend=-1))
    is_round_up = copies["kind"].eq(ROUND_UP).to_numpy()
    found = infer_parents(
        Copies(numbers, *_describe(copies, sites), is_round_up, without_frames(numbers, edits)),
        Copies(
            np.arange(len(heads)),
            *_describe(origins.iloc[heads], sites),
            np.zeros(len(heads), bool),
            Edits.none(len(heads)),
        ),
        places_of(sites),
    )
    parent, confidence, evidence, flags = found
    above = np.where(
        parent >= 0,
        copies["record_id"].to_numpy(object)[np.maximum(parent, 0)],
        copies["origin_id"].to_numpy(object),
    )
    return pd.DataFrame(
        {
            "parent_id": np.where(parent == NOBODY, None, above),
            "confidence": confidence,
            "evidence": evidence,
            "flags": flags,
            "generation": generations(parent),
        }
    )


def _describe(
    records: pd.DataFrame, sites: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return what ``Copies`` holds of records: site, second, named, title (whole columns)."""
    site_row = pd.Series(np.arange(len(sites)), index=sites["site_id"])
    moment = pd.to_datetime(records["published_at"]).to_numpy("datetime64[s]")
    source = records["content_source"] if "content_source" in records else pd.Series([None] * len(records))
    return (
        site_row.reindex(records["site_id"]).fillna(-1).to_numpy().astype(np.int64),
        np.where(np.isnat(moment), np.nan, moment.astype(np.int64)),
        named_sites(source, sites),
        whole(plain(_without(_NUMBER, records["title"]), with_places=False)),
    )


def named_sites(sources: pd.Series, sites: pd.DataFrame) -> np.ndarray:
    """Return the row of the site that each source names (by its own or its sponsor's name); -1 if none or several."""
    names = pd.concat(
        [
            pd.Series(np.arange(len(sites)), index=whole(plain(sites[c], with_places=False)))
            for c in ("name", "sponsor")
        ]
    )
    names = names[names.index != 0]
    names = names.reset_index().drop_duplicates().set_index("index")[0]
    names = names[~names.index.duplicated(keep=False)]
    at, told = pd.factorize(sources, use_na_sentinel=False)  # many copies name few sources
    told = whole(plain(_without(_SAYS_SOURCE, pd.Series(told)), with_places=False))
    return names.reindex(told).fillna(-1).to_numpy().astype(np.int64)[at]


def _without(pattern: str, texts: pd.Series) -> pa.Array | pa.ChunkedArray:
    """Return texts without what matches an RE2 pattern."""
    return pc.replace_substring_regex(pa.array(texts.astype("string"), pa.large_string()), pattern, "")


def places_of(sites: pd.DataFrame) -> Places:
    """Return the hierarchy of sites: departments and counties stand under the portal of their prefecture."""
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
