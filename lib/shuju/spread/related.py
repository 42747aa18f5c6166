"""Pages about a document (相关报道): they name its title or number without carrying its text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numba import njit

from shuju.text.plain import plain

MOST_DOCUMENTS = 3  # of one name; a title that more have is a column's, not a document's
LEAST = 8  # characters of a name or a number; shorter ones name too much
NEAR_DAYS = 3  # after a document: a page with its whole title is then about it (or has it as a picture)
_NAME = r"《([^《》]{4,})》"
_BASE = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Names:
    """What documents are called: names (characters) one after another, each with its document; ``table`` leads from the hash of
    the first characters to the names that begin so; ``is_title`` where the whole title is the name.
    """

    characters: np.ndarray
    bounds: np.ndarray
    document: np.ndarray
    table: np.ndarray
    after: np.ndarray
    is_title: np.ndarray
    record_ids: np.ndarray
    days: np.ndarray


def name_documents(documents: pd.DataFrame) -> Names:
    """Return the names of documents: record_id, title, published_at, and may have document_number.

    A document's name is what its title has between 《》, else its title; another name is its number. O(characters log characters).
    """
    title = documents["title"].astype("string").fillna("")
    quoted = title.str.extract(_NAME)[0]
    name = quoted.fillna(title)
    number = (
        documents["document_number"].astype("string")
        if "document_number" in documents
        else pd.Series(pd.NA, title.index)
    )
    name = name.mask(name.map(name.value_counts()) > MOST_DOCUMENTS, "")
    texts = plain(pd.concat([name, number.fillna("")]).tolist(), with_places=False)
    size = np.diff(texts.bounds)
    kept = np.flatnonzero(size >= LEAST)
    characters = np.concatenate([texts.of(k) for k in kept]) if len(kept) else np.empty(0, np.uint32)
    bounds = np.concatenate([[0], np.cumsum(size[kept])]).astype(np.int64)
    table, after = _table(characters, bounds)
    moment = pd.to_datetime(documents["published_at"]).to_numpy("datetime64[s]").astype(np.int64)
    return Names(
        characters,
        bounds,
        kept % len(documents),
        table,
        after,
        np.concatenate([quoted.isna().to_numpy(), np.zeros(len(documents), bool)])[kept],
        documents["record_id"].to_numpy(object),
        moment / 86_400,
    )


def find_related(names: Names, records: pa.Table) -> pd.DataFrame:
    """Return the records whose titles name a document: origin_id, record_id.

    ``records`` has record_id, title, published_at. Of several documents of one name, the last before the record is meant, else the
    first; a record is not about itself, nor about a later document of its own name. A title that is a name without 《》 is that of news
    too: pages before it are not about it, and one of the same title is only within ``NEAR_DAYS`` (later it is the next of a
    column). One row a record. O(characters of the titles), without the GIL.
    """
    titles = plain(records.column("title"), with_places=False)
    found = _cited(titles.characters, titles.bounds, names.characters, names.bounds, names.table, names.after)
    row, name = found[:, 0], found[:, 1]
    about = records.select(["record_id", "published_at"]).take(pa.array(row))
    day = about.column("published_at").to_numpy().astype("datetime64[s]").astype(np.int64) / 86_400
    document = names.document[name]
    frame = pd.DataFrame(
        {
            "row": row,
            "document": document,
            "size": np.diff(names.bounds)[name],
            "lag": day - names.days[document],
            "is_title": names.is_title[name],
            "is_whole": np.diff(names.bounds)[name] == np.diff(titles.bounds)[row],
            "origin_id": names.record_ids[document],
            "record_id": about.column("record_id").to_numpy(),
        }
    )
    is_own = frame["origin_id"] == frame["record_id"]
    bears_it = pd.Series(is_own).groupby([frame["row"], frame["size"]]).transform("any")
    is_before = frame["lag"] < 0
    is_next = frame["is_title"] & (is_before | (frame["is_whole"] & (frame["lag"] > NEAR_DAYS)))
    frame = frame[~is_own & ~is_next & ~(bears_it & is_before)]
    # The longest name in a title is what it is about; then the last document before it.
    frame["rank"] = np.where(frame["lag"] >= 0, frame["lag"], 1e6 - frame["lag"])
    frame = frame.sort_values(["row", "size", "rank"], ascending=[True, False, True]).drop_duplicates("row")
    return frame[["origin_id", "record_id"]].reset_index(drop=True)


@njit(nogil=True, cache=True, inline="always")
def _hash(characters, first):
    hashed = np.uint64(0)
    for k in range(first, first + LEAST):
        hashed = hashed * _BASE + np.uint64(characters[k])
    return hashed ^ (hashed >> np.uint64(29))


@njit(nogil=True, cache=True)
def _table(characters, bounds):
    n = len(bounds) - 1
    size = 64
    while size < 4 * n:
        size *= 2
    table, after = np.full(size, -1, np.int32), np.full(max(1, n), -1, np.int32)
    for k in range(n):
        at = _hash(characters, bounds[k]) & np.uint64(size - 1)
        after[k] = table[at]
        table[at] = k
    return table, after


@njit(nogil=True, cache=True)
def _cited(characters, bounds, names, name_bounds, table, after):
    """Return (text, name) for each name found in a text."""
    found = np.empty((1024, 2), np.int64)
    n = 0
    mask = np.uint64(len(table) - 1)
    for row in range(len(bounds) - 1):
        for first in range(bounds[row], bounds[row + 1] - LEAST + 1):
            name = table[_hash(characters, first) & mask]
            while name >= 0:
                size = name_bounds[name + 1] - name_bounds[name]
                k = 0
                if first + size <= bounds[row + 1]:
                    while k < size and characters[first + k] == names[name_bounds[name] + k]:
                        k += 1
                if k == size:
                    if n == len(found):
                        more = np.empty((2 * n, 2), np.int64)
                        more[:n] = found
                        found = more
                    found[n, 0], found[n, 1] = row, name
                    n += 1
                name = after[name]
    return found[:n].copy()
