"""What the page of spread (重要信息传播) knows of all documents, read once for each state of the tables: no widgets, no HTML."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shuju.library import Library
from shuju.spread.arrival import Arrivals, arrivals
from shuju.spread.due import DueRule, read_rule
from shuju.spread.kinds import RELATED, REPRINT_KINDS
from shuju.standard import code_list, regions
from shuju.views.live import Live

GROUPS = {
    "province": "省级", "prefecture": "市州级", "county": "县市区级", "media": "媒体", "outside": "省外",
}  # fmt: skip
REPRINT_COLUMNS = (
    "origin_id", "record_id", "site_id", "published_at", "kind", "containment", "resemblance", "lag_hours", "parent_id",
    "confidence", "evidence", "generation", "flags",
)  # fmt: skip
SITE_COLUMNS = (
    "site_id",
    "name",
    "region_code",
    "level",
    "kind",
    "department",
    "opened_on",
    "sponsor",
    "library",
)


@dataclass(frozen=True)
class SpreadTables:
    """One state of the tables: documents (newest first), who carried them, the sites, the rule of who ought to.

    ``documents`` has the columns of ``cascades`` and ``kind``, ``level``, ``department``, ``site_name`` of the site that published each, ``said``
    (what words are looked for in) and ``is_explained`` (an interpretation is known). ``reprints`` are in the order of
    ``documents``; those of document k are rows ``bounds[k]`` to ``bounds[k + 1]``. ``sites`` has ``group`` (``GROUPS``) and ``city`` too.
    """

    library: Library
    version: tuple[int | None, ...]
    documents: pd.DataFrame
    reprints: pd.DataFrame
    bounds: np.ndarray
    sites: pd.DataFrame
    rule: DueRule
    as_of: dt.datetime | None
    is_synthetic: bool

    def copies(self, number: int) -> pd.DataFrame:
        """Return the rows of ``reprints`` of one document, in the order of time."""
        return self.reprints.iloc[self.bounds[number] : self.bounds[number + 1]]

    def number(self, origin_id: str) -> int | None:
        """Return the row of a document; None if nobody carried it."""
        found = np.flatnonzero((self.documents["origin_id"] == origin_id).to_numpy(bool))
        return int(found[0]) if len(found) else None


_newest: dict[str, SpreadTables] = {}
_reading = threading.Lock()


def spread_tables(shared: Live) -> SpreadTables:
    """Return the newest state; read anew only if the tables changed since. O(reprints log reprints) then."""
    library = shared.library
    with _reading:
        version = _version(library)
        known = _newest.get(library.home.uri)
        if known is None or known.version != version:
            _newest[library.home.uri] = known = _read(shared, version)
        return known


def _version(library: Library) -> tuple[int | None, ...]:
    tables = [library.stored(name).refresh() for name in ("reprints", "cascades", "sites")]
    return tuple(table.newest if table.exists else None for table in tables)


def _read(shared: Live, version: tuple[int | None, ...]) -> SpreadTables:
    library = shared.library
    sites = with_groups(library.read("sites", list(SITE_COLUMNS)))
    documents = library.read("cascades")
    documents = documents.sort_values(
        ["published_at", "origin_id"], ascending=[False, True], ignore_index=True
    )
    reprints = library.read("reprints", list(REPRINT_COLUMNS))
    for name in ("site_id", "kind", "evidence", "flags"):
        reprints[name] = reprints[name].astype("category")
    document = pd.Index(documents["origin_id"]).get_indexer(reprints["origin_id"])
    order = np.lexsort((reprints["lag_hours"].to_numpy(float), document))
    order = order[np.searchsorted(document[order], 0) :]
    bounds = np.searchsorted(document[order], np.arange(len(documents) + 1))
    reprints = reprints.take(order).reset_index(drop=True)
    return SpreadTables(
        library, version, described(documents, reprints, sites), reprints, bounds, sites, read_rule(),
        shared.newest.newest, shared.newest.is_synthetic,
    )  # fmt: skip


def with_groups(sites: pd.DataFrame) -> pd.DataFrame:
    """Return the sites with ``group`` (level; media and sites outside the province are their own) and ``city`` (a prefecture's code)."""
    kind, level = sites["kind"].astype(object), sites["level"].astype(object)
    group = (
        level.where(level.isin(GROUPS), "outside")
        .mask(kind == "media", "media")
        .mask(kind == "outside", "outside")
    )
    code = sites["region_code"].astype(object)
    city = (code.str[:4] + "00").where(code.notna() & (code.str[2:4] != "00"), None)
    return sites.assign(group=group, city=city).reset_index(drop=True)


def described(documents: pd.DataFrame, reprints: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Return the documents with what ``SpreadTables`` says of them beside the table."""
    of_site = sites.drop_duplicates("site_id").set_index("site_id")
    said = documents["title"].fillna("") + " " + documents["document_number"].astype(object).fillna("")
    explained = reprints.loc[(reprints["kind"] == RELATED).to_numpy(bool), "origin_id"].unique()
    # A site that the register does not have is outside.
    level = documents["site_id"].map(of_site["level"].astype(object)).fillna("outside")
    return documents.assign(
        kind=documents["site_id"].map(of_site["kind"]),
        level=level,
        department=documents["site_id"].map(of_site["department"]),
        site_name=documents["site_id"].map(of_site["name"]).fillna(documents["site_id"]),
        said=said.astype(object).str.lower(),
        is_explained=documents["origin_id"].isin(explained).to_numpy(bool),
    )


def arrivals_of(tables: SpreadTables, documents: pd.DataFrame, copies: pd.DataFrame) -> Arrivals:
    """Return the due pairs of some documents, by the tables' rule."""
    as_of = pd.Timestamp(tables.as_of) if tables.as_of is not None else documents["published_at"].max()
    return arrivals(documents, copies, tables.sites, tables.rule, as_of)


def labels() -> dict[str, list[str]]:
    """Return what can be chosen in each dimension."""
    return {
        "genre": list(code_list("genres").codes),
        "topic": [*code_list("topics").codes, "未分类"],
        "level": list(code_list("levels").codes),
        "region": [r.code for r in regions()],
        "shape": list(code_list("spread_shapes").codes),
    }


def is_reprint(reprints: pd.DataFrame) -> np.ndarray:
    """Tell which rows are reprints, and not a revision or an interpretation."""
    return reprints["kind"].isin(REPRINT_KINDS).to_numpy(bool)
