"""The tables of reprints (转载) and cascades (传播情况), written from the matches."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuju.library import Library
from shuju.library.derived import replace_table
from shuju.spread.arrival import arrivals, measure
from shuju.spread.cascade import edges_of
from shuju.spread.due import DueRule
from shuju.spread.edits import Edits
from shuju.spread.kinds import REPRINT_KINDS
from shuju.spread.match_parts import PART_ROWS

REPRINTS, CASCADES = "reprints", "cascades"
_MADE_BY = "shuju.spread"


def write_tables(
    library: Library, origins: pd.DataFrame, rows: pa.Table | None, rule: DueRule, newest_second: int
) -> tuple[int, int]:
    """Write both tables from the matches (sorted by origin); return how many documents and reprints there are.

    ``origins`` are the documents with their columns; ``rule`` says who ought to carry them; ``newest_second`` is when the
    library's newest record was published.
    O(rows), and the square of the copies of each document.
    """
    reprints = reprint_rows(origins, rows, library.sites_frame()) if rows is not None else pd.DataFrame()
    if reprints.empty:
        reprints = pd.DataFrame(columns=["reprint_id", "origin_id", "kind"])
    copies = reprints[reprints["kind"].isin(REPRINT_KINDS)]
    documents = origins[origins["record_id"].isin(copies["origin_id"].unique())]
    n_characters = documents["body"].str.len().fillna(0).astype(np.int32)
    documents = documents.assign(n_characters=n_characters).drop(columns=["body"])
    documents = documents.rename(columns={"record_id": "origin_id"}).reset_index(drop=True)
    if len(documents):
        as_of = pd.Timestamp(newest_second, unit="s")
        pairs = arrivals(documents, copies, library.sites_frame(), rule, as_of)
        documents = documents.merge(measure(pairs, copies), on="origin_id")
    else:
        documents = pd.DataFrame(columns=["origin_id"])
    documents = documents.sort_values("origin_id", ignore_index=True)
    replace_table(library, REPRINTS, reprints.sort_values("reprint_id", ignore_index=True), made_by=_MADE_BY)
    replace_table(library, CASCADES, documents, made_by=_MADE_BY)
    return len(documents), len(copies)


def reprint_rows(origins: pd.DataFrame, rows: pa.Table, sites: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of ``reprints``: the matches with lag, parent, confidence, evidence, generation, flags."""
    frame = rows.drop_columns(["spans", "marks", "missing_0", "missing_1"]).to_pandas()
    of = pd.Series(np.arange(len(origins)), index=origins["record_id"]).reindex(frame["origin_id"]).to_numpy()
    lag = frame["published_at"].to_numpy() - origins["published_at"].to_numpy()[of]
    frame["lag_hours"] = lag / np.timedelta64(1, "h")
    parts = rows.select(["spans"]).to_batches(max_chunksize=PART_ROWS)
    frame["spans"] = pa.chunked_array(
        [_spans_told(part.column("spans")) for part in parts], pa.string()
    ).to_pandas()
    frame["reprint_id"] = frame["origin_id"] + "|" + frame["record_id"]
    is_copy = frame["kind"].isin(REPRINT_KINDS).to_numpy()
    documents = origins.drop(columns=["body"], errors="ignore").iloc[
        of[is_copy]
    ]  # a row a copy: gigabytes with texts
    edges = edges_of(frame[is_copy], documents, _edits(rows.filter(pa.array(is_copy))), sites)
    edges = edges.set_axis(np.flatnonzero(is_copy)).reindex(np.arange(len(frame)))
    nothing = {"evidence": "", "flags": "", "generation": 0}  # of what is about a document and no copy
    return pd.concat([frame, edges.fillna(nothing).astype({"generation": np.int64})], axis=1)


def _edits(rows: pa.Table) -> Edits:
    """Return the edits of the matches, as ``matches_in_pages`` keeps them."""
    marks = rows.column("marks").combine_chunks()
    starts = np.asarray(marks.offsets).astype(np.int64)
    missing = np.column_stack([rows.column(f"missing_{k}").to_numpy() for k in range(2)])
    return Edits(np.asarray(marks.flatten()), starts - starts[0], missing)


def _spans_told(spans: pa.ListArray) -> pa.Array:
    """Return lists of numbers, four a passage, as JSON: ``[[0,10,5,15],…]``."""
    numbers = spans.flatten().cast(pa.string())
    fours = pa.ListArray.from_arrays(pa.array(np.arange(0, len(numbers) + 1, 4, dtype=np.int32)), numbers)
    passages = pc.binary_join_element_wise("[", pc.binary_join(fours, ","), "]", "")
    starts = (np.asarray(spans.offsets) - spans.offsets[0].as_py()) // 4
    told = pc.binary_join(pa.ListArray.from_arrays(pa.array(starts.astype(np.int32)), passages), ",")
    return pc.binary_join_element_wise("[", told, "]", "")
