"""Planted bursts of the synthetic province: how many are warned of, how soon, with how many false alarms.

    shuju demo --home HOME --records 20_700_000 --no-serve
    python -m bench.bursts HOME

A burst is found by an alarm of its series from its first to its last day; the lead is the days from its first day
to that alarm, taken at the end of a day. False alarms are counted on the same letters without those of the planted
hot issues, which are real excesses and no false alarms: an episode (alarms of a series at most a week apart) that
begins outside all planted bursts, the twelve days after one included. What the issues add is told apart.

After these come the warnings that the page shows: pooled, with floors, of one matter or with words in common. A burst is found by
one whose series holds its own, from its first day to its last; one is false that holds no burst, and of whose letters
less than half are of planted hot issues.

The last lines hold the leads against a limit: the best test that knew beforehand where, when and how strongly each
burst would come, at one false alarm a week.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats

from shuju.letters.counting import count
from shuju.letters.facts import newest
from shuju.letters.warning import EMERGING, episodes, find_warnings
from shuju.letters.warning_table import FIRST_DAYS, warnings_of
from shuju.library import Library, open_library
from shuju.series.alarms import WINDOWS, find_alarms
from shuju.standard import code_list, regions, regions_within

FIRST_JUDGED = 396  # days: a year of history and the newest four weeks left out
SERIES = ["region_code", "topic_1"]
AFTER = pd.Timedelta(days=12)


def main(home: Path) -> None:
    letters = open_library(home).load("letters", columns=["letter_id", "written_at", *SERIES]).compute()
    members = pd.read_parquet(home / "truth" / "issue_members.parquet")["letter_id"]
    bursts = pd.read_parquet(home / "truth" / "bursts.parquet")
    is_issue = letters["letter_id"].isin(members)
    labels = {"region_code": [r.code for r in regions("county")], "topic_1": list(code_list("topics").codes)}
    print(f"{len(letters):,} letters, {is_issue.sum():,} of hot issues, {len(bursts)} bursts")
    for step in ("day", "week"):
        both = count(letters, SERIES, step, labels=labels)
        quiet = count(
            letters[~is_issue],
            SERIES,
            step,
            labels=labels,
            first=letters["written_at"].min(),
            last=letters["written_at"].max(),
        )
        measure(step, both, quiet, bursts)
    shown(open_library(home), bursts, set(members))
    limit(bursts)


def shown(library: Library, bursts: pd.DataFrame, planted: set[str]) -> None:
    facts = newest(library)
    started = time.perf_counter()
    warnings = warnings_of(library, facts, library.read("warnings").iloc[:0])
    seconds = time.perf_counter() - started
    letters = library.load("letters", columns=["letter_id", "written_at", "region_code", "topic_1"]).compute()
    letters["is_planted"] = letters["letter_id"].isin(planted)
    end = letters["written_at"].max().normalize()
    since = end - pd.Timedelta(days=FIRST_DAYS - 28)
    first, last = (pd.to_datetime(bursts[name]) for name in ("first_day", "last_day"))
    judged = bursts[first >= since].assign(first=first, last=last)
    found, is_hit = [], np.zeros(len(warnings), bool)
    for burst in judged.itertuples():
        same = _holds(warnings, burst.region_code, burst.topic_1)
        is_hit |= (
            same & (warnings["alarmed_day"] >= burst.first) & (warnings["first_day"] <= burst.last + AFTER)
        )
        inside = same & warnings["alarmed_day"].between(burst.first, burst.last)
        found.append(inside.any())
    late = warnings[(warnings["alarmed_day"] >= since) & ~is_hit]
    share = [_share_planted(row, letters) for row in late.itertuples()]
    false = int(sum(s < 0.5 for s in share))
    weeks = (end - since).days / 7
    print(
        f"\nshown: {len(warnings):,} warnings in {seconds:.0f} s; of {len(judged)} bursts in the last {weeks:.0f} weeks found "
        f"{np.mean(found):.3f}; false {false / weeks:.2f} a week, on hot issues {(len(late) - false) / weeks:.2f}"
    )


def _holds(warnings: pd.DataFrame, region: str, topic: str) -> pd.Series:
    """Tell which warnings are of a series that holds a county and topic."""
    places = [region, f"{region[:4]}00", "430000"]
    return warnings["region_code"].isin(places) & (
        warnings["topic_1"].isna() | (warnings["topic_1"] == topic)
    )


def _share_planted(row: Any, letters: pd.DataFrame) -> float:
    within = [row.region_code, *regions_within(row.region_code)]
    mine = letters["written_at"].between(row.first_day, row.day + pd.Timedelta(days=1))
    mine &= letters["region_code"].isin(within)
    if isinstance(row.topic_1, str):
        mine &= letters["topic_1"] == row.topic_1
    return float(letters.loc[mine, "is_planted"].mean())


def measure(step: str, both: xr.DataArray, quiet: xr.DataArray, bursts: pd.DataFrame) -> None:
    days = both["time"].to_numpy().astype("datetime64[D]")
    width = int((days[1] - days[0]).astype(int))
    since = days[0] + FIRST_JUDGED
    weeks = (days[-1] - since).astype(int) / 7
    where = [both.indexes[name].get_indexer(bursts[name].astype(str)) for name in SERIES]
    series = where[0] * both.sizes["topic_1"] + where[1]
    first, last = (bursts[name].to_numpy().astype("datetime64[D]") for name in ("first_day", "last_day"))
    print(
        f"\nby {step}: {both.sizes['region_code'] * both.sizes['topic_1']:,} series, {len(days):,} steps, {weeks:.0f} weeks judged"
    )
    print(
        "budget found  median lead  lead<=1  false a week  on hot issues a week  in season / not (false 苗头 of 1,000 series-weeks)  s"
    )
    for budget in (1, 2, 4):
        started = time.perf_counter()
        found = find_alarms(both, pool=["region_code"], budget=budget, since=since)
        seconds = time.perf_counter() - started
        clean = find_alarms(quiet, pool=["region_code"], budget=budget, since=since)
        end = found["time"].to_numpy().astype("datetime64[D]") + width - 1
        alarm = found["alarm"].to_numpy().reshape(-1, len(end))
        lead = np.full(len(bursts), np.inf)
        for i in range(len(bursts)):
            inside = alarm[series[i]] & (end >= first[i]) & (end <= last[i] + width - 1)
            if inside.any():
                lead[i] = (end[inside][0] - first[i]).astype(int)
        episode, start, _ = episodes(
            clean["alarm"].to_numpy().reshape(alarm.shape), WINDOWS[1][-1] // width or 1
        )
        is_burst = near(episode, end[start], series, first, last, width)
        everything, begin, _ = episodes(alarm, WINDOWS[1][-1] // width or 1)
        all_others = np.count_nonzero(~near(everything, end[begin], series, first, last, width))
        false = np.count_nonzero(~is_burst)
        warnings = find_warnings(clean, quiet, across="region_code")
        row = [quiet.indexes[name].get_indexer(warnings[name]) for name in SERIES]
        alarmed = warnings["alarmed_at"].to_numpy().astype("datetime64[D]") + width - 1
        is_planted = near(row[0] * quiet.sizes["topic_1"] + row[1], alarmed, series, first, last, width)
        peaks = in_season(warnings[~is_planted], quiet, since)
        hit = np.isfinite(lead)
        print(
            f"{budget:6} {hit.mean():.3f} {np.median(lead[hit]):8.1f} {np.mean(lead <= 1):11.3f} {false / weeks:10.2f} "
            f"{(all_others - false) / weeks:14.2f} {peaks[0]:20.3f} / {peaks[1]:.3f} {seconds:22.1f}"
        )


def near(episode, at, series, first, last, width):
    """Tell which episodes begin within a burst of their series or the days after it."""
    same = episode[:, None] == series
    after = np.timedelta64(WINDOWS[1][-1] + width, "D")
    return (same & (at[:, None] >= first) & (at[:, None] <= last + after)).any(axis=1)


def in_season(warnings: pd.DataFrame, counts: xr.DataArray, since: np.datetime64) -> tuple[float, float]:
    """Return emerging warnings for 1,000 series-weeks, in months a third above the topic's mean and in the others."""
    judged = counts.sel(time=slice(since, None))
    month = judged["time"].dt.month
    by_month = judged.sum("region_code").groupby(month).mean("time")
    factor = by_month / by_month.mean("month")
    days = (judged.isel(topic_1=0, region_code=0).groupby(month).count() * 1.0).to_numpy()
    width = int((judged["time"][1] - judged["time"][0]) / np.timedelta64(1, "D"))
    is_peak = (factor.transpose("topic_1", "month") >= 4 / 3).to_numpy()
    series_weeks = is_peak * days * width / 7 * judged.sizes["region_code"]
    rest = ~is_peak * days * width / 7 * judged.sizes["region_code"]
    emerging = warnings[warnings["kind"] == EMERGING]
    topic = counts.indexes["topic_1"].get_indexer(emerging["topic_1"])
    at_peak = is_peak[topic, emerging["alarmed_at"].dt.month.to_numpy() - 1]
    return at_peak.sum() / series_weeks.sum() * 1000, (~at_peak).sum() / rest.sum() * 1000


def limit(bursts: pd.DataFrame) -> None:
    alpha = 1 / (122 * 15 * 7)
    length = (pd.to_datetime(bursts["last_day"]) - pd.to_datetime(bursts["first_day"])).dt.days.to_numpy() + 1
    expected, excess = bursts["expected"].to_numpy(), bursts["excess"].to_numpy()
    print("\nlead  share of bursts that a test told of place, start and strength could find by then")
    for lead in range(5):
        share = np.minimum(lead + 1, length) / length
        bound = stats.poisson.isf(alpha, expected * share)
        print(f"{lead:4}  {stats.poisson.sf(bound, (expected + excess) * share).mean():.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
