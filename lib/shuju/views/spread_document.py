"""One document of the page of spread: who carried it, from whom, when, where it did not arrive, what is doubtful. No HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shuju.library import Library
from shuju.spread.arrival import HOURS, Arrivals, curves, rates
from shuju.spread.chain import bottlenecks, missing, superiors
from shuju.spread.kinds import REVISION
from shuju.views.issues_data import place_name
from shuju.views.spread_arrivals import WITHIN
from shuju.views.spread_data import (
    GROUPS,
    SpreadTables,
    arrivals_of,
    described,
    is_reprint,
)

_OF_SITE = {"site_id": "site_id", "site": "name", "group": "group", "place_code": "region_code"}
_RECORD = (
    "record_id", "title", "document_number", "site_id", "library", "region_code", "genre", "topic_1", "published_at", "body",
)  # fmt: skip


@dataclass(frozen=True)
class Document:
    """One document and its spread.

    ``row`` has what ``SpreadTables.documents`` has. ``copies`` (reprints, in the order of time) and ``linked`` (revisions and
    interpretations, not counted) have the columns of ``reprints`` and ``site``, ``group``, ``place`` of the site that carries it.
    ``rates`` are those of ``arrival.rates``, one row; ``missing`` the due sites without it.
    """

    row: Mapping[str, object]
    copies: pd.DataFrame
    linked: pd.DataFrame
    pairs: Arrivals
    rates: Mapping[str, object]
    missing: pd.DataFrame

    @property
    def is_carried(self) -> bool:
        """Whether any site carried it."""
        return len(self.copies) > 0


def document(tables: SpreadTables, origin_id: str) -> Document | None:
    """Return one document, None if the library has no such record. O(its reprints + sites); any record can be asked for."""
    number = tables.number(origin_id)
    if number is None:
        frame = _of_record(tables, origin_id)
        rows = tables.reprints.iloc[:0]
    else:
        frame, rows = tables.documents.iloc[[number]], tables.copies(number)
    if frame is None:
        return None
    pairs = arrivals_of(tables, frame, rows)
    rows = with_sites(rows, tables.sites)
    rows = rows.assign(title=_titles(tables.library, origin_id, rows))
    counted = is_reprint(rows)
    lacking = missing(pairs)
    lacking = lacking.assign(
        place=lacking["region_code"].map(place_name, na_action=None),
        stopped_name=lacking["stopped_at"].map(tables.sites.set_index("site_id")["name"]),
    )
    return Document(
        frame.iloc[0].to_dict(),
        rows[counted].reset_index(drop=True),
        rows[~counted].reset_index(drop=True),
        pairs,
        rates(pairs).iloc[0].to_dict(),
        lacking,
    )


def _titles(library: Library, origin_id: str, rows: pd.DataFrame) -> pd.Series:
    """Return the titles of copies, the site's name where there is none; those of all documents are not kept in memory."""
    known = library.read("reprints", ["record_id", "title"], [("origin_id", "==", origin_id)])
    title = rows["record_id"].map(known.drop_duplicates("record_id").set_index("record_id")["title"])
    return title.astype(object).fillna(rows["site"])


def _of_record(tables: SpreadTables, origin_id: str) -> pd.DataFrame | None:
    """Return a record that nobody carried, as a row of ``SpreadTables.documents``."""
    record = tables.library.get("records", origin_id)
    if record is None:
        return None
    frame = pd.DataFrame([{name: record[name] for name in _RECORD if name != "body"}])
    frame = frame.rename(columns={"record_id": "origin_id"}).assign(
        published_at=pd.to_datetime(frame["published_at"]), n_characters=len(record["body"] or "")
    )
    frame = frame.reindex(columns=list(tables.library.catalog.table("cascades").columns))
    counts = ("n_reprints", "n_sites", "n_counties", "n_prefectures", "n_levels", "depth")
    return described(frame.assign(**dict.fromkeys(counts, 0)), tables.reprints.iloc[:0], tables.sites)


def with_sites(rows: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Return reprints with ``site`` (name), ``group`` and ``place`` of their site, ``region_code`` too; an unknown site is outside."""
    of_site = sites.drop_duplicates("site_id").set_index("site_id")
    key = rows["site_id"].astype(object)
    code = key.map(of_site["region_code"])
    group = key.map(of_site["group"]).fillna("outside").astype(object)
    return rows.assign(
        site=key.map(of_site["name"]).fillna(key),
        group=group,
        kind_of_site=key.map(of_site["kind"]),
        region_code=code,
        place=[
            GROUPS[g] if g == "outside" or pd.isna(c) else place_name(c)
            for g, c in zip(group, code, strict=True)
        ],
        flags=rows["flags"].astype(object).fillna(""),
        evidence=rows["evidence"].astype(object).fillna(""),
        generation=rows["generation"].fillna(1),
    )


def arrival_shares(shown: Document) -> pd.DataFrame:
    """Return the arrival curve of the due sites by level: ``group``, ``hours``, ``share`` (0..1), ``n_due``."""
    found = curves(shown.pairs, ["to_level"])
    n_due = (
        rates(shown.pairs, ["to_level"]).set_index("to_level")["n_due"] if len(shown.pairs) else pd.Series()
    )
    return pd.DataFrame(
        {
            "group": found["to_level"].astype(object) if len(found) else [],
            "hours": found["hours"],
            "share": found["share_arrived"],
            "n_due": found["to_level"].map(n_due) if len(found) else [],
        }
    )


def arrival_numbers(shown: Document) -> pd.DataFrame:
    """Return how many sites carry it after so many hours, by ``group``: ``hours``, ``n``; undated and too early ones are left out."""
    first = first_of_sites(shown.copies)
    first = first[first["lag_hours"] >= 0].sort_values("lag_hours")
    n = first.groupby("group").cumcount() + 1
    return pd.DataFrame({"group": first["group"], "hours": first["lag_hours"], "n": n})


def first_of_sites(copies: pd.DataFrame) -> pd.DataFrame:
    """Return the earliest copy of each site; one with a time that can be true before others."""
    can_be = copies["lag_hours"].where(copies["lag_hours"] >= 0, np.inf)
    return copies.iloc[np.argsort(can_be.to_numpy(float), kind="stable")].drop_duplicates("site_id")


def by_county(copies: pd.DataFrame) -> pd.Series:
    """Return the hours after which the first site of each county (index: code) carried it; inf where no time can be true."""
    return _first_by(copies[copies["group"] == "county"], "region_code")


def by_city(copies: pd.DataFrame) -> pd.Series:
    """Return the hours after which a prefecture's own sites first carried it (index: code)."""
    return _first_by(copies[copies["group"] == "prefecture"], "region_code")


def _first_by(copies: pd.DataFrame, column: str) -> pd.Series:
    hours = copies["lag_hours"].where(copies["lag_hours"] >= 0, np.inf)
    return hours.groupby(copies[column].astype(object)).min()


def first_mover(shown: Document) -> Mapping[str, object] | None:
    """Return the copy that came first, of those with a time that can be true; None if there is none."""
    dated = shown.copies[shown.copies["lag_hours"] >= 0]
    return None if dated.empty else dated.loc[dated["lag_hours"].idxmin()].to_dict()


def levels(shown: Document) -> pd.DataFrame:
    """Return what arrived by level and kind: ``group``, ``n_due``, ``n_arrived``, shares by limit, ``n_sites`` that carry it, due or not."""
    due = rates(shown.pairs, ["to_level"]).rename(columns={"to_level": "group"})
    n_sites = first_of_sites(shown.copies).groupby("group").size().rename("n_sites")
    found = (
        pd.DataFrame({"group": list(GROUPS)})
        .merge(due, on="group", how="left")
        .merge(n_sites, on="group", how="left")
    )
    found[["n_due", "n_sites"]] = found[["n_due", "n_sites"]].astype(float).fillna(0).astype(np.int64)
    return found[(found["n_due"] > 0) | (found["n_sites"] > 0)].reset_index(drop=True)


def flows(shown: Document) -> pd.DataFrame:
    """Return how many copies each kind of site had from which, generation by generation: ``generation``, ``source``, ``target``, ``n``.

    ``source`` is the group of the parent (in generation − 1), ``target`` that of the copy.
    """
    copies = shown.copies
    if copies.empty:
        return pd.DataFrame({"generation": [], "source": [], "target": [], "n": []})
    group = dict(zip(copies["record_id"], copies["group"], strict=True))
    group[str(shown.row["origin_id"])] = origin_group(shown)
    source = copies["parent_id"].map(group)
    found = pd.DataFrame(
        {"generation": copies["generation"], "source": source, "target": copies["group"]}
    ).dropna()
    found = found.groupby(["generation", "source", "target"]).size().rename("n").reset_index()
    return found.astype({"generation": np.int64})


def origin_group(shown: Document) -> str:
    """Return the group of the site that published the document."""
    if shown.row["kind"] in ("media", "outside"):
        return str(shown.row["kind"])
    return str(shown.row["level"]) if shown.row["level"] in GROUPS else "outside"


def findings(shown: Document) -> pd.DataFrame:
    """Return what is doubtful: ``code``, ``record_id``, ``site``, ``lag_hours``; one row a copy and flag, in the order of time."""
    copies = shown.copies
    flags = copies["flags"].str.split(",")
    found = copies.assign(code=flags).explode("code")
    return found.loc[found["code"].fillna("") != "", ["code", "record_id", "site", "lag_hours"]].reset_index(
        drop=True
    )


def breaks(shown: Document) -> pd.DataFrame:
    """Return the silent breaks of the chain: portals that lack it though sites below wait for it, or have it without them.

    Columns ``site_id``, ``name``, ``n_below`` (due sites below that lack it too), ``n_passed`` (sites below that have it all
    the same); most behind first.
    """
    found = bottlenecks(shown.pairs, ["site_id", "name"])
    sites = shown.pairs.sites
    above = superiors(sites)[shown.pairs.carriers.site]
    n_passed = pd.Series(sites["site_id"].to_numpy(object)[above[above >= 0]]).value_counts()
    found = found.assign(n_passed=found["site_id"].map(n_passed).fillna(0).astype(np.int64))
    is_lacking = found["site_id"].isin(shown.missing["site_id"]) | (found["n_below"] > 0)
    found = found[is_lacking & ((found["n_below"] > 0) | (found["n_passed"] > 0))]
    found = found.sort_values(["n_below", "n_passed"], ascending=False, kind="stable")
    return found[["site_id", "name", "n_below", "n_passed"]].reset_index(drop=True)


def texts(library: Library, record_id: str) -> dict[str, object] | None:
    """Return title, body, times and source of one record, to be held against another. O(log n)."""
    return library.get("records", record_id)


def clock(shown: Document) -> list[tuple[str, int, int, float]]:
    """Return for each limit: its key (``WITHIN``), due sites whose clock has run out, how many arrived, the share (NaN: nothing due)."""
    found = []
    for hours in HOURS:
        n = int(shown.rates[f"n_due_{hours}h"])
        part = float(shown.rates[f"share_{hours}h"])
        found.append((str(hours), n, round(part * n) if n else 0, part))
    n = int(shown.rates["n_due"])
    return [*found, (list(WITHIN)[-1], n, int(shown.rates["n_arrived"]), float(shown.rates["share_ever"]))]


def revisions_of(shown: Document) -> pd.DataFrame:
    """Return the linked rows that are revisions of the document."""
    return shown.linked[(shown.linked["kind"] == REVISION).to_numpy(bool)]
