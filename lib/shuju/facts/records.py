"""The fact table of records: one row a record, by site, region, level, kind, genre, topic, source, day."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuju.facts.incremental import update_facts
from shuju.facts.schema import Codes, Days, FactSchema
from shuju.facts.store import Facts
from shuju.library import Library
from shuju.standard import code_list, regions
from shuju.standard.points import random_points

TABLE = "records"
COLUMNS = ("site_id", "library", "region_code", "genre", "topic_1", "source", "published_at", "key_hash")
OUTSIDE = "430000"


def schema(library: Library) -> FactSchema:
    """Return the dimensions, their labels in the order of the standard."""
    sites = library.sites_frame().sort_values("site_id")
    return FactSchema(
        name=TABLE,
        dimensions=(
            Codes("library", code_list("libraries").codes),
            Codes("region", tuple(r.code for r in regions())),
            Codes("level", code_list("levels").codes),
            Codes("kind", code_list("site_kinds").codes),
            Codes("genre", code_list("genres").codes),
            Codes("topic", code_list("topics").codes, null="未分类"),
            Codes("site", tuple(sites["site_id"])),
            Codes("source"),
            Days("day", date(2000, 1, 1)),
        ),
        time="day",
        x="x",
        y="y",
        locators=("key",),
    )


def build(library: Library) -> Facts:
    """Bring the fact table up to the library's newest version and return it open (see ``update_facts``)."""
    sites = library.sites_frame().set_index("site_id")
    return update_facts(library, schema(library), COLUMNS, lambda rows, seed: _dimensions(rows, sites, seed))


def _dimensions(rows: pa.Table, sites: pd.DataFrame, seed: int) -> pa.Table:
    """Return a batch's dimensions, and a point within the county of each record."""
    site = rows.column("site_id")
    at = pc.index_in(site, pa.array(sites.index.to_list(), pa.string()))

    def of_site(column: str) -> pa.ChunkedArray:
        return pa.array(sites[column], pa.string(), from_pandas=True).take(at)

    region = pc.coalesce(rows.column("region_code"), of_site("region_code"))
    where = pc.coalesce(region, rows.column("library"), pa.scalar(OUTSIDE))
    x, y = random_points(where.cast(pa.int64()).to_numpy(), seed=seed)
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
