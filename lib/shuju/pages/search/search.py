"""The page of search: what was found of each kind, twenty at a time, with the words marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from shuju.facts.naming import site_names
from shuju.fulltext import SearchError
from shuju.fulltext.excerpt import excerpt, marked
from shuju.fulltext.find import Found, Hit, find
from shuju.fulltext.kinds import KINDS
from shuju.letters.facts import selection as select_letters
from shuju.library import Library
from shuju.spread.documents import is_synthetic as records_are_synthetic
from shuju.ui.reads import note_reads
from shuju.ui.templates import render

ROWS = 20
LAST_PAGE = 50  # who has not found it in a thousand rows asks otherwise


@dataclass(frozen=True)
class Way:
    """Where a hit leads, and the page that the kind can be filtered on."""

    detail: str
    page: str
    title: str


WAYS = {
    "letters": Way("letter", "letters", "社情民意"),
    "records": Way("record", "panorama", "资源全景"),
    "hot_issues": Way("issue", "issues", "热点诉求"),
    "cascades": Way("document", "spread", "传播"),
}


def search_html(library: Library, text: str, kind: str = "", page: str = "") -> str:
    """Return the hits for ``text`` as HTML: all kinds, or the ``page``-th twenty of one; what is wrong is said.

    O(rows that hold a word).
    """
    if not text.strip():
        return _page()
    number = min(max(int(page), 1), LAST_PAGE) if page.isdecimal() and len(page) < 9 else 1
    tables = [kind] if kind in KINDS else list(KINDS)
    try:
        found = find(library, text, tables, ROWS, ROWS * (number - 1) if kind in KINDS else 0)
    except SearchError as error:
        return _page(text, error=str(error))
    is_synthetic = select_letters(library).is_synthetic or records_are_synthetic(library)
    groups = [(one, WAYS[one.kind.table], _rows(library, one)) for one in found]
    return _page(text, groups, kind if kind in KINDS else "", number, is_synthetic=is_synthetic)


def _page(
    text: str = "",
    groups: Sequence[Any] = (),
    kind: str = "",
    number: int = 1,
    *,
    error: str = "",
    is_synthetic: bool = False,
) -> str:
    told = next((found.told for found, _, _ in groups if found.told), "")
    suggestions = dict.fromkeys(found.suggestion for found, _, _ in groups if found.suggestion)
    notes = groups[0][0].asked.notes if groups else ()
    return render(
        "search/search.html", text=text, groups=groups, kind=kind, page=number, size=ROWS, last=LAST_PAGE, error=error,
        told=told, suggestions=suggestions, notes=notes, n=sum(found.n for found, _, _ in groups), is_synthetic=is_synthetic,
    )  # fmt: skip


def _rows(library: Library, found: Found) -> list[dict[str, Any]]:
    """Return what the list shows of each hit."""
    if not found.hits:
        return []
    about = (
        _of_letters(library, found.hits)
        if found.kind.table == "letters"
        else [_about(hit) for hit in found.hits]
    )
    if found.kind.table == "letters":
        note_reads(library, "search", [hit.key for hit in found.hits])
    sites = site_names(library) if "site_id" in found.kind.shown else {}
    return [
        {
            "key": hit.key,
            "title": marked(hit.title, found.asked),
            "text": excerpt(hit.text, found.asked),
            "day": hit.shown[found.kind.time],
            "site": sites.get(hit.shown.get("site_id"), hit.shown.get("site_id") or ""),
            **own,
        }
        for hit, own in zip(found.hits, about, strict=True)
    ]


def _about(hit: Hit) -> dict[str, Any]:
    shown: Mapping[str, Any] = hit.shown
    size = [f"{shown[name]:,} {unit}" for name, unit in SIZES.items() if shown.get(name) is not None]
    return {"region": shown.get("region_code"), "topic": shown.get("topic_1"), "size": "".join(size)}


SIZES = {"n_letters": "封来信", "n_sites": "个网站转载"}


def _of_letters(library: Library, hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """Return the place and the topic of letters as the facts have them: the text tells where the source does not."""
    letters: Any = select_letters(library)
    keys = np.array([hit.hash for hit in hits], np.int64)
    codes = {name: letters.codes_at(name, keys) for name in ("region", "topic")}
    null = {name: letters.schema.dimension(name).null for name in codes}
    told = pd.DataFrame(codes)
    told = told.where(~told.eq(pd.Series(null)), None)
    return [{**row, "size": ""} for row in told.to_dict("records")]
