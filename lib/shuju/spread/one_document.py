"""One document and its spread: who carried it, from whom, when, where it did not arrive, what is doubtful."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from shuju.facts.naming import place_name
from shuju.facts.selection import Selection
from shuju.library import Library
from shuju.spread.arrival import HOURS, Arrivals, arrivals, rates
from shuju.spread.breaks import bottlenecks, missing, superiors
from shuju.spread.documents import GROUPS, DocumentTable, described
from shuju.spread.due_counts import WITHIN
from shuju.spread.kinds import REPRINT_KINDS

KEPT = 64
_RECORD = (
    "record_id", "title", "document_number", "site_id", "library", "region_code", "genre", "topic_1", "published_at",
)  # fmt: skip
_COUNTS = ("n_reprints", "n_sites", "n_counties", "n_prefectures", "n_levels", "depth")


@dataclass(frozen=True, eq=False)
class Document:
    """One document and its spread; ``is_known`` is false where the library has no such record, and all is empty.

    ``row`` has what ``DocumentTable.rows`` has. ``copies`` (reprints, in the order of time) and ``linked`` (revisions and
    interpretations, not counted) have the columns of ``reprints`` and ``title``, ``site``, ``group``, ``place`` of the site that
    carries it. ``rates`` are those of ``arrival.rates``, one row; ``missing`` the due sites without it.
    """

    is_known: bool
    row: Mapping[str, Any]
    copies: pd.DataFrame
    linked: pd.DataFrame
    pairs: Arrivals
    rates: Mapping[str, Any]
    missing: pd.DataFrame

    @property
    def is_carried(self) -> bool:
        """Whether any site carried it."""
        return len(self.copies) > 0

    @property
    def group(self) -> str:
        """The group (``GROUPS``) of the site that published it."""
        if self.row["kind"] in ("media", "outside"):
            return str(self.row["kind"])
        return str(self.row["level"]) if self.row["level"] in GROUPS else "outside"


def document_data(selection: Selection, document_id: str = "") -> Document:
    """Return one document by its id, whatever is chosen; without an id that of the chosen which most sites carried.

    Any record can be asked for. O(its reprints + sites); the last ``KEPT`` are kept.
    """
    held: DocumentTable = selection.held  # type: ignore[attr-defined]
    if not document_id and selection.total:
        rows = held.rows[selection.mask()]  # type: ignore[attr-defined]
        document_id = str(rows["origin_id"].iloc[int(np.argmax(rows["n_sites"].to_numpy(float)))])
    return _document(held, document_id)


@lru_cache(KEPT)
def _document(held: DocumentTable, document_id: str) -> Document:
    library = held.library
    number = held.number(document_id)
    record = library.get("records", document_id) if number is None and document_id else None
    if number is not None:
        frame, rows = held.rows.iloc[[number]], held.copies(number)
    else:
        frame, rows = _of_record(held, record, document_id), held.reprints.iloc[:0]
    as_of = pd.Timestamp(held.as_of) if held.as_of is not None else frame["published_at"].max()
    is_known = number is not None or record is not None
    pairs = arrivals(frame, rows, held.sites, held.rule, as_of)
    pairs = pairs if is_known else pairs.only(np.zeros(len(pairs), bool))
    rows = with_sites(rows, held.sites)
    rows = rows.assign(title=_titles(library, document_id, rows))
    is_copy = rows["kind"].isin(REPRINT_KINDS).to_numpy(bool)
    lacking = missing(pairs)
    lacking = lacking.assign(
        place=lacking["region_code"].map(place_name, na_action=None),
        stopped_name=lacking["stopped_at"].map(held.sites.set_index("site_id")["name"]),
    )
    return Document(
        is_known,
        frame.iloc[0].to_dict(),
        rows[is_copy].reset_index(drop=True),
        rows[~is_copy].reset_index(drop=True),
        pairs,
        rates(pairs).iloc[0].to_dict(),
        lacking,
    )


def with_sites(rows: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Return reprints with ``site`` (name), ``group`` and ``place`` of their site, ``region_code`` too; an unknown site is outside."""
    of_site = sites.drop_duplicates("site_id").set_index("site_id")
    key = rows["site_id"].astype(object)
    code = key.map(of_site["region_code"])
    group = key.map(of_site["group"]).fillna("outside").astype(object)
    return rows.assign(
        site=key.map(of_site["name"]).fillna(key),
        group=group,
        region_code=code,
        place=[
            GROUPS[g] if g == "outside" or pd.isna(c) else place_name(c)
            for g, c in zip(group, code, strict=True)
        ],
        flags=rows["flags"].astype(object).fillna(""),
        evidence=rows["evidence"].astype(object).fillna(""),
        generation=rows["generation"].fillna(1),
    )


def first_of_sites(copies: pd.DataFrame) -> pd.DataFrame:
    """Return the earliest copy of each site; one with a time that can be true before others."""
    can_be = copies["lag_hours"].where(copies["lag_hours"] >= 0, np.inf)
    return copies.iloc[np.argsort(can_be.to_numpy(float), kind="stable")].drop_duplicates("site_id")


def unregistered(shown: Document) -> int:
    """Return how many copies are on sites that the register does not have: they are reprints, but of no counted site."""
    return int((~shown.copies["site_id"].astype(object).isin(shown.pairs.sites["site_id"])).sum())


def first_mover(shown: Document) -> Mapping[str, Any] | None:
    """Return the copy that came first, of those with a time that can be true; None if there is none."""
    dated = shown.copies[shown.copies["lag_hours"] >= 0]
    return None if dated.empty else dated.loc[dated["lag_hours"].idxmin()].to_dict()


def within_limits(shown: Document) -> list[tuple[str, int, int, float]]:
    """Return for each limit: its key (``WITHIN``), due sites whose clock has run out, how many arrived, the share (NaN: nothing due)."""
    found = []
    for hours in HOURS:
        n = int(shown.rates[f"n_due_{hours}h"])
        part = float(shown.rates[f"share_{hours}h"])
        found.append((str(hours), n, round(part * n) if n else 0, part))
    n = int(shown.rates["n_due"])
    return [*found, (list(WITHIN)[-1], n, int(shown.rates["n_arrived"]), float(shown.rates["share_ever"]))]


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


def findings(shown: Document) -> pd.DataFrame:
    """Return what is doubtful: ``flag``, ``record_id``, ``site``, ``lag_hours``; one row a copy and flag, in the order of time."""
    copies = shown.copies
    found = copies.assign(flag=copies["flags"].str.split(",")).explode("flag")
    return found.loc[found["flag"].fillna("") != "", ["flag", "record_id", "site", "lag_hours"]].reset_index(
        drop=True
    )


def silent_breaks(shown: Document) -> pd.DataFrame:
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


def _titles(library: Library, document_id: str, rows: pd.DataFrame) -> pd.Series:
    """Return the titles of copies, the site's name where there is none; those of all documents are not kept in memory."""
    known = library.read("reprints", ["record_id", "title"], [("origin_id", "==", document_id)])
    title = rows["record_id"].map(known.drop_duplicates("record_id").set_index("record_id")["title"])
    return title.astype(object).fillna(rows["site"])


def _of_record(held: DocumentTable, record: Mapping[str, Any] | None, document_id: str) -> pd.DataFrame:
    """Return a record that nobody carried, as a row of ``DocumentTable.rows``; one of blanks where there is none."""
    known = record or dict.fromkeys(_RECORD) | {"title": "", "body": ""}
    frame = pd.DataFrame([{name: known[name] for name in _RECORD}]).drop(columns="record_id")
    frame = frame.assign(
        origin_id=document_id,
        published_at=pd.to_datetime(frame["published_at"]),
        n_characters=len(known["body"] or ""),
    )
    frame = frame.reindex(columns=list(held.library.catalog.table("cascades").columns))
    return described(frame.assign(**dict.fromkeys(_COUNTS, 0)), held.reprints.iloc[:0], held.sites)
