"""The list of records (信息列表): a page of those chosen, newest first."""

from __future__ import annotations

import pandas as pd

from shuju.facts.naming import label_name, site_names
from shuju.facts.selection import Selection, nearest_page

ROWS = 20
COLUMNS = ("record_id", "title", "site_id", "region_code", "genre", "published_at")


def record_list_data(selection: Selection, page: int = 1) -> pd.DataFrame:
    """Return the records of one page: ``record_id, title, site, place, genre, published_at``.

    Rows that the library has revised since the facts were built are shown as they are now. ``attrs`` holds ``page``
    and ``total``. O(rows of the page × log n).
    """
    n = selection.total
    page = nearest_page(page, n, ROWS)
    rows = selection.rows(ROWS, COLUMNS, first=(page - 1) * ROWS)
    sites = site_names(selection.resources)
    found = rows.assign(
        site=[sites.get(site, site) for site in rows["site_id"]],
        place=[label_name("regions", code) for code in rows["region_code"]],
        genre=[label_name("genres", code) for code in rows["genre"]],
    )[["record_id", "title", "site", "place", "genre", "published_at"]]
    found.attrs = {"page": page, "total": n}
    return found
