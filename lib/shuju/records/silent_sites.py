"""Sites that have fallen silent (停更网站): without a record for two weeks, and for far longer than is usual with them.

Two weeks is the term of the national check-list for government sites (政府网站与政务新媒体检查指标, 2019). A site that publishes
seldom is not silent because of that alone.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from shuju.facts.selection import Selection
from shuju.facts.subset import within_scope
from shuju.library import Library
from shuju.library.versioned import versioned
from shuju.records.facts import newest

DAYS = 14
TIMES = 3.0  # of the usual time between two days with records
LEAST_DAYS = 5  # with records; of fewer nothing is usual
OF_SITES = {
    "site": "site_id",
    "library": "library",
    "region": "region_code",
    "level": "level",
    "kind": "kind",
}


@versioned("records", "sites")
def site_days(library: Library) -> pd.DataFrame:
    """Return when each site published: ``site_id``, ``n_days`` with records, ``first_day``, ``last_day``, ``silent_days``, ``usual_days``.

    ``silent_days`` are those between its last day and the newest of the library, ``usual_days`` the mean time between two of its
    days with records. O(rows).
    """
    facts = within_scope(newest(library), library)
    names, days = facts.labels("site"), facts.labels("day")
    has_any = np.zeros((len(names), len(days)), bool)
    for site, day in zip(facts.parts("site"), facts.parts("day"), strict=True):
        has_any[site, day] = True
    site, day = np.nonzero(has_any[1:, 1:])
    frame = pd.DataFrame({"site": site + 1, "day": day + 1})
    found = frame.groupby("site")["day"].agg(["size", "min", "max"]).reset_index()
    last = int(found["max"].max()) if len(found) else 0
    return pd.DataFrame(
        {
            "site_id": pd.array([names[code] for code in found["site"]], "str"),
            "n_days": found["size"],
            "first_day": [days[code] for code in found["min"]],
            "last_day": [days[code] for code in found["max"]],
            "silent_days": last - found["max"],
            "usual_days": (found["max"] - found["min"]) / np.maximum(found["size"] - 1, 1),
        }
    )


def silent_sites(selection: Selection) -> pd.DataFrame:
    """Return the silent sites among those that a selection of records leaves, longest first: ``site_days`` and what ``sites`` tells."""
    library = selection.resources
    days = site_days(library)
    is_silent = (days["silent_days"] > DAYS) & (days["silent_days"] > TIMES * days["usual_days"])
    found = days[is_silent & (days["n_days"] >= LEAST_DAYS)].merge(library.sites_frame(), on="site_id")
    for dimension, column in OF_SITES.items():
        chosen = getattr(selection, dimension, None)
        if chosen:
            found = found[found[column].astype(object).isin(chosen)]
    return found.sort_values(["silent_days", "site_id"], ascending=[False, True], ignore_index=True)
