"""The library: where its tables are opened, loaded, looked up and counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuju.catalog import Catalog, Source, Table, did_you_mean
from shuju.engine import lead_dask
from shuju.library import loading
from shuju.library.errors import LibraryError
from shuju.library.hashing import hash_columns
from shuju.library.home import Home
from shuju.library.keys import KeyIndex, open_index
from shuju.library.ledger import Ledger
from shuju.library.scope import EVERYTHING, Scope
from shuju.library.store import DataFile, StoredTable, public_columns, wanted_columns
from shuju.library.where import Where, expression

if TYPE_CHECKING:
    import dask.dataframe as dd


@dataclass(repr=False)
class Library:
    """A resource library (资源库): one standard, its tables in Delta Lake, every row accounted for."""

    home: Home
    catalog: Catalog
    folders: dict[str, Path] = field(default_factory=dict)
    scope: Scope = EVERYTHING
    is_followed: bool = False
    _stored: dict[str, StoredTable] = field(default_factory=dict)
    _indexes: dict[str, KeyIndex] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock, repr=False)

    def __repr__(self) -> str:
        """Return where the library is, and the scope if it is limited."""
        return f"<资源库 {self.home.uri}{'，' + self.scope.name if self.scope.name else ''}>"

    def load(
        self,
        table: str,
        columns: str | Sequence[str] | None = None,
        where: Where = None,
        version: int | str | dt.datetime | None = None,
    ) -> dd.DataFrame:
        """Return a table's current rows as a lazy dataframe, with the columns of the catalog.

        Only the files and columns that are needed are read. ``where`` is a condition such as
        ``{"library": "430100"}`` or ``[("published_at", ">=", "2024-07-01"), …]`` (see
        ``shuju.library.where``). ``version`` is a version number of the table, or a time: the table as
        it stood then. Times are Asia/Shanghai wall time.

        Raises:
            LibraryError: a misspelt table or column, a condition or version that makes no sense.
        """
        stored = self._at(table, version)
        wanted = wanted_columns(stored.table, columns)
        return loading.lazy_frame(stored, wanted, self._condition(where, stored.table, table))

    def map(
        self,
        table: str,
        function: Callable[[pd.DataFrame], pd.DataFrame],
        columns: str | Sequence[str] | None = None,
        where: Where = None,
        version: int | str | dt.datetime | None = None,
    ) -> dd.DataFrame:
        """Return ``function`` of a table's current rows, partition by partition, as a lazy dataframe.

        ``function`` is given a frame of ``columns`` and returns one, of the same columns for a frame without rows. It is
        computed in threads here, or on the cluster of ``SHUJU_SCHEDULER``; the rows and their order are the same.

        Raises:
            LibraryError: as ``load``; or ``function`` fails for a frame without rows.
            EngineError: the cluster that was named cannot be used.
        """
        lead_dask()
        return loading.mapped(self.load(table, columns, where, version), function, table)

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what another process opens it from; nothing that is open goes along."""
        return Library, (self.home, self.catalog, self.folders, self.scope)

    def reading(
        self, table: str, where: Where = None, version: int | str | dt.datetime | None = None
    ) -> tuple[loading.Plan, list[DataFile]]:
        """Return how to read the current rows of a table that meet ``where``, and the files that can hold such rows."""
        stored = self._at(table, version)
        return loading.plan(stored, self._condition(where, stored.table, table))

    def limited_to(self, scope: Scope) -> Library:
        """Return the same library, of which only ``scope`` is seen; what is open and indexed is shared."""
        return replace(self, scope=scope)

    def version_of(self, table: str) -> int:
        """Return a table's newest version, -1 before anything was written.

        Where a thread follows the library (``is_followed``), it is the version that this thread saw last.
        """
        stored = self.stored(table)
        return stored.newest if self.is_followed else stored.refresh().newest

    def _condition(self, where: Where, table: Table, name: str) -> pc.Expression | None:
        """Return a condition together with what the scope lets be seen."""
        asked, seen = expression(where, table), expression(list(self.scope.of(name)), table)
        return asked if seen is None else seen if asked is None else asked & seen

    def get(self, table: str, key: str) -> dict[str, Any] | None:
        """Return the current revision of one record, or None (O(log n): through the key index)."""
        found = self.revisions(table, key)
        return found[-1] if found else None

    def revisions(self, table: str, key: str) -> list[dict[str, Any]]:
        """Return the revisions of one record that may be seen, oldest first; none of one whose current revision may not."""
        stored = self.stored(table).refresh()
        if not stored.exists or (self.scope.shows_nothing_of(table) and not self.scope.keys_of(table)):
            return []
        name = stored.table.key
        if stored.table.derived:  # small, and rewritten whole: not worth an index
            return self.read(table, where=[(name, "==", str(key))]).to_dict("records")
        hashed = int(hash_columns(pa.table({name: pa.array([str(key)])}))[0])
        # Where not all is seen, a row that is not there is read as one that is not seen: time must not tell which it was.
        (places,) = self._locate(table, [hashed], or_nearest=bool(self.scope.of(table)))
        rows, is_current_seen = self._seen_of(table, places, public_columns(stored.table))
        # What has gone to somebody else is theirs alone, what it was before included.
        return [row for row in rows.to_pylist() if row[name] == str(key)] if is_current_seen else []

    def take(self, table: str, key_hashes: Sequence[int], columns: Sequence[str]) -> pa.Table:
        """Return the current rows of the given keys (by ``key_hash``), in that order; keys not there are left out.

        O(k log n), and the row groups that hold them: for a page of records, not for an export.

        Raises:
            LibraryError: no such column.
        """
        columns = wanted_columns(self.stored(table).table, columns)
        places = [found[-1] for found in self._locate(table, key_hashes) if found]
        return self._seen_of(table, places, columns)[0]

    def _seen_of(
        self, table: str, places: list[tuple[DataFile, int]], columns: Sequence[str]
    ) -> tuple[pa.Table, bool]:
        """Return the rows at some places that the scope lets be seen, and whether the last of the places is among them."""
        stored = self.stored(table)
        either = self.scope.of_row(table, stored.table.key)
        named = (column for every in either for column, _, _ in every)
        rows = loading.take_rows(stored, places, list(dict.fromkeys([*columns, *named])))
        seen = expression(either, stored.table)
        if seen is None:
            return rows.select(list(columns)), bool(places)
        kept = rows.filter(seen)
        return kept.select(list(columns)), rows.slice(max(rows.num_rows - 1, 0)).filter(seen).num_rows > 0

    def read(
        self, table: str, columns: str | Sequence[str] | None = None, where: Where = None
    ) -> pd.DataFrame:
        """Return the current rows that meet ``where`` as a pandas frame at once: for small tables."""
        stored = self.stored(table).refresh()
        wanted = wanted_columns(stored.table, columns)
        reading, files = loading.plan(stored, self._condition(where, stored.table, table))
        return loading.to_frame(loading.read_rows(files, wanted, reading))

    def stream(
        self,
        table: str,
        columns: str | Sequence[str] | None = None,
        where: Where = None,
        *,
        version: int | None = None,
        chunk_rows: int = 50_000,
    ) -> Iterator[pa.Table]:
        """Yield all current rows that meet ``where``, piece by piece; memory is bounded by the piece."""
        wanted = wanted_columns(self.stored(table).table, columns)
        reading, files = self.reading(table, where, version)
        for file in files:
            rows = loading.read_rows([file], wanted, reading)
            for start in range(0, rows.num_rows, chunk_rows):
                yield rows.slice(start, chunk_rows)

    def versions(self, table: str) -> list[dict[str, Any]]:
        """Return the versions of a table, newest first: number and time."""
        stored = self.stored(table).refresh()
        return [{"version": h["version"], "at": _wall_time(h["timestamp"])} for h in stored.history()]

    def source(self, name: str) -> Source:
        """Return a source of the catalog; a ``LibraryError`` suggests the nearest name."""
        if name not in self.catalog.sources:
            raise LibraryError(did_you_mean("来源", name, self.catalog.sources))
        return self.catalog.sources[name]

    def location_of(self, source_name: str) -> Path:
        """Return where a source's files are, by the catalog: relative to the catalog file."""
        location = self.source(source_name).location
        if location is None:
            raise LibraryError(f"来源 {source_name!r} 没有写明位置；请在命令后给出文件夹")
        return (self.folders.get(source_name, Path()) / Path(location).expanduser()).resolve()

    def stored(self, table: str) -> StoredTable:
        """Return the Delta table behind ``table``; a ``LibraryError`` suggests the nearest name."""
        if table not in self.catalog.tables:
            raise LibraryError(did_you_mean("表", table, self.catalog.tables))
        with self._lock:
            if table not in self._stored:
                self._stored[table] = StoredTable(self.home, table, self.catalog.tables[table])
            return self._stored[table]

    def index(self, table: str) -> KeyIndex:
        """Return the key index of a table, up to date with what was last looked at."""
        from shuju.library.keys import catch_up

        stored = self.stored(table)
        with self._lock:
            stored.refresh()
            if table not in self._indexes:
                self._indexes[table] = open_index(self.home.cache / "keys" / table, stored)
            else:
                catch_up(self._indexes[table], stored)
            return self._indexes[table]

    def _locate(
        self, table: str, key_hashes: Sequence[int], *, or_nearest: bool = False
    ) -> list[list[tuple[DataFile, int]]]:
        """Return, for each key, the (file, row) of its revisions, oldest first; with ``or_nearest`` of another row where there is none."""
        stored = self.stored(table)
        with self._lock:
            index = self.index(table)
            files = {f.path: f for f in stored.files()}
            found = [index.locate(int(key)) for key in key_hashes]
            if or_nearest:
                found = [of or index.nearest(int(key)) for of, key in zip(found, key_hashes, strict=True)]
            return [[(files[path], row) for _, path, row in of if path in files] for of in found]

    def save_indexes(self) -> None:
        """Keep the key indexes for the next process."""
        for index in self._indexes.values():
            index.save()

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger of all runs."""
        return Ledger(self.stored("ledger"))

    def sites_frame(self) -> pd.DataFrame:
        """Return all sites (a few hundred rows)."""
        return self.read("sites")

    def site_maps(self) -> dict[str, dict[str, str]]:
        """Return the library and the region of each site, as ingest needs them."""
        sites = self.sites_frame()
        regions = sites.dropna(subset=["region_code"])
        return {
            "site_library": dict(zip(sites["site_id"], sites["library"], strict=True)),
            "site_region": dict(zip(regions["site_id"], regions["region_code"], strict=True)),
        }

    def count(self, table: str) -> int:
        """Return how many rows are current; from the log alone where nothing was revised."""
        if self.scope.of(table):
            return sum(rows.num_rows for rows in self.stream(table, [self.stored(table).table.key]))
        reading, files = loading.plan(self.stored(table).refresh(), None)
        replaced = int((reading.superseded.revisions - 1).sum()) if len(reading.superseded.keys) else 0
        return sum(f.n_rows for f in files) - replaced

    def _at(self, table: str, version: int | str | dt.datetime | None) -> StoredTable:
        stored = self.stored(table)
        if version is None:
            return stored.refresh()
        number = version if isinstance(version, int) else self._version_at(table, version)
        newest = stored.refresh().newest
        if not 0 <= number <= newest:
            raise LibraryError(f"表 {table!r} 没有版本 {number}；现有 0 到 {newest}")
        return StoredTable(self.home, table, stored.table, number)

    def _version_at(self, table: str, moment: str | dt.datetime) -> int:
        try:
            at = pd.Timestamp(moment)
        except ValueError:
            raise LibraryError(f"版本 {moment!r} 既不是版本号也不是时间") from None
        for version in self.versions(table):
            if pd.Timestamp(version["at"]) <= at:
                return int(version["version"])
        raise LibraryError(f"{moment} 时表 {table!r} 还不存在")


def _wall_time(milliseconds: int) -> dt.datetime:
    zone = dt.timezone(dt.timedelta(hours=8))
    return dt.datetime.fromtimestamp(milliseconds / 1000, zone).replace(tzinfo=None)
