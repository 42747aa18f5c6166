"""The order in which people look over letters whose topic is unsure: the most informative first.

Source: B. Settles, Active learning literature survey, 2009 (margin sampling).
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def review_order(found: pd.DataFrame) -> np.ndarray:
    """Return the row numbers of the unsure letters of ``classify``'s table in the order to review them.

    The smaller the lead of the first choice over the second, the earlier; but each pair of choices takes its
    turn, so that one common confusion does not fill the list. Letters without any text are left out.
    O(n log n).
    """
    rows = np.flatnonzero(found["is_unsure"].to_numpy(bool) & found["topic_likely"].notna().to_numpy())
    unsure = found.iloc[rows]
    lead = (unsure["confidence"] - unsure["confidence_next"]).to_numpy()
    by_lead = np.argsort(lead, kind="stable")
    pair = unsure["topic_likely"].to_numpy(object) + "/" + unsure["topic_next"].to_numpy(object)
    turn = pd.Series(pair[by_lead]).groupby(pair[by_lead]).cumcount().to_numpy()
    return rows[by_lead[np.argsort(turn, kind="stable")]]
