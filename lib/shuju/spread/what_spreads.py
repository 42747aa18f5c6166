"""What spreads well (什么传得好): arrival within one limit by what documents are like."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from shuju.facts.selection import Selection
from shuju.spread.due_counts import arrival_rate, by_group
from shuju.standard import code_list

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
LENGTHS = (500, 1500, 5000)
LENGTH_NAMES = ("500 字以内", "500–1500 字", "1500–5000 字", "5000 字以上")


def what_spreads_data(selection: Selection, within: str = "24") -> pd.DataFrame:
    """Return for each property of documents its values: ``property, name, n`` documents, ``n_due``, ``share`` within the limit, ``median_lag_hours``.

    O(documents).
    """
    held, passes = selection.held, selection.mask()  # type: ignore[attr-defined]
    found = []
    for title, (names, number) in _properties(held.rows).items():
        counts = by_group(held.due, passes, number, len(names))
        meant = passes & (number >= 0)
        lag = held.rows["median_lag_hours"][meant].astype(float).groupby(number[meant]).median()
        rows = pd.DataFrame(
            {
                "property": title,
                "name": names,
                "n": np.bincount(number[meant], minlength=len(names)),
                "n_due": counts["due"].sel(within=within).to_numpy(),
                "share": arrival_rate(counts, within),
                "median_lag_hours": lag.reindex(range(len(names))).to_numpy(float),
            }
        )
        found.append(rows[rows["n"] > 0])
    return pd.concat(found, ignore_index=True)


def _properties(documents: pd.DataFrame) -> dict[str, tuple[Sequence[str], np.ndarray]]:
    """Return for each property its values, and the number of each document's; −1 where it is not known."""
    genres = code_list("genres").names
    length = documents["n_characters"].to_numpy(float, na_value=np.nan)
    group = np.searchsorted(LENGTHS, np.nan_to_num(length), side="left")
    return {
        "信息类别": (list(genres.values()), pd.Index(list(genres)).get_indexer(documents["genre"].astype(object))),
        "发布时间": (WEEKDAYS, documents["published_at"].dt.day_of_week.fillna(-1).to_numpy(np.int64)),
        "配套解读": (("有解读", "未见解读"), np.where(documents["is_explained"], 0, 1)),
        "篇幅": (LENGTH_NAMES, np.where(np.isnan(length), -1, group)),
    }  # fmt: skip
