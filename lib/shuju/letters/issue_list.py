"""Hot issues as a list (热点诉求): headline figures, one page of them, how many bear each label, rows to download."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from shuju.facts.naming import label_name
from shuju.facts.selection import Selection, nearest_page
from shuju.standard import regions

ROWS = 12
ALIVE_DAYS = 30
# The columns of the list beside the title, and those that are shown at first.
COLUMNS = {
    "stage": "源头 → 传导 → 转化",
    "heat": "热度",
    "n_letters": "来信",
    "n_writers": "人",
    "n_regions": "县市区",
    "n_unanswered": "未答复",
    "first_at": "最早",
    "last_at": "最近",
    "department": "承办部门",
    "issue_id": "编号",
}
SHOWN = ("stage", "heat", "n_letters", "n_writers", "n_regions", "n_unanswered", "last_at")
FACETS = {"stage": "阶段", "topic": "主题", "region": "市州"}
CODED = {
    "stage": "stages",
    "region_code": "regions",
    "transmission_sign": "stage_signs",
    "conversion_sign": "stage_signs",
}


@dataclass(frozen=True)
class Headline:
    """How many hot issues there are, how many of them are alive, and what they amount to.

    ``hottest`` is the title and the letters of the hottest that is alive, ``last_at`` when the newest letter of any came.
    """

    n: int
    n_all: int
    n_converted: int
    n_letters: int
    n_unanswered: int
    n_answer_unknown: int
    n_alive: int = 0
    hottest: tuple[str, int] | None = None
    last_at: pd.Timestamp | None = None


def issue_headline_data(selection: Selection) -> Headline:
    """Return the headline figures of the hot issues that pass."""
    rows = selection.rows(selection.n_all)
    alive = rows[is_alive(selection, rows)]
    return Headline(
        n=len(rows),
        n_all=selection.n_all,
        n_converted=int((rows["stage"] == "conversion").sum()),
        n_letters=int(rows["n_letters"].sum()),
        n_unanswered=int(rows["n_unanswered"].sum()),
        n_answer_unknown=int(rows["n_answer_unknown"].sum()),
        n_alive=len(alive),
        hottest=None if alive.empty else (str(alive["title"].iloc[0]), int(alive["n_letters"].iloc[0])),
        last_at=None if rows.empty else rows["last_at"].max(),
    )


def is_alive(selection: Selection, rows: pd.DataFrame) -> pd.Series:
    """Tell of each issue whether a letter came in the last ``ALIVE_DAYS`` before the newest letter of all."""
    end = pd.Timestamp(selection.as_of) if selection.as_of is not None else rows["last_at"].max()
    return rows["last_at"] > end - pd.Timedelta(days=ALIVE_DAYS)


def issue_list_data(
    selection: Selection, page: int = 1, order: str = "", *, with_quiet: bool = True
) -> pd.DataFrame:
    """Return the hot issues of one page, columns as of the catalog: those alive by heat, then quiet ones, the newest first.

    ``order`` is a column (``-n_letters`` the other way round) by which all stand instead. Without ``with_quiet`` the quiet ones
    are left out, unless there are no others. ``attrs`` holds ``page, total, first``, ``n_alive`` and ``n_quiet`` of all pages, and the
    ``year`` of the newest letter. O(issues chosen).
    """
    rows = selection.rows(selection.n_all, order=order)
    on = is_alive(selection, rows)
    alive, quiet = rows[on], rows[~on]
    if not with_quiet and len(alive):
        shown = alive
    elif order:
        shown = rows
    else:
        shown = pd.concat([alive, quiet.sort_values(["last_at", "heat"], ascending=False, kind="stable")])
    page = nearest_page(page, len(shown), ROWS)
    first = (page - 1) * ROWS
    found = shown.iloc[first : first + ROWS].copy()
    found.attrs = {
        "page": page,
        "total": len(shown),
        "first": first,
        "n_alive": len(alive),
        "n_quiet": len(quiet),
        "year": None if selection.as_of is None else pd.Timestamp(selection.as_of).year,
    }
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
    heats = [name for name in columns if name.startswith("heat")]
    rows[heats] = rows[heats].astype(float).round(1)  # as the page shows it
    rows["regions"] = rows["regions"].map(
        lambda codes: "、".join(label_name("regions", code) for code in codes.split(",") if code),
        na_action="ignore",
    )
    return rows
