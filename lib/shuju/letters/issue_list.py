"""Hot issues as a list (热点诉求): headline figures, one page of them, how many bear each label, rows to download."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from shuju.facts.naming import label_name
from shuju.facts.selection import Selection, nearest_page
from shuju.standard import regions

ROWS = 12
FACETS = {"stage": "阶段", "topic": "主题", "region": "市州"}
CODED = {
    "stage": "stages",
    "region_code": "regions",
    "transmission_sign": "stage_signs",
    "conversion_sign": "stage_signs",
}


@dataclass(frozen=True)
class Headline:
    """How many hot issues there are, and what they amount to."""

    n: int
    n_all: int
    n_converted: int
    n_letters: int
    n_unanswered: int
    n_answer_unknown: int


def issue_headline_data(selection: Selection) -> Headline:
    """Return the headline figures of the hot issues that pass."""
    rows = selection.rows(selection.n_all)
    return Headline(
        n=len(rows),
        n_all=selection.n_all,
        n_converted=int((rows["stage"] == "conversion").sum()),
        n_letters=int(rows["n_letters"].sum()),
        n_unanswered=int(rows["n_unanswered"].sum()),
        n_answer_unknown=int(rows["n_answer_unknown"].sum()),
    )


def issue_list_data(selection: Selection, page: int = 1, order: str = "") -> pd.DataFrame:
    """Return the hot issues of one page, columns as of the catalog; ``attrs`` holds ``page, total, first``.

    ``order`` is a column (``-n_letters`` the other way round), the hottest first if empty.
    """
    total = selection.total
    page = nearest_page(page, total, ROWS)
    first = (page - 1) * ROWS
    found = selection.rows(ROWS, first=first, order=order).copy()
    found.attrs = {"page": page, "total": total, "first": first}
    return found


def issue_facets_data(selection: Selection) -> Mapping[str, pd.DataFrame]:
    """Return how many issues bear each stage, topic and prefecture: ``label, name, n, n_all, is_on``.

    All stages are there, in their order; of the others those that any issue has, the most frequent first.
    """
    prefectures = {r.code: r.short_name for r in regions("prefecture")}
    found = {}
    for name in FACETS:
        rows = selection.facet(name)
        if name == "region":
            rows = rows[rows["label"].isin(prefectures)].assign(name=lambda r: r["label"].map(prefectures))
        if name != "stage":
            rows = rows.sort_values("n_all", ascending=False, kind="stable")
        found[name] = rows.reset_index(drop=True)
    return found


def issue_export(selection: Selection) -> pd.DataFrame:
    """Return the hot issues that pass, hottest first: the catalog's columns, and ``…_name`` beside codes with a Chinese name."""
    columns = list(selection.resources.catalog.table("hot_issues").columns)
    rows = selection.rows(selection.n_all, columns).copy()
    for column, names in CODED.items():
        named = rows[column].map(lambda code, n=names: label_name(n, code), na_action="ignore")
        rows[f"{column}_name"] = named
    rows["regions"] = rows["regions"].map(
        lambda codes: "、".join(label_name("regions", code) for code in codes.split(",") if code),
        na_action="ignore",
    )
    return rows
