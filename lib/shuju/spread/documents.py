"""Documents that other sites carried (被转载的文件): read once for each state of the tables, and selected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from shuju.facts.frame_selection import FrameSelection, FrameTable, frame_selection
from shuju.facts.schema import Codes, Days, FactSchema, Words
from shuju.facts.selection import Selection
from shuju.facts.subset import RowSet
from shuju.fulltext.find import SEARCH, searched
from shuju.library import Library
from shuju.library.versioned import versioned
from shuju.spread.due import DueRule, read_rule
from shuju.spread.due_counts import DueCounts, due_counts
from shuju.spread.kinds import RELATED
from shuju.spread.spread_table import CASCADES, REPRINTS
from shuju.standard import code_list, regions

TABLES = (CASCADES, REPRINTS, "sites")
GROUPS = {
    "province": "省级", "prefecture": "市州级", "county": "县市区级", "media": "媒体", "outside": "省外",
}  # fmt: skip
REPRINT_COLUMNS = (
    "origin_id", "record_id", "site_id", "published_at", "kind", "containment", "resemblance", "lag_hours", "parent_id",
    "confidence", "evidence", "generation", "flags",
)  # fmt: skip
SITE_COLUMNS = (
    "site_id", "name", "region_code", "level", "kind", "department", "opened_on", "sponsor", "library",
)  # fmt: skip


@cache
def schema() -> FactSchema:
    """Return the dimensions of documents."""
    return FactSchema(
        name=CASCADES,
        dimensions=(
            Codes("genre", code_list("genres").codes, title="类别", names="genres"),
            Codes("topic", code_list("topics").codes, "未分类", title="主题", names="topics"),
            Codes("level", code_list("levels").codes, title="首发层级", names="levels"),
            Codes("region", tuple(r.code for r in regions()), title="首发地区", names="regions"),
            Codes("shape", code_list("spread_shapes").codes, "层级不足", title="形态", names="spread_shapes"),
            Words("words"),
            SEARCH,
            Days("day", dt.date(2000, 1, 1), title="首发日期"),
        ),
        time="day",
    )


@dataclass(frozen=True, eq=False)
class DocumentTable(FrameTable):
    """One state of the tables: documents (newest first), who carried them, the sites, who ought to have.

    ``rows`` has the columns of ``cascades`` and ``kind``, ``level``, ``department``, ``site_name`` of the site that
    published each, and ``is_explained`` (an interpretation is known). ``reprints`` are in the order of ``rows``; those
    of document k are rows ``bounds[k]`` to ``bounds[k + 1]``. ``sites`` has ``group`` (``GROUPS``) and ``prefecture``
    too. ``due`` counts the sites that ought to carry each document by ``rule``.
    """

    library: Library
    reprints: pd.DataFrame
    bounds: np.ndarray
    sites: pd.DataFrame
    rule: DueRule
    due: DueCounts

    def copies(self, number: int) -> pd.DataFrame:
        """Return the rows of ``reprints`` of one document, in the order of time."""
        return self.reprints.iloc[self.bounds[number] : self.bounds[number + 1]]

    def number(self, origin_id: str) -> int | None:
        """Return the row of a document; None if nobody carried it."""
        found = np.flatnonzero((self.rows["origin_id"] == origin_id).to_numpy(bool))
        return int(found[0]) if len(found) else None


class DocumentSelection(FrameSelection):
    """What is chosen among documents that were carried; a prefecture holds its counties, all ``words`` must be said.

    ``level`` and ``region`` are those of the site that published the document, ``day`` is when it did. O(documents)
    a question.
    """

    held: DocumentTable

    @property
    def span(self) -> tuple[dt.date, dt.date]:
        """The day of the first document, and that of the library's newest record."""
        first, last = super().span
        return first, max(last, self.as_of.date() if self.as_of is not None else last)


@versioned(*TABLES)
def newest(library: Library) -> DocumentTable:
    """Return the newest state of the tables. O(reprints log reprints + due pairs)."""
    sites = with_groups(library.read("sites", list(SITE_COLUMNS)))
    documents = library.read(CASCADES, [*library.catalog.table(CASCADES).columns, "key_hash"])
    documents = documents.sort_values(
        ["published_at", "origin_id"], ascending=[False, True], ignore_index=True
    )
    reprints, bounds = _in_order(library.read(REPRINTS, list(REPRINT_COLUMNS)), documents)
    documents = described(documents, reprints, sites)
    rule, as_of = read_rule(), newest_record(library)
    day = documents["published_at"].to_numpy().astype("datetime64[D]")
    values = {
        "genre": documents["genre"], "topic": documents["topic_1"], "level": documents["level"],
        "region": documents["region_code"], "shape": documents["shape"],
    }  # fmt: skip
    said = documents["title"].fillna("") + " " + documents["document_number"].astype(object).fillna("")
    return DocumentTable(
        documents, schema(), values, day, day, said.astype(object).str.lower(),
        tuple(library.version_of(table) for table in TABLES), as_of, is_synthetic(library) and len(documents) > 0,
        library, reprints, bounds, sites, rule, due_counts(documents, reprints, sites, rule, as_of),
    )  # fmt: skip


def selection(library: Library, row_set: RowSet | None = None, /, **filters: Any) -> Selection:
    """Return a selection of documents that other sites carried, newest first."""
    made = frame_selection(
        newest,
        schema(),
        DocumentSelection,
        {SEARCH.name: searched(CASCADES)},
        unit="份",
        noun="文件",
        time_label="首发日期",
    )
    return made(library, row_set, **filters)


def newest_record(library: Library) -> dt.datetime | None:
    """Return when the newest record was published. O(data files), and one column of those with undated records."""
    stored = library.stored("records")
    times = [
        file.high.get("published_at")
        or pc.max(stored.read_columns(file.path, ["published_at"]).column(0)).as_py()
        for file in stored.files()
    ]
    return max((time for time in times if time is not None), default=None)


def is_synthetic(library: Library) -> bool:
    """Whether any record comes from a source that the catalog calls synthetic (演示数据)."""
    sources = library.catalog.sources.values()
    has_records = [s for s in sources if any(i.table == "records" for i in s.inputs)]
    return any(s.synthetic for s in has_records)


def with_groups(sites: pd.DataFrame) -> pd.DataFrame:
    """Return the sites with ``group`` (level; media and sites outside the province are their own) and ``prefecture`` (a code)."""
    kind, level = sites["kind"].astype(object), sites["level"].astype(object)
    group = (
        level.where(level.isin(GROUPS), "outside")
        .mask(kind == "media", "media")
        .mask(kind == "outside", "outside")
    )
    code = sites["region_code"].astype(object)
    prefecture = (code.str[:4] + "00").where(code.notna() & (code.str[2:4] != "00"), None)
    return sites.assign(group=group, prefecture=prefecture).reset_index(drop=True)


def described(documents: pd.DataFrame, reprints: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Return the documents with what ``DocumentTable`` says of them beside the table."""
    of_site = sites.drop_duplicates("site_id").set_index("site_id")
    explained = reprints.loc[(reprints["kind"] == RELATED).to_numpy(bool), "origin_id"].unique()
    # A site that the register does not have is outside.
    level = documents["site_id"].map(of_site["level"]).astype(object).fillna("outside")
    return documents.assign(
        kind=documents["site_id"].map(of_site["kind"]),
        level=level,
        department=documents["site_id"].map(of_site["department"]),
        site_name=documents["site_id"].map(of_site["name"]).astype(object).fillna(documents["site_id"]),
        is_explained=documents["origin_id"].isin(explained).to_numpy(bool),
    )


def column_of(within: str) -> str:
    """Return the column of ``cascades`` that holds the share within a limit."""
    return f"share_{within}" if within == "ever" else f"share_{within}h"


def number_of(row: Mapping[str, Any], name: str) -> float:
    """Return a number of a row, NaN where there is none."""
    return float("nan") if pd.isna(row[name]) else float(row[name])


def _in_order(reprints: pd.DataFrame, documents: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the reprints of these documents in their order, by time within each, and where each one's begin."""
    for name in ("site_id", "kind", "evidence", "flags"):
        reprints[name] = reprints[name].astype("category")
    document = pd.Index(documents["origin_id"]).get_indexer(reprints["origin_id"])
    order = np.lexsort((reprints["lag_hours"].to_numpy(float), document))
    order = order[np.searchsorted(document[order], 0) :]
    bounds = np.searchsorted(document[order], np.arange(len(documents) + 1))
    return reprints.take(order).reset_index(drop=True), bounds
