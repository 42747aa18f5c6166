"""What ``shuju build`` makes of the records: origins and their reprints, cascades, measures.

Only data files that came since are matched with the origins, and older records only with origins that are new; the
cascades of other documents stay as they were.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from shuju.engine import Pass, run
from shuju.library import Library, loading
from shuju.library.derived import Derived, Work, bring_up
from shuju.library.store import DataFile
from shuju.spread import match_parts
from shuju.spread.due import DueRule, rule_of
from shuju.spread.origins import Links, find_origins
from shuju.spread.related import Names, name_documents
from shuju.spread.reprints import Origins, prepare_origins
from shuju.spread.sketches import Sketches, build_sketches, piece_cost, pieces, site_names
from shuju.spread.spread_table import CASCADES, REPRINTS, write_tables

ORIGIN_COLUMNS = (
    "record_id", "key_hash", "revision", "site_id", "library", "region_code", "genre", "topic_1", "published_at", "title",
    "content_source", "document_number", "body",
)  # fmt: skip
MOST_ORIGINS = 32  # of one shingle: origins are different documents, so what many have is a phrase


@dataclass(frozen=True)
class Built:
    """How many documents have reprints, how many reprints there are, and whether anything was built."""

    n_documents: int
    n_reprints: int
    is_new: bool


@dataclass(frozen=True)
class _Source:
    """What the tables are made from: sketches of all records, and the rule of who ought to carry what."""

    sketches: Sketches
    rule: DueRule


def build_spread(library: Library, progress: Callable[[str], None] | None = None) -> Built:
    """Bring the tables ``reprints`` and ``cascades`` up to the library; ``progress`` hears in Chinese what is begun.

    A run that is killed leaves the tables as they were. O(characters of the records added), and for each document that
    gained a copy the square of its copies; the first time all records are read three times.
    """
    tell = progress or (lambda _: None)
    rule = rule_of(library.home)
    tell("为网页信息取草图")
    sketches = build_sketches(library, lambda done, n: tell(f"为网页信息取草图：{done:,} / {n:,}"))
    if not len(sketches):
        return Built(0, 0, is_new=False)
    made = bring_up(SPREAD, library, _Source(sketches, rule), tell)
    return Built(made.known["n_documents"], made.known["n_reprints"], made.is_new)


def _build(work: Work[_Source]) -> dict[str, Any]:
    library, sketches, tell = work.library, work.source.sketches, work.tell
    known, parts, first_new = _known(work)
    tell("找出被转载的原文")
    found, links = find_origins(sketches, site_names(library.sites_frame()), first_new)
    sketches = sketches.without_hashes()
    known, fresh = _origins(library, sketches, known, found, links.copies)
    tell(f"比对转载：{len(known) + len(fresh):,} 件原文")
    matches = _match(library, sketches, known, fresh, links, first_new, tell)
    parts += match_parts.write_parts(work.folder, matches)
    origins = _together(known, fresh)
    name = f"origins-{uuid.uuid4().hex[:12]}.parquet"
    origins.to_parquet(work.folder / name, index=False)
    tell("推断传播链，计算度量")
    rows = _current(match_parts.read_parts(work.folder, parts), origins, sketches)
    newest = int(sketches.second.max())
    n_documents, n_reprints = write_tables(library, origins, rows, work.source.rule, newest)
    return {
        "n_documents": n_documents,
        "n_reprints": n_reprints,
        "matched": sketches.files,
        "origins": name,
        "parts": parts,
        "files": [name, *parts],
    }


SPREAD = Derived(
    name="spread",
    tables=(REPRINTS, CASCADES),
    method=2,
    inputs=lambda source: {"records": source.sketches.version, "rule": source.rule.model_dump_json()},
    build=_build,
)


def _known(work: Work[_Source]) -> tuple[pd.DataFrame, list[str], int]:
    """Return the origins and the parts of the last run, and the first row that it did not match."""
    sketches, files = work.source.sketches, work.known.get("files", [])
    if not files or not all((work.folder / name).exists() for name in files):
        return pd.DataFrame(columns=list(ORIGIN_COLUMNS)), [], 0
    matched = set(work.known["matched"])
    n_matched = next((k for k, path in enumerate(sketches.files) if path not in matched), len(sketches.files))
    origins = pd.read_parquet(work.folder / work.known["origins"])
    return origins, list(work.known["parts"]), int(sketches.starts[n_matched])


def _origins(
    library: Library, sketches: Sketches, known: pd.DataFrame, found: np.ndarray, copies: np.ndarray
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the known origins that are still origins, and the new ones, with their texts."""
    still = known["revision"].to_numpy() == _revisions(sketches, known["key_hash"].to_numpy(np.int64))
    known = known[still & ~known["key_hash"].isin(sketches.key[copies])]
    fresh = found[~np.isin(sketches.key[found], known["key_hash"])]
    rows = [part for part in _read_at(library, sketches, fresh, ORIGIN_COLUMNS) if part.num_rows]
    return known, pd.concat([r.to_pandas() for r in rows], ignore_index=True) if rows else known.iloc[:0]


def _together(known: pd.DataFrame, fresh: pd.DataFrame) -> pd.DataFrame:
    return (
        pd.concat([f for f in (known, fresh) if len(f)], ignore_index=True)
        if len(known) + len(fresh)
        else known
    )


def _match(
    library: Library,
    sketches: Sketches,
    known: pd.DataFrame,
    fresh: pd.DataFrame,
    links: Links,
    first_new: int,
    tell: Callable[[str], None],
) -> Iterator[pa.Table | None]:
    """Yield the matches of new records with all origins, and of old records with new origins."""
    reading, files = loading.plan(library.stored("records").refresh(), None)
    by_path = {f.path: f for f in files}
    new = [
        _Pages(by_path[path])
        for path, start in zip(sketches.files, sketches.starts[:-1], strict=True)
        if start >= first_new
    ]
    yield from _matched(_together(known, fresh), new, reading, len(sketches) - first_new, tell)
    if first_new and len(fresh):
        is_fresh = np.isin(sketches.key[links.origin], fresh["key_hash"])
        old = np.unique(links.record[is_fresh & (links.record < first_new)])
        yield from _matched(fresh, _pages_at(sketches, by_path, old), reading, len(old), tell)


def _matched(
    origins: pd.DataFrame,
    parts: Iterable[_Pages],
    reading: loading.Plan,
    n: int,
    tell: Callable[[str], None],
) -> Iterator[pa.Table | None]:
    """Yield the matches of the pages with origins."""
    if origins.empty:
        return
    prepared, names = prepare_origins(origins, MOST_ORIGINS), name_documents(origins)
    shared = (reading, prepared, names, origins["revision"].to_numpy())
    total = 0
    for done, found in run(MATCH, parts, shared):
        yield from found
        total += done
        tell(f"比对转载：{total:,} / {n:,} 条")


@dataclass(frozen=True)
class _Pages:
    """Pages of one data file: those at ``rows`` (sorted), or all that are current."""

    file: DataFile
    rows: np.ndarray | None = None

    def read(self, reading: loading.Plan, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Yield the pages piece by piece, in order."""
        at = 0
        for piece in pieces(reading, self.file, columns):
            if self.rows is None:
                yield reading.superseded.drop_from(piece)
                continue
            low, high = np.searchsorted(self.rows, [at, at + piece.num_rows])
            if low < high:
                yield piece.take(pa.array(self.rows[low:high] - at))
            at += piece.num_rows


def _match_pages(
    pages: _Pages, shared: tuple[loading.Plan, Origins, Names, np.ndarray]
) -> tuple[int, list[pa.Table | None]]:
    reading, *origins = shared
    done, found = 0, []
    for piece in pages.read(reading, match_parts.NEEDED):
        found.append(match_parts.matches_in_pages(*origins, piece))
        done += piece.num_rows
    return done, found


MATCH = Pass("比对转载", _match_pages, cost=lambda pages: piece_cost(pages.file))


def _pages_at(sketches: Sketches, by_path: dict[str, DataFile], rows: np.ndarray) -> Iterator[_Pages]:
    """Yield where the given rows of the sketches stand, in order."""
    rows = np.sort(rows)
    for path, start, n_rows in zip(sketches.files, sketches.starts[:-1], sketches.n_rows, strict=True):
        first, end = np.searchsorted(rows, [start, start + n_rows])
        if first < end:
            yield _Pages(by_path[path], rows[first:end] - start)


def _read_at(
    library: Library, sketches: Sketches, rows: np.ndarray, columns: Sequence[str]
) -> Iterator[pa.Table]:
    """Yield the records at the given rows of the sketches, piece by piece, in order."""
    reading, files = loading.plan(library.stored("records").refresh(), None)
    parts = _pages_at(sketches, {f.path: f for f in files}, rows)
    for found in run(READ, parts, (reading, columns)):
        yield from found


def _read_pages(pages: _Pages, shared: tuple[loading.Plan, Sequence[str]]) -> list[pa.Table]:
    return list(pages.read(*shared))


READ = Pass("读取原文", _read_pages, cost=lambda pages: piece_cost(pages.file))


def _current(rows: pa.Table | None, origins: pd.DataFrame, sketches: Sketches) -> pa.Table | None:
    """Return the matches of current records and origins, each once, sorted by origin and time."""
    if rows is None:
        return None
    light = rows.select(
        ["origin_id", "origin_revision", "record_id", "key_hash", "revision", "published_at"]
    ).to_pandas()
    revision = pd.Series(origins["revision"].to_numpy(), index=origins["record_id"])
    kept = revision.reindex(light["origin_id"]).to_numpy() == light["origin_revision"].to_numpy()
    kept &= _revisions(sketches, light["key_hash"].to_numpy()) == light["revision"].to_numpy()
    light = light[kept].drop_duplicates(["origin_id", "record_id"], keep="last")
    light = light.sort_values(["origin_id", "published_at", "record_id"], kind="stable")
    return rows.take(pa.array(light.index.to_numpy()))


def _revisions(sketches: Sketches, keys: np.ndarray) -> np.ndarray:
    """Return the current revision of each record of ``keys`` (int64); -1 where there is none. O(records + keys)."""
    at, asked = pd.factorize(keys)
    row = pd.Index(asked).get_indexer(sketches.key)  # the few are hashed, not the twenty millions
    is_asked = (row >= 0) & sketches.is_current
    found = np.full(len(asked), -1, np.int64)
    found[row[is_asked]] = sketches.revision[is_asked]
    return found[at]
