"""The tables of reprints (转载) and of cascades (传播情况), written from what pages carry."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa

from shuju.library import Library
from shuju.library.derived import replace_table
from shuju.spread.arrival import arrivals, measure
from shuju.spread.cascade import NOBODY, Copies, describe, generations, infer_edges, places_of
from shuju.spread.due import DueRule
from shuju.spread.edits import without_frames
from shuju.spread.kinds import REPRINT_KINDS, ROUND_UP

REPRINTS, CASCADES = "reprints", "cascades"
_MADE_BY = "shuju.spread"
_DESCRIBED = ("site_id", "published_at", "title", "content_source")


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
    documents = origins[origins["record_id"].isin(copies["origin_id"])]
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
    frame["spans"] = [
        json.dumps(s.reshape(-1, 4).tolist(), separators=(",", ":")) for s in _lists(rows, "spans")
    ]
    frame["reprint_id"] = frame["origin_id"] + "|" + frame["record_id"]
    is_copy = frame["kind"].isin(REPRINT_KINDS).to_numpy()
    for name, value in {"parent_id": None, "confidence": np.nan, "evidence": "", "flags": ""}.items():
        frame[name] = value
    frame["generation"] = 0
    if is_copy.any():
        edges = _edges(origins, rows.filter(pa.array(is_copy)), frame[is_copy], of[is_copy], sites)
        frame = frame.astype({"parent_id": object, "evidence": object, "flags": object})
        for name, values in edges.items():
            frame.loc[is_copy, name] = values
    return frame


def _edges(
    origins: pd.DataFrame, rows: pa.Table, frame: pd.DataFrame, of: np.ndarray, sites: pd.DataFrame
) -> dict[str, np.ndarray]:
    numbers = pd.factorize(frame["origin_id"])[0]
    known, of_origin = describe(frame, sites), describe(origins[list(_DESCRIBED)].iloc[of], sites)
    marks = rows.column("marks").combine_chunks()
    starts = np.asarray(marks.offsets) - marks.offsets[0].as_py()
    values, starts = without_frames(numbers, np.asarray(marks.flatten()), starts.astype(np.int64))
    missing = np.column_stack([rows.column(f"missing_{k}").to_numpy() for k in range(2)])
    copies = Copies(
        numbers, known["site"], known["second"], known["named"], known["title"],
        frame["kind"].eq(ROUND_UP).to_numpy(), values, starts, missing,
    )  # fmt: skip
    heads = np.flatnonzero(np.diff(numbers, prepend=-1))
    firsts = Copies(
        np.arange(len(heads)), *(of_origin[c][heads] for c in ("site", "second", "named", "title")),
        np.zeros(len(heads), bool), values[:0], np.zeros(len(heads) + 1, np.int64), missing[:0],
    )  # fmt: skip
    parent, confidence, evidence, flags = infer_edges(copies, firsts, places_of(sites))
    ids = frame["record_id"].to_numpy(object)
    above = np.where(parent >= 0, ids[np.maximum(parent, 0)], frame["origin_id"].to_numpy(object))
    return {
        "parent_id": np.where(parent == NOBODY, None, above),
        "confidence": confidence,
        "evidence": evidence,
        "flags": flags,
        "generation": generations(parent),
    }


def _lists(rows: pa.Table, name: str) -> list[np.ndarray]:
    column = rows.column(name).combine_chunks()
    offsets = np.asarray(column.offsets) - column.offsets[0].as_py()
    return np.split(np.asarray(column.flatten()), offsets[1:-1])
