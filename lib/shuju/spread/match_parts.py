"""Matches of pages with origins (转载明细), stored part by part: with edit marks, without texts."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shuju.spread.edits import edit_marks
from shuju.spread.kinds import RELATED, REVISION
from shuju.spread.related import Names, find_related
from shuju.spread.reprints import Origins, reprints_among
from shuju.text.plain import plain

PAGE = (
    "record_id",
    "key_hash",
    "revision",
    "site_id",
    "library",
    "region_code",
    "published_at",
    "title",
    "content_source",
)
NEEDED = (*PAGE, "body")
PART_ROWS = 100_000
_NO_SPANS = np.empty((0, 4), np.int32)


def matches_in_pages(
    origins: Origins, names: Names, revisions: np.ndarray, pages: pa.Table
) -> pa.Table | None:
    """Return the matches of pages (columns ``NEEDED``) with origins, one row per match; ``revisions`` are the origins'.

    None where there is nothing. O(characters of the pages).
    """
    found = _by_others(origins, pages, reprints_among(origins, pages))
    about = find_related(names, pages)
    about = about[~about["record_id"].isin(found["record_id"])]
    if len(about):
        about = about.assign(kind=RELATED, containment=0.0, resemblance=0.0, spans=[_NO_SPANS] * len(about))
        found = pd.concat([found, about], ignore_index=True) if len(found) else about.reset_index(drop=True)
    if found.empty:
        return None
    document = origins.ids.get_indexer(found["origin_id"])
    page = _rows_of(pages, found["record_id"])
    held, page = np.unique(page, return_inverse=True)
    held_pages = pages.take(pa.array(held))
    spans = found["spans"].to_numpy()
    bounds = np.concatenate([[0], np.cumsum([len(s) for s in spans])])
    joined = np.concatenate(spans)
    edits = edit_marks(origins.texts.bodies, plain(held_pages.column("body")), document, page, joined, bounds)
    own = held_pages.select(list(PAGE)).take(pa.array(page))
    columns = {name: own.column(name) for name in PAGE} | {
        "origin_id": pa.array(found["origin_id"], pa.string()),
        "origin_revision": pa.array(revisions[document], pa.int32()),
        "kind": pa.array(found["kind"], pa.string()),
        "containment": pa.array(found["containment"], pa.float64()),
        "resemblance": pa.array(found["resemblance"], pa.float64()),
        "spans": pa.ListArray.from_arrays(pa.array((4 * bounds).astype(np.int32)), pa.array(joined.ravel())),
        "marks": pa.ListArray.from_arrays(pa.array(edits.starts.astype(np.int32)), pa.array(edits.marks)),
        "missing_0": pa.array(edits.missing[:, 0]),
        "missing_1": pa.array(edits.missing[:, 1]),
    }
    return pa.table(columns)


def _by_others(origins: Origins, pages: pa.Table, found: pd.DataFrame) -> pd.DataFrame:
    """Return the matches without those within one site, which are no spread; revisions stay."""
    own = origins.frame["site_id"].to_numpy()[origins.ids.get_indexer(found["origin_id"])]
    site = pages.column("site_id").take(pa.array(_rows_of(pages, found["record_id"]))).to_numpy()
    is_own = site == own
    return found[~is_own | found["kind"].eq(REVISION).to_numpy()].reset_index(drop=True)


def _rows_of(pages: pa.Table, record_ids: pd.Series) -> np.ndarray:
    known = pages.column("record_id").combine_chunks()
    return pc.index_in(pa.array(record_ids, known.type), value_set=known).to_numpy(zero_copy_only=False)


def write_parts(folder: Path, tables: Iterable[pa.Table | None]) -> list[str]:
    """Write the tables as parts of about ``PART_ROWS`` rows; return their names. No reader sees them yet."""
    names, held, size = [], [], 0

    def write() -> None:
        names.append(f"{uuid.uuid4().hex}.parquet")
        pq.write_table(pa.concat_tables(held), folder / names[-1], compression="zstd")

    for table in tables:
        if table is None:
            continue
        held.append(table)
        size += table.num_rows
        if size >= PART_ROWS:
            write()
            held, size = [], 0
    if held:
        write()
    return names


def read_parts(folder: Path, names: Iterable[str]) -> pa.Table | None:
    """Return all rows of the parts, in order; None where there are none. O(rows)."""
    tables = [pq.read_table(folder / name) for name in names]
    return pa.concat_tables(tables).combine_chunks() if tables else None
