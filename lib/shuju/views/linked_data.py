"""What pages of linked views compute alike: labels, bars, trend under the filters. No Panel here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from shuju.facts import Counts, Facts
from shuju.facts.filters import passing
from shuju.views.filters import Filters, label_name
from shuju.views.live import Snapshot

# Days that hold fewer than one record in a thousand, at the very beginning, are not drawn.
STRAY_SHARE = 0.001


def selected(facts: Facts, counts: Counts, filters: Filters, name: str) -> np.ndarray:
    """Return the rows of each code of ``name`` under all filters, that on ``name`` itself too."""
    choice = filters.for_facts().get(name)
    return counts.by[name] * passing(facts, name, choice)


def facets(snapshot: Snapshot, names: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Return for each of the dimensions ``names`` its labels: ``code, label, name, n_all``; those without a record are left out."""
    sources = snapshot.library.catalog.sources

    def titles(name: str, labels: pd.Series) -> list[str]:
        if name == "source":
            return [sources[label].title if label in sources else label for label in labels]
        return [label_name(name, label) for label in labels]

    found = {}
    for name in names:
        frame = pd.DataFrame({"label": snapshot.facts.labels(name), "n_all": snapshot.totals.by[name]})
        frame = frame.rename_axis("code").reset_index()
        frame = pd.concat([frame[1:], frame[:1]])  # what is unknown comes last
        frame = frame[frame["n_all"] > 0]
        found[name] = frame.assign(name=titles(name, frame["label"])).reset_index(drop=True)
    return found


def bars(facet: pd.DataFrame, by_code: np.ndarray, chosen: Collection[str]) -> pd.DataFrame:
    """Return the labels of a facet with ``n``, the rows of each under the other filters, and ``is_on``."""
    return facet.assign(
        n=by_code[facet["code"].to_numpy()], is_on=[label in chosen for label in facet["label"]]
    )


def day_span(snapshot: Snapshot) -> tuple[dt.date, dt.date]:
    """Return the first and the last day to draw; a few stray early records do not stretch the axis."""
    dimension = snapshot.facts.schema.dimension("day")
    by_day = snapshot.totals.by["day"].copy()
    by_day[:1] = 0
    days = np.flatnonzero(by_day)
    if not len(days):
        today = snapshot.facts.as_of.date()
        return today - dt.timedelta(days=30), today
    first = int(np.searchsorted(np.cumsum(by_day), STRAY_SHARE * by_day.sum(), side="right"))
    return dimension.day(max(first, int(days[0]))), dimension.day(int(days[-1]))


def trend(snapshot: Snapshot, counts: Counts, span: tuple[dt.date, dt.date]) -> pd.DataFrame:
    """Return one row a period of ``span``: ``start, end, n, n_all``; days, weeks or months by its length."""
    facts = snapshot.facts
    first, last = (facts.schema.dimension("day").code(day) for day in span)
    days = np.arange(span[0], span[1] + dt.timedelta(days=1), dtype="datetime64[D]")
    period = _periods(days)
    begins = np.flatnonzero(np.r_[True, period[1:] != period[:-1]])

    def per_period(by_day: np.ndarray) -> np.ndarray:
        shown = np.zeros(len(days), np.int64)
        known = by_day[first : last + 1]
        shown[: len(known)] = known
        return np.add.reduceat(shown, begins)

    return pd.DataFrame(
        {
            "start": days[begins].astype("datetime64[ms]"),
            "end": np.r_[days[begins[1:]], days[-1:] + 1].astype("datetime64[ms]"),
            "n": per_period(counts.by["day"]),
            "n_all": per_period(snapshot.totals.by["day"]),
        }
    )


def trend_unit(span: tuple[dt.date, dt.date]) -> str:
    """Return what one bar of the trend stands for: 日, 周 or 月."""
    length = (span[1] - span[0]).days
    return "日" if length <= 120 else "周" if length <= 730 else "月"


def _periods(days: np.ndarray) -> np.ndarray:
    unit = trend_unit((days[0].item(), days[-1].item()))
    if unit == "月":
        return days.astype("datetime64[M]").astype(np.int64)
    whole = days.astype(np.int64)
    return whole if unit == "日" else (whole + 3) // 7  # weeks begin on Monday
