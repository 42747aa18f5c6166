"""The list of records (信息列表): a page of those chosen, newest first."""

from __future__ import annotations

import pandas as pd

from shuju.facts.naming import label_name, site_names
from shuju.facts.selection import Selection, nearest_page

ROWS = 20
# The columns of the list, and the dimension by which each is sorted; a title is no code, so no list of millions is sorted by it.
COLUMNS = {
    "title": ("标题", ""),
    "site": ("网站", "site"),
    "place": ("地区", "region"),
    "genre": ("信息类别", "genre"),
    "topic": ("主题", "topic"),
    "level": ("层级", "level"),
    "published_at": ("发布时间", "day"),
    "record_id": ("编号", ""),
}
SHOWN = ("title", "site", "place", "genre", "published_at")
READ = ("record_id", "title", "site_id", "region_code", "genre", "published_at")


def record_list_data(selection: Selection, page: int = 1, order: str = "", size: int = ROWS) -> pd.DataFrame:
    """Return the records of one page: ``COLUMNS``.

    Rows that the library has revised since the facts were built are shown as they are now. ``order`` is a dimension
    (``-site`` the other way round), newest first if empty. ``attrs`` holds ``page``, ``total`` and ``n_all``. O(rows of the page × log n),
    with ``order`` a pass over the facts.
    """
    n = selection.total
    page = nearest_page(page, n, size)
    places = selection.places(size, first=(page - 1) * size, order=order)  # type: ignore[attr-defined]
    rows = selection.rows_at(places, READ)  # type: ignore[attr-defined]
    at, sites = rows.index.to_numpy(), site_names(selection.resources)
    told = {name: selection.labels_at(name, at) for name in ("topic", "level")}  # type: ignore[attr-defined]
    found = rows.assign(
        site=[sites.get(site, site) for site in rows["site_id"]],
        place=[label_name("regions", code) for code in rows["region_code"]],
        genre=[label_name("genres", code) for code in rows["genre"]],
        topic=told["topic"],
        level=[label_name("levels", code) for code in told["level"]],
    )[list(COLUMNS)].reset_index(drop=True)
    found.attrs = {"page": page, "total": n, "n_all": selection.n_all}
    return found
