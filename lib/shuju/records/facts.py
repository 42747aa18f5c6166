"""The fact table of records: one row a record, by site, region, level, kind, genre, topic, source, day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuju.facts.fact_selection import fact_selection
from shuju.facts.incremental import update_facts
from shuju.facts.schema import Codes, Days, FactSchema
from shuju.facts.selection import Selection
from shuju.facts.store import Facts
from shuju.facts.subset import RowSet
from shuju.fulltext.find import SEARCH, searched
from shuju.library import Library
from shuju.library.versioned import versioned
from shuju.standard import code_list, regions
from shuju.standard.points import random_points

TABLE = "records"
COLUMNS = ("site_id", "library", "region_code", "genre", "topic_1", "source", "published_at", "key_hash")


def schema(library: Library) -> FactSchema:
    """Return the dimensions, their labels in the order of the standard."""
    sites = library.sites_frame().sort_values("site_id")
    return FactSchema(
        name=TABLE,
        dimensions=(
            Codes(
                "library", code_list("libraries").codes, title="资源库", names="libraries", column="library"
            ),
            Codes("region", tuple(r.code for r in regions()), title="地区", names="regions"),
            Codes("level", code_list("levels").codes, title="层级", names="levels"),
            Codes("kind", code_list("site_kinds").codes, title="网站类别", names="site_kinds"),
            Codes("genre", code_list("genres").codes, title="信息类别", names="genres", column="genre"),
            Codes(
                "topic", code_list("topics").codes, "未分类", title="主题", names="topics", column="topic_1"
            ),
            Codes("site", tuple(sites["site_id"]), title="网站", names="sites", column="site_id"),
            Codes("source", title="来源系统", names="sources", column="source"),
            Days("day", date(2000, 1, 1), title="发布日期", column="published_at"),
        ),
        time="day",
        x="x",
        y="y",
        locators=("key",),
    )


METHOD = 2  # of the dimensions: counted up where they would come out otherwise


def build(library: Library) -> Facts:
    """Bring the fact table up to the library's newest version and return it open (see ``update_facts``)."""
    sites = library.sites_frame().set_index("site_id")
    return update_facts(library, schema(library), COLUMNS, partial(_dimensions, sites), str(METHOD))


def _dimensions(sites: pd.DataFrame, rows: pa.Table, seed: int) -> pa.Table:
    """Return a batch's dimensions, and a point within the county of each record."""
    site = rows.column("site_id")
    at = pc.index_in(site, pa.array(sites.index.to_list(), pa.string()))

    def of_site(column: str) -> pa.ChunkedArray:
        return pa.array(sites[column], pa.string(), from_pandas=True).take(at)

    region = pc.coalesce(rows.column("region_code"), of_site("region_code"))
    where = pc.fill_null(region.cast(pa.int64()), 0)  # a site that lies nowhere here is nowhere on the map
    x, y = random_points(where.to_numpy(), seed=seed)
    return pa.table(
        {
            "library": rows.column("library"),
            "region": region,
            "level": of_site("level"),
            "kind": of_site("kind"),
            "genre": rows.column("genre"),
            "topic": rows.column("topic_1"),
            "site": site,
            "source": rows.column("source"),
            "day": rows.column("published_at"),
            "x": x,
            "y": y,
            "key": rows.column("key_hash"),
        }
    )


@versioned("records", "sites")
def newest(library: Library) -> Facts:
    """Return the newest facts of the records, built where they are missing."""
    return build(library)


def selection(library: Library, row_set: RowSet | None = None, /, **filters: Any) -> Selection:
    """Return a selection of records."""
    stored = schema(library)
    told = replace(stored, dimensions=(*stored.dimensions, SEARCH))
    holding = {SEARCH.name: searched(TABLE)}
    return fact_selection(newest, told, holding, unit="条", noun="信息")(library, row_set, **filters)
