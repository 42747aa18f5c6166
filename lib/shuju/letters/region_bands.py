"""Counties by band (分档): number of letters, letters per 10,000 people (每万人), change on the year before (同比)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from shuju.charts import theme
from shuju.charts.county_map import county_data, county_plot
from shuju.facts.change import FLOOR
from shuju.facts.selection import Selection
from shuju.standard import regions

MAP_MEASURES = {"dots": "点密度", "n": "来信数", "rate": "每万人", "change": "同比"}
BANDS = 5
FEW = 10  # fewer letters than this make no rate worth a colour
CHANGE_EDGES = (-30.0, -10.0, 10.0, 30.0)


def bands_data(selection: Selection, measure: str = "n", *, only_chosen: bool = False) -> pd.DataFrame:
    """Return the counties in bands of ``measure`` (a key of ``MAP_MEASURES``): ``code, name, prefecture, n, n_all, before, value, band``.

    ``band`` is −1 where there are too few letters, or none. ``attrs`` holds ``measure``, ``edges``, the bands'
    inner limits, and ``nowhere``: how many letters tell no county. ``rate`` is that of the county's prefecture, for
    only prefectures have a census population here.
    Bands have about equally many counties; for ``change`` their limits are fixed. Without a filter on the day
    ``change`` compares the last year with the one before. With ``only_chosen`` places that are filtered out have none.
    """
    county = partial(county_data, only_chosen=only_chosen)
    frame = county(selection)
    frame["before"] = 0
    if measure == "rate":
        frame["value"], is_few = _rate(selection, frame)
    elif measure == "change":
        last = selection.span[1]
        day = selection.day or (max(selection.span[0], last - dt.timedelta(days=364)), last)
        frame["n"] = county(selection.copy(day=day))["n"]
        frame["before"] = county(selection.copy(day=year_before(day)))["n"]
        frame["value"] = 100 * (frame["n"] - frame["before"]) / frame["before"].replace(0, np.nan)
        is_few = frame["before"] < FLOOR
    else:
        frame["value"] = frame["n"].astype(float)
        is_few = frame["n"] == 0
    known = ~is_few & frame["value"].notna()
    if measure == "change":
        edges = CHANGE_EDGES
    else:
        values = frame.loc[known, "value"]
        values = values.drop_duplicates() if measure == "rate" else values
        inner = np.linspace(0, 1, BANDS + 1)[1:-1]
        edges = tuple(np.unique(np.quantile(values, inner)).tolist()) if len(values) else ()
    frame["band"] = np.where(known, np.searchsorted(edges, frame["value"].fillna(0), side="right"), -1)
    colours = band_colours(measure)
    is_coloured = (frame["band"] >= 0) & (measure != "dots")
    frame["fill"] = [colours[band] if on else theme.FAINT for band, on in zip(frame["band"], is_coloured)]
    frame["shade"] = 0.0 if measure == "dots" else np.where(is_coloured, 0.92, 0.6)
    frame["told"] = [_told(measure, row) for row in frame.itertuples(index=False)]
    by_region = selection.counts("region")
    nowhere = int(by_region.sum() - by_region.reindex(frame["code"]).sum())
    frame.attrs = {"measure": measure, "edges": list(edges), "nowhere": nowhere}
    return frame


def bands_plot(frame: pd.DataFrame, measure: str = "n", legend: Sequence[tuple[str, str]] = ()) -> Any:
    """Return the county map in the colours of the bands of ``measure`` (``bands_data``), in print with a ``legend``."""
    assert frame.attrs["measure"] == measure
    return county_plot(frame, legend=legend)


def band_colours(measure: str) -> tuple[str, ...]:
    """Return the colours of the bands, from low to high."""
    return theme.DIVERGING if measure == "change" else theme.BANDS


def band_limits(frame: pd.DataFrame) -> list[tuple[int, str, int]]:
    """Return for each band its number, its limits in words, and how many counties are in it; low to high.

    Whole numbers are told by the least and the most that lie in a band, so that none seems to lie in two; bands that hold none are left out.
    """
    measure, edges = frame.attrs["measure"], frame.attrs["edges"]
    counts = frame.loc[frame["band"] >= 0, "band"].value_counts()
    bands = [
        (band, low, high, int(counts.get(band, 0)))
        for band, (low, high) in enumerate(pairwise([None, *edges, None]))
    ]
    if measure in ("rate", "change"):
        form = ".1f" if measure == "rate" else "+,.0f"
        return [(band, _between(low, high, form), n) for band, low, high, n in bands]
    spans = frame.groupby("band")["n"].agg(["min", "max"])
    return [(band, _span(*spans.loc[band]), n) for band, _, _, n in bands if n]


def _between(low: float | None, high: float | None, form: str) -> str:
    if low is None:
        return "全部" if high is None else f"低于 {high:{form}}"
    return f"{low:{form}} 及以上" if high is None else f"{low:{form}} 至 {high:{form}}"


def _span(least: int, most: int) -> str:
    return f"{least:,}" if least == most else f"{least:,} 至 {most:,}"


def value_told(measure: str, value: float) -> str:
    """Return a value of a measure in words."""
    if measure == "rate":
        return f"每万人 {value:.1f} 封"
    return f"{value:+.0f}%" if measure == "change" else f"{value:,.0f} 封"


def year_before(day: tuple[dt.date, dt.date]) -> tuple[dt.date, dt.date]:
    """Return the same days of the year before (同期); 29 February becomes the 28th."""

    def back(date: dt.date) -> dt.date:
        is_leap_day = (date.month, date.day) == (2, 29)
        return date.replace(year=date.year - 1, day=28 if is_leap_day else date.day)

    return back(day[0]), back(day[1])


def _rate(selection: Selection, frame: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    by_region = selection.counts("region")
    prefectures = regions("prefecture")
    parent = pd.Series([str(r.parent_code) for r in regions("county")], index=frame.index)
    people = parent.map({r.code: r.population_2020 or np.nan for r in prefectures})
    own = parent.map({r.code: int(by_region[r.code]) for r in prefectures})
    letters = frame.groupby(parent)["n"].transform("sum") + own
    return 10_000 * letters / people, letters < FEW


def _told(measure: str, row: Any) -> str:
    told = f"{row.n:,} 封"
    if measure in ("n", "dots"):
        return told
    return f"{told} · {value_told(measure, row.value) if row.band >= 0 else '样本少'}"
