"""Which letters of the last week are more than their past predicts, by place and topic; and which wait too long for an answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import poisson

from shuju.letters import facts as letter_facts
from shuju.letters.warning_levels import Level, levels, of_level
from shuju.library import Library
from shuju.library.versioned import versioned
from shuju.mine.change import Change, place_and_topic, unusualness
from shuju.series.alarms import find_alarms
from shuju.standard import province, regions_within

DAYS = 7
LEAST_WEEKS = 60  # of past that a forecast needs
LEAST, LEAST_MORE = 5, 3  # letters, and letters above what was expected, that are worth a sentence
BUDGET = 0.25  # false alarms a week over all series of a person
OF_ALL = 0.05  # of it, for all letters together
SURE = 1e-3  # how unlikely it must be that a series rose only as all others did, or is as it was lately
LATELY = 8  # weeks
WAITED_DAYS = 30
GREW_BY, GREW = 5, 1.1


@versioned("letters")
def letter_changes(library: Library) -> list[Change]:
    """Return what is unusual in the letters of the last ``DAYS`` days. O(rows + series × weeks)."""
    letters = letter_facts.selection(library)
    if not letters.n_all:
        return []
    last = letters.span[1]
    counts = letters.cube(["region", "topic", "day"]).rename(day="time").transpose("region", "topic", "time")
    # Who sees a part of the province is told nothing of "the province".
    among = [
        level for level in judged() if not library.scope.of("letters") or level.regions != (province().code,)
    ]
    rows = unusual_now(counts.sel(time=slice(None, np.datetime64(last))), among)
    first = last - dt.timedelta(days=DAYS - 1)
    return [_change(row, (first, last)) for row in rows.itertuples()]


def unusual_now(counts: xr.DataArray, among: Sequence[Level]) -> pd.DataFrame:
    """Return what is unusual in the last ``DAYS`` days of counts (region × topic × days): columns of ``alarmed``, each thing once."""
    found = [alarmed(weekly(of_level(counts, level)), level) for level in among]
    rows = pd.concat([rows for rows in found if len(rows)] or found[:1], ignore_index=True)
    return without_parts(beyond_others(rows, counts))


def beyond_others(rows: pd.DataFrame, counts: xr.DataArray) -> pd.DataFrame:
    """Return the rows that rose beyond what all other letters did, and beyond their own last two months: the rest is no news.

    A series is held against its expectation times the growth of all letters but its own (1 at least), and against the mean of its
    ``LATELY`` weeks before: what has been high for long is how it is now, whatever the year before was. O(rows + weeks).
    """
    if not len(rows):
        return rows
    weeks = weekly(of_level(counts, judged()[-1]))
    found = find_alarms(weeks, "scan", since=weeks["time"].to_numpy()[-1], windows=(1,)).isel(time=-1)
    n, usual = float(weeks.isel(time=-1).sum()), float(found["expected"].sum())
    growth = ((n - rows["n"]) / (usual - rows["usual"]).clip(lower=1)).clip(lower=1)
    return rows[poisson.sf(rows["n"] - 1, np.maximum(rows["usual"] * growth, rows["lately"])) <= SURE]


def judged() -> tuple[Level, ...]:
    """Return the levels at which letters are judged: those of warnings, the finest first, and at last all letters together."""
    return (*levels(), Level((province().code,), is_by_topic=False, budget=OF_ALL))


def weekly(counts: xr.DataArray) -> xr.DataArray:
    """Return daily counts as those of weeks that end on the last day; ``time`` is a week's first day."""
    n = counts.sizes["time"] // DAYS
    kept = counts.isel(time=slice(counts.sizes["time"] - n * DAYS, None)).transpose(..., "time")
    summed = kept.to_numpy().reshape(*kept.shape[:-1], n, DAYS).sum(-1)
    coords = {name: kept[name] for name in kept.dims if name != "time"} | {
        "time": kept["time"].to_numpy()[::DAYS]
    }
    return xr.DataArray(summed, coords, kept.dims)


def alarmed(weeks: xr.DataArray, level: Level) -> pd.DataFrame:
    """Return the series whose last week is an alarm: ``region, topic, n, usual, lately, p, depth``, none without a long past."""
    columns = ["region", "topic", "n", "usual", "lately", "p", "depth"]
    has_any = weeks.isel(time=slice(-1, None)).sum("time") >= LEAST if weeks.sizes["time"] else None
    if has_any is None or weeks.sizes["time"] < LEAST_WEEKS or not bool(has_any.any()):
        return pd.DataFrame(columns=columns)
    found = find_alarms(
        weeks,
        "scan",
        pool=["region"],
        budget=BUDGET * level.budget,
        since=weeks["time"].to_numpy()[-1],
        windows=(1,),
    ).isel(time=-1)
    n, lately = weeks.isel(time=-1), weeks.isel(time=slice(-1 - LATELY, -1)).mean("time")
    is_told = found["alarm"] & (n >= LEAST) & (n - found["expected"] >= LEAST_MORE)
    at_region, at_topic = np.nonzero(is_told.to_numpy())
    values = {
        "region": weeks["region"].to_numpy()[at_region], "topic": weeks["topic"].to_numpy()[at_topic],
        **{name: array.to_numpy()[at_region, at_topic] for name, array in
           (("n", n), ("usual", found["expected"]), ("lately", lately), ("p", found["p"]))},
    }  # fmt: skip
    depth = 0 if level.is_by_topic else 1
    return pd.DataFrame(values).assign(depth=depth)[columns]


def without_parts(rows: pd.DataFrame) -> pd.DataFrame:
    """Return each thing once: a pooled series goes where its parts hold half of its letters, else its parts go.

    Rows stand in the order of the levels, the finest first. O(rows²).
    """
    rows = rows.reset_index(drop=True)
    stands = np.ones(len(rows), bool)
    for at, whole in enumerate(rows.itertuples()):
        inside = {whole.region, *regions_within(whole.region)}
        parts = [
            k for k in np.flatnonzero(stands[:at])
            if rows.at[k, "region"] in inside and (not whole.topic or rows.at[k, "topic"] == whole.topic)
        ]  # fmt: skip
        if parts and 2 * rows.loc[parts, "n"].sum() >= whole.n:
            stands[at] = False
        elif whole.topic:
            stands[parts] = False
    return rows[stands]


def _change(row: Any, days: tuple[dt.date, dt.date]) -> Change:
    region, topic, n, usual = row.region, row.topic, row.n, row.usual
    chosen = {"topic": topic, "day": f"{days[0]}_{days[1]}"} | (
        {"region": region} if region != province().code else {}
    )
    expected = "不到 1" if usual < 1 else f"约 {usual:.0f}"
    more = f"，是平常的 {n / usual:.1f} 倍" if usual >= 1 else ""
    query = urlencode({name: value for name, value in chosen.items() if value}, safe=",_")
    return Change(
        f"letters:{region}:{topic}:{days[1]:%G-%V}", "letters", f"{place_and_topic(region, topic)}近 7 天来信 ", int(n),
        f" 封，平常一周{expected} 封{more}", f"letters?{query}", unusualness(float(row.p)), int(n), float(usual),
        topic, region, dt.datetime.combine(days[1], dt.time()),
    )  # fmt: skip


@versioned("letters")
def waiting(library: Library) -> tuple[int, str] | None:
    """Return how many letters of the last year have waited ``WAITED_DAYS`` or more, and the page that lists them; None where unknown."""
    letters = letter_facts.selection(library)
    if not letters.n_all:
        return None
    last = letters.span[1]
    days = (last - dt.timedelta(days=365), last - dt.timedelta(days=WAITED_DAYS))
    chosen = letters.copy(day=days, answer=["unanswered"])
    return chosen.total, f"letters?answer=unanswered&day={days[0]}_{days[1]}"


def reply_changes(library: Library, before: Mapping[str, float]) -> list[Change]:
    """Return that more letters wait too long than at the last visit (``before``: its figures), if so it is."""
    found, then = waiting(library), before.get("waiting")
    if found is None or then is None:
        return []
    n, link = found
    if n < then + GREW_BY or n < GREW * then:
        return []
    lead = f"来信满 {WAITED_DAYS} 天仍未答复的有 "
    rest = f" 封，上次来时 {then:,.0f} 封"
    return [Change(f"replies:{n}", "replies", lead, n, rest, link, 0.5, n - int(then), then)]
