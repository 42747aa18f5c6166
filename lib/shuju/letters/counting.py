"""Letters counted into a cube: one series for each pair of labels, a step a day or a week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import xarray as xr

from shuju.clock import wall_time

Step = Literal["day", "week"]
DAYS = {"day": 1, "week": 7}


def count(
    letters: pd.DataFrame,
    by: Sequence[str],
    step: Step = "week",
    *,
    labels: Mapping[str, Sequence[Any]] | None = None,
    first: Any = None,
    last: Any = None,
) -> xr.DataArray:
    """Return the numbers of letters by the columns ``by`` and ``time`` (the first day of each step).

    ``letters`` has ``written_at`` (with a zone or as Asia/Shanghai wall time) and the columns ``by``; a letter
    without one of them is in no series.
    ``labels`` fixes what a dimension holds, else it is what occurs, sorted. From the day ``first`` to the day
    ``last``, both included (default: those of the letters); weeks begin on Monday, and one that is not over at
    ``last``, or began before ``first``, is left out: a part of a week would look like a fall. O(letters + cells).

    Raises:
        ValueError: no letters and no ``first`` and ``last``.
    """
    written = wall_time(letters["written_at"]).to_numpy("datetime64[s]").astype("datetime64[D]")
    known = ~np.isnat(written)
    if (first is None or last is None) and not known.any():
        raise ValueError("没有来信时须给出 first 和 last")
    start = np.datetime64(written[known].min() if first is None else first, "D")
    stop = np.datetime64(written[known].max() if last is None else last, "D") + 1
    days = DAYS[step]
    if days == 7:
        start = start + (-(start.astype(int) + 3)) % 7
    n_steps = max(int((stop - start).astype(int)) // days, 0)
    place = (written.astype(int) - start.astype(int)) // days
    inside = known & (place >= 0) & (place < n_steps)
    codes, names = [], []
    for column in by:
        values = letters[column]
        names.append(
            pd.Index(labels[column] if labels and column in labels else sorted(values.dropna().unique()))
        )
        codes.append(names[-1].get_indexer(values))
        inside &= codes[-1] >= 0
    shape = (*map(len, names), n_steps)
    flat = np.ravel_multi_index(
        [c[inside] for c in (*codes, place)], shape) if inside.any() else np.empty(0, int)  # fmt: skip
    counts = np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape)
    time = (start + days * np.arange(n_steps)).astype("datetime64[ns]")
    return xr.DataArray(
        counts, dims=(*by, "time"), coords=dict(zip(by, names)) | {"time": time}, name="letters"
    )
