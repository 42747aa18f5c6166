"""Reprints (转载): which pages carry the words of which documents, where in the page, and how changed.

Candidates by sampled shingles, then character-by-character alignment of each, then one document for each passage of
a page. Method, measured quality and limits: docs/methods/reprints.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuju.engine import Pass, run
from shuju.library.hashing import hash_columns
from shuju.spread.kinds import kinds
from shuju.spread.matching import Matches, Texts, match
from shuju.text.document_index import MOST_DOCUMENTS, DocumentIndex, candidates, index_documents
from shuju.text.plain import Plain, plain

CHUNK_PAGES = 20_000
NEEDED = ("record_id", "title", "body", "published_at", "site_id")
COLUMNS = ("origin_id", "record_id", "containment", "resemblance", "kind", "spans")
_DAY_US = 86_400e6


@dataclass(frozen=True)
class Origins:
    """Documents prepared for the search: their frame, characters and index."""

    frame: pd.DataFrame
    texts: Texts
    index: DocumentIndex

    @cached_property
    def ids(self) -> pd.Index:
        """The ids of the documents, made once: looking one up needs a table of all."""
        return pd.Index(self.frame["record_id"])


def find_reprints(
    origins: pd.DataFrame, records: pd.DataFrame, *, workers: int | None = None
) -> pd.DataFrame:
    """Return which records carry which origins: origin_id, record_id, containment, resemblance, kind, spans.

    ``origins`` and ``records`` have record_id, title, body, published_at, site_id; a record that is an origin too is not
    matched with itself. ``containment`` is the share of the origin's characters that stand in the record, ``resemblance`` the
    share of both texts' characters that is common (Dice). ``kind`` is one of ``shuju.spread.kinds.REPRINT_KINDS``, or none of
    them: ``revision``, another edition under the same title; ``series``, the next issue in the same frame; ``diffusion``, another
    place's text on the subject; ``related``. ``spans`` (m, 4) int32 are the passages in
    characters of the bodies as given: origin from, to, record from, to, in the order of the record. Texts may hold HTML.

    A record has one row an origin whose words it has; words that several origins share belong to the one
    that explains most of the record, and among alike ones to the earliest that is near in time. O(characters of all +
    characters of the pairs that share words).

    Raises:
        ValueError: a column is missing.
    """
    known = prepare_origins(origins)
    table = _table(records, "records")
    chunks = (table.slice(start, CHUNK_PAGES) for start in range(0, len(records), CHUNK_PAGES))
    found = [f for f in run(REPRINTS, chunks, known, workers) if len(f)]
    return pd.concat(found, ignore_index=True) if found else _empty()


def prepare_origins(origins: pd.DataFrame, most_documents: int = MOST_DOCUMENTS) -> Origins:
    """Return the documents with their index; ``most_documents`` as for ``index_documents``. O(s log s) in the sampled shingles."""
    table = _table(origins, "origins")
    texts = _texts(table)
    return Origins(table.to_pandas(), texts, index_documents(texts.bodies, most_documents))


def reprints_among(origins: Origins, records: pa.Table) -> pd.DataFrame:
    """Do what ``find_reprints`` does, for origins prepared beforehand."""
    page, document, expected = candidates(origins.index, plain(records.column("body"), with_places=False))
    if not len(page):
        return _empty()
    held, page = np.unique(page, return_inverse=True)
    pages = records.select(list(NEEDED)).take(pa.array(held))
    texts = _texts(pages)
    found = match(origins.texts, texts, page, document, expected)
    if not len(found.page):
        return _empty()
    rows = _rows(origins, pages, texts, found)
    return rows[rows["kind"] != ""].reset_index(drop=True)


def _reprints(records: pa.Table, origins: Origins) -> pd.DataFrame:
    return reprints_among(origins, records)


REPRINTS = Pass("查找转载", _reprints, cost=lambda records: 4 * records.nbytes)


def _rows(origins: Origins, pages: pa.Table, texts: Texts, found: Matches) -> pd.DataFrame:
    documents = origins.frame.iloc[found.document].reset_index(drop=True)
    documents["n_characters"] = np.diff(origins.texts.bodies.bounds)[found.document]
    of_page = pages.take(pa.array(found.page)).to_pandas()
    n_page = np.diff(texts.bodies.bounds)[found.page]
    spans = _spans(origins.texts.bodies, texts.bodies, found)
    first = found.bounds[:-1]
    body = of_page["body"].fillna("")
    heads = [b[: spans[k, 2]][-2_000:] for b, k in zip(body, first, strict=True)]
    common = found.feature("of_page") * n_page + found.feature("containment") * documents["n_characters"]
    return pd.DataFrame(
        {
            "origin_id": documents["record_id"],
            "record_id": of_page["record_id"],
            "containment": found.feature("containment"),
            "resemblance": common / (n_page + documents["n_characters"]),
            "kind": kinds(found, documents, of_page, pa.array(heads, pa.large_string())),
            "spans": pd.Series(np.split(spans, found.bounds[1:-1]), dtype=object),
        }
    )


def _spans(documents: Plain, pages: Plain, found: Matches) -> np.ndarray:
    """Return the passages in characters of the texts as given."""
    n = np.diff(found.bounds)
    of_document = np.repeat(documents.bounds[found.document], n)
    of_page = np.repeat(pages.bounds[found.page], n)
    spans = np.empty((len(found.spans), 4), np.int32)
    for column, (places, start) in enumerate(
        ((documents.places, of_document),) * 2 + ((pages.places, of_page),) * 2
    ):
        is_end = column % 2
        at = start + found.spans[:, column] - is_end
        spans[:, column] = places[at] + is_end
    return spans


def _table(frame: pd.DataFrame, name: str) -> pa.Table:
    missing = [c for c in NEEDED if c not in frame]
    if missing:
        raise ValueError(f"{name} 缺少列：{'、'.join(missing)}")
    moment = pd.to_datetime(frame["published_at"]).astype("datetime64[us]")
    texts = {c: pa.array(map(_text, frame[c]), pa.large_string()) for c in NEEDED if c != "published_at"}
    return pa.table(texts | {"published_at": pa.array(moment, pa.timestamp("us"))})


def _text(value: object) -> str | None:
    """Return a value as text; a lone surrogate, which Arrow cannot hold, is one question mark."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _texts(table: pa.Table) -> Texts:
    moment = table.column("published_at").to_numpy().astype("datetime64[us]")
    day = np.where(np.isnat(moment), np.nan, moment.astype(np.int64) / _DAY_US)
    number = hash_columns(pa.table({"record_id": table.column("record_id").cast(pa.string())})).astype(
        np.int64
    )
    # The number of the year or of the issue does not make another title of it.
    titles = pc.replace_substring_regex(table.column("title"), r"[0-9]", "")
    return Texts(plain(table.column("body")), plain(titles, with_places=False), day, number)


def _empty() -> pd.DataFrame:
    kinds_ = {"containment": np.float64, "resemblance": np.float64}
    return pd.DataFrame({name: pd.Series(dtype=kinds_.get(name, object)) for name in COLUMNS})
