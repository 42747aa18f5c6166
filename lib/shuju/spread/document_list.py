"""The list of documents (文件列表): a page of those chosen, in an order that the reader chooses."""

from __future__ import annotations

import numpy as np
import pandas as pd

from shuju.facts.selection import Selection, nearest_page
from shuju.spread.documents import column_of
from shuju.spread.due_counts import WITHIN
from shuju.spread.where_it_arrives import band

ORDERS = {"recent": "最近", "most": "到达率高", "least": "到达率低", "wide": "转载多", "slow": "最慢"}
ROWS = 12
COLUMNS = (
    "origin_id", "title", "document_number", "site_name", "published_at", "n_reprints", "n_prefectures", "n_counties",
    "depth", "median_lag_hours", "n_due", "shape",
)  # fmt: skip


def document_list_data(
    selection: Selection, within: str = "24", order: str = "recent", page: int = 1
) -> pd.DataFrame:
    """Return the documents of one page: ``COLUMNS``, the shares within each limit, ``share`` and ``band`` within the chosen one.

    ``attrs`` holds ``page``, ``total`` and ``n_all``. O(documents).
    """
    rows = ordered(selection, within, order)
    page = nearest_page(page, len(rows), ROWS)
    found = selection.held.rows.iloc[rows[(page - 1) * ROWS : page * ROWS]]  # type: ignore[attr-defined]
    shares = {f"within_{limit}": found[column_of(limit)].astype(float) for limit in WITHIN}
    numbers = ("n_reprints", "n_prefectures", "n_counties", "depth", "n_due")
    found = found[list(COLUMNS)].assign(
        **shares,
        share=shares[f"within_{within}"],
        **{n: found[n].fillna(0).astype(np.int64) for n in numbers},
    )
    found = found.assign(band=band(found["share"].to_numpy(), found["n_due"].to_numpy()))
    found.attrs = {"page": page, "total": len(rows), "n_all": selection.n_all}
    return found.reset_index(drop=True)


def ordered(selection: Selection, within: str, order: str) -> np.ndarray:
    """Return the rows of the documents that pass, as ``order`` (``ORDERS``) has them; what has no value comes last."""
    rows = np.flatnonzero(selection.mask())  # type: ignore[attr-defined]
    if order == "recent":
        return rows
    column, sign = {
        "most": (column_of(within), -1),
        "least": (column_of(within), 1),
        "wide": ("n_sites", -1),
        "slow": ("median_lag_hours", -1),
    }[order]
    value = sign * selection.held.rows[column].to_numpy(float, na_value=np.nan)[rows]  # type: ignore[attr-defined]
    return rows[np.argsort(np.where(np.isnan(value), np.inf, value), kind="stable")]
