"""The number of rows of a selection by day, week or month, in groups, beside an earlier time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shuju.catalog import did_you_mean
from shuju.facts.periods import AGAINST, compare, counts_then, daily, group_names, starts_of, time_of
from shuju.facts.schema import FactsError

if TYPE_CHECKING:
    from shuju.facts.selection import Selection

UNITS = {"day": "日", "week": "周", "month": "月"}


def series(selection: Selection, unit: str, by: str, against: str) -> pd.Series | pd.DataFrame:
    """Return what ``Selection.series`` tells."""
    if unit not in UNITS:
        raise FactsError(did_you_mean("时间单位", unit, UNITS))
    if against and against not in AGAINST:
        raise FactsError(did_you_mean("对比", against, AGAINST))
    counted = daily(selection, by)
    names = group_names(selection, by, counted.columns) if by else ["n"]
    within = counted * selection.passing(time_of(selection).name)[2 : len(counted) + 2, None]
    known = np.flatnonzero(within.to_numpy().any(axis=1))
    if not len(known):
        empty = pd.DataFrame(columns=names, index=counted.index[:0], dtype="int64")
        if not against:
            return empty if by else empty["n"]
        beside = {name: empty[[name]].set_axis(["n"], axis=1).assign(then=np.nan) for name in names}
        return pd.concat(beside, axis=1, names=[by]) if by else beside["n"]
    shown = within.iloc[known[0] : known[-1] + 1]
    starts = starts_of(shown.index.to_numpy().astype("datetime64[D]"), unit)
    found = shown.groupby(pd.DatetimeIndex(starts.astype("datetime64[s]"), name=shown.index.name)).sum()
    found.columns = pd.Index(names, name=by or None)
    if not against:
        return found if by else found["n"]
    last = shown.index[-1].date()
    begins = found.index.to_numpy().astype("datetime64[D]")
    ends = np.r_[begins[1:], np.datetime64(last, "D") + 1]
    then = {
        name: counts_then(
            begins, ends, counted[label], compare(selection, counted[label], against), unit, last
        )
        for name, label in zip(names, counted.columns, strict=True)
    }
    if not by:
        return found.assign(then=then["n"])
    return pd.concat(
        {name: pd.DataFrame({"n": found[name], "then": then[name]}) for name in names}, axis=1, names=[by]
    )
