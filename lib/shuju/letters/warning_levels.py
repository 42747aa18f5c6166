"""The levels at which letters are counted for warnings: county × topic, and pooled where single series are tiny.

Four letters in each of three counties are no warning in any of them, and one in their prefecture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from shuju.facts import Facts, cube
from shuju.standard import code_list, regions, regions_within

ALL_TOPICS = ""
SERIES = ["region", "topic"]


@dataclass(frozen=True)
class Level:
    """Series of one kind: which regions, by topic or all topics together, and their share of the budget of false alarms."""

    regions: tuple[str, ...]
    is_by_topic: bool
    budget: float


def levels() -> tuple[Level, ...]:
    """Return the levels, the finest first."""
    county, prefecture, province = (
        tuple(r.code for r in regions(name)) for name in ("county", "prefecture", "province")
    )
    return (
        Level(county, is_by_topic=True, budget=0.6),
        Level(county, is_by_topic=False, budget=0.15),
        Level(prefecture, is_by_topic=True, budget=0.15),
        Level(province, is_by_topic=True, budget=0.1),
    )


def counted(facts: Facts) -> xr.DataArray:
    """Return the letters by ``region`` × ``topic`` × ``time`` (days), first to last day, what is unknown too. O(letters + cells)."""
    counts = cube(facts, [*SERIES, "day"])["n"].rename(day="time")
    days = np.flatnonzero(counts.sum(SERIES).to_numpy())
    return counts.isel(time=slice(days[0], days[-1] + 1) if len(days) else slice(0, 0))


def of_level(counts: xr.DataArray, level: Level) -> xr.DataArray:
    """Return the counts of one level: a region holds what lies in it, the topic ``ALL_TOPICS`` all letters."""
    topics = list(code_list("topics").codes)
    all_topics = counts.sum("topic").expand_dims(topic=[ALL_TOPICS])
    counts = counts.sel(topic=topics) if level.is_by_topic else all_topics
    counts = counts.transpose(*SERIES, "time")
    labels = counts["region"].to_numpy()
    holds = np.stack([np.isin(labels, [code, *regions_within(code)]) for code in level.regions])
    # In floats, for which there is a fast product; counts are exact in them.
    summed = np.tensordot(holds.astype(float), counts.to_numpy().astype(float), axes=1).astype(np.int64)
    coords = {"region": list(level.regions), "topic": counts["topic"].to_numpy(), "time": counts["time"]}
    return xr.DataArray(summed, coords, (*SERIES, "time"))


def without_doubles(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the warnings so that each thing is told once.

    ``rows`` has the columns of the table, ``level`` (from 0, the finest) and ``is_one_matter``. Parts with one matter stay.
    Where they, or any one part, hold half of the letters of a pooled warning, they tell it more precisely, so the pooled one
    goes; otherwise it stands for the other parts. O(pooled warnings × warnings).
    """
    rows = rows.sort_values("level", kind="stable", ignore_index=True)
    stands = np.ones(len(rows), bool)
    for at in np.flatnonzero(rows["level"] > 0):
        whole = rows.iloc[at]
        parts = np.flatnonzero(stands[:at] & _is_part(rows.iloc[:at], whole))
        n, is_one = (rows[name].to_numpy()[parts] for name in ("n_observed", "is_one_matter"))
        if 2 * max(n[is_one].sum(), n.max(initial=0)) >= whole["n_observed"]:
            stands[at] = False
        else:
            stands[parts[~is_one]] = False
    return rows[stands]


def _is_part(parts: pd.DataFrame, whole: pd.Series) -> np.ndarray:
    """Tell which warnings are of a series within another's, on days that overlap."""
    inside = [whole["region_code"], *regions_within(whole["region_code"])]
    is_part = parts["region_code"].isin(inside) & (parts["level"] < whole["level"])
    if whole["topic_1"] != ALL_TOPICS:
        is_part &= parts["topic_1"] == whole["topic_1"]
    return (is_part & (parts["first_day"] <= whole["day"]) & (parts["day"] >= whole["first_day"])).to_numpy(
        bool
    )
