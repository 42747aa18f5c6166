"""The list of letters (来信列表): a page of those chosen, newest first."""

from __future__ import annotations

import pandas as pd

from shuju.facts.naming import label_name
from shuju.facts.selection import Selection

ROWS = 20
COLUMNS = ("key_hash", "letter_id", "title", "department", "written_at", "replied_at")


def letter_list_data(selection: Selection, page: int = 1) -> pd.DataFrame:
    """Return the letters of one page: ``letter_id, title, place, topic, department, written_at, replied_at,
    answer``.

    Topic, place and whether it was answered are those of the facts. ``attrs`` holds ``page`` and ``total``. O(rows of the page × log n).
    """
    n = selection.total
    page = min(page, max(-(-n // ROWS), 1))
    rows = selection.rows(ROWS, COLUMNS, first=(page - 1) * ROWS)
    keys = rows["key_hash"].to_numpy()
    told = {name: selection.codes_at(name, keys) for name in ("topic", "region", "answer")}  # type: ignore[attr-defined]
    found = rows.assign(
        place=[label_name("regions", code) for code in told["region"]],
        topic=told["topic"],
        department=rows["department"].fillna("—"),
        answer=[label_name("answer_states", state) for state in told["answer"]],
    )[["letter_id", "title", "place", "topic", "department", "written_at", "replied_at", "answer"]]
    found.attrs = {"page": page, "total": n}
    return found
