"""The lists of one document: its copies (转载清单), the due sites without it (未到达名单), a page at a time."""

from __future__ import annotations

import pandas as pd

from shuju.facts.selection import Selection
from shuju.spread.kinds import REPRINT_KINDS
from shuju.spread.one_document import Document, document_data
from shuju.standard import code_list

COPY_ROWS, MISSING_ROWS = 10, 8
KINDS = {"all": "全部"} | {kind: code_list("reprint_kinds").names[kind] for kind in REPRINT_KINDS}


def copies_data(
    selection: Selection, document_id: str = "", kind: str = "all", page: int = 1
) -> pd.DataFrame:
    """Return a page of the copies in the order of time, those of one kind if it is chosen: the columns of ``Document.copies`` and ``parent``.

    ``parent`` is the site that a copy is from. ``attrs`` holds ``page``, ``total``, ``document_id``, ``first`` (the id
    of the first copy of any kind) and ``kinds``, how many there are of each.
    """
    shown = document_data(selection, document_id)
    rows = shown.copies if kind == "all" else shown.copies[(shown.copies["kind"] == kind).to_numpy(bool)]
    carriers = dict(zip(shown.copies["record_id"], shown.copies["site"], strict=True))
    carriers |= {str(shown.row["origin_id"]): "原文"}
    found, attrs = _page(rows, page, COPY_ROWS, shown)
    found = found.assign(parent=found["parent_id"].map(carriers).astype(object).fillna("不明"))
    first = str(shown.copies["record_id"].iloc[0]) if shown.is_carried else ""
    found.attrs = attrs | {"kinds": kinds_of(shown), "first": first}
    return found


def missing_data(selection: Selection, document_id: str = "", missing_page: int = 1) -> pd.DataFrame:
    """Return a page of the due sites without the document: the columns of ``Document.missing``.

    ``attrs`` holds ``page``, ``total``, ``document_id``, ``n_due`` and ``levels``, how many there are of each.
    """
    shown = document_data(selection, document_id)
    found, attrs = _page(shown.missing, missing_page, MISSING_ROWS, shown)
    levels = {str(level): int(n) for level, n in shown.missing["level"].value_counts(sort=False).items()}
    found.attrs = attrs | {"n_due": int(shown.rates["n_due"]), "levels": levels}
    return found


def kinds_of(shown: Document) -> dict[str, int]:
    """Return how many copies there are of each kind, ``all`` first."""
    n = shown.copies["kind"].astype(object).value_counts()
    return {"all": len(shown.copies)} | {code: int(n[code]) for code in KINDS if n.get(code, 0)}


def _page(
    rows: pd.DataFrame, page: int, size: int, shown: Document
) -> tuple[pd.DataFrame, dict[str, object]]:
    page = max(min(page, -(-len(rows) // size)), 1)
    attrs = {"page": page, "total": len(rows), "document_id": str(shown.row["origin_id"])}
    return rows.iloc[(page - 1) * size : page * size].reset_index(drop=True), attrs
