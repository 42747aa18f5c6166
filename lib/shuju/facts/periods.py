"""Counts by day, week or month, split by a second dimension, beside the period before or the same time of the year before."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shuju.catalog import did_you_mean
from shuju.facts.change import change
from shuju.facts.schema import Days, FactsError, Words

if TYPE_CHECKING:
    from shuju.facts.selection import Selection

AGAINST = {"before": "上一期", "year": "上年同期"}
GROUPS = 8
REST, REST_NAME = "", "其余"
# What is compared where no days are chosen.
LATEST_DAYS = {"before": 30, "year": 365}
WEEKS_OF_A_YEAR = 52
Span = tuple[dt.date, dt.date]


@dataclass(frozen=True)
class Compared:
    """A span of days beside an earlier one; ``then`` is None where the data do not reach back so far."""

    against: str
    span: Span
    span_then: Span
    now: int
    then: int | None
    data_since: dt.date

    @property
    def told(self) -> str:
        """Both numbers with their days and the change, or why there is nothing to compare with."""
        name = AGAINST[self.against]
        if self.then is None:
            return f"没有{name}可比：{_days(self.span_then)} 不全在数据之内（数据自 {self.data_since} 起）"
        return f"{_days(self.span)} {self.now:,}；{name}（{_days(self.span_then)}）{self.then:,}；{change(self.now, self.then)}"


def daily(selection: Selection, by: str = "") -> pd.DataFrame:
    """Return the rows of each day under all filters but the day's: column ``n``, or one for each label of ``by``.

    The index holds every day that the table can count. Of more than ``GROUPS`` labels the most frequent are columns, the
    others one together, ``REST``; the columns always add up to all rows of the day. O(days), with ``by`` a pass over the rows.

    Raises:
        FactsError: no such dimension, or one of which a row bears several labels.
    """
    time = time_of(selection)
    n = selection.codes_of(time.name)[2:]
    days = pd.DatetimeIndex(
        (np.datetime64(time.day(2), "D") + np.arange(len(n))).astype("datetime64[s]"), name=time.name
    )
    if not by:
        return pd.DataFrame({"n": n}, index=days)
    if isinstance(selection.schema.dimension(by), Days | Words):
        raise FactsError(f"不能按“{selection.title_of(by)}”分组")
    counts = selection.codes_by_day(by)[2:]
    labels, totals = selection.labels(by), counts.sum(axis=0)
    order = [code for code in np.argsort(-totals, kind="stable") if totals[code]]
    kept, rest = order[:GROUPS], order[GROUPS:]
    found = pd.DataFrame({labels[code]: counts[:, code] for code in kept}, index=days)
    if rest:
        found[REST] = counts[:, rest].sum(axis=1)
    return found


def group_names(selection: Selection, by: str, labels: pd.Index) -> list[str]:
    """Return the Chinese names of the columns of ``daily``."""
    return [REST_NAME if label == REST else selection.name_of(by, label) for label in labels]


def starts_of(days: np.ndarray, unit: str) -> np.ndarray:
    """Return the first day of the day, week (from Monday) or month that each day lies in (datetime64[D])."""
    match unit:
        case "month":
            return days.astype("datetime64[M]").astype("datetime64[D]")
        case "week":
            return days - (days.astype(np.int64) + 3) % 7
        case "day":
            return days
    raise FactsError(did_you_mean("时间单位", unit, ("day", "week", "month")))


def compare(selection: Selection, counts: pd.Series, against: str) -> Compared:
    """Return the days chosen, or the newest ones, beside those before or the same of the year before.

    ``counts`` are rows a day without a filter on the day (``daily``).
    """
    since, last = selection.span
    chosen = selection.filters.get(time_of(selection).name)
    first, until = (chosen.start, chosen.end) if chosen is not None else (None, last)
    until = max(min(until, last), since)
    first = until - dt.timedelta(days=LATEST_DAYS[against] - 1) if first is None else first
    first = min(max(first, since), until)
    then = tuple(_shifted((first, until), against))
    is_known = then[0] >= since
    return Compared(
        against, (first, until), then, _sum(counts, (first, until)), _sum(counts, then) if is_known else None, since
    )  # fmt: skip


def counts_then(
    starts: np.ndarray, ends: np.ndarray, counts: pd.Series, compared: Compared, unit: str, last: dt.date
) -> np.ndarray:
    """Return the rows of each period's counterpart (float64), NaN where there is none.

    ``starts`` and ``ends`` (not included) are datetime64[D]. Weeks are held against the weeks 52 before, so that weekdays agree;
    a period that is not over at ``last`` against as many days. The period before is told of the days compared only.
    """
    ends = np.minimum(ends, np.datetime64(last, "D") + 1)
    if compared.against == "before":
        days = (compared.span[1] - compared.span[0]).days + 1
        then = starts - days, ends - days
        inside = (starts >= np.datetime64(compared.span[0], "D")) & (
            starts <= np.datetime64(compared.span[1], "D")
        )
    elif unit == "week":
        then, inside = (starts - 7 * WEEKS_OF_A_YEAR, ends - 7 * WEEKS_OF_A_YEAR), np.ones(len(starts), bool)
    else:
        begins, inside = _year_before(starts), np.ones(len(starts), bool)
        # Both ways around 29 February, which the year before may lack or may have more.
        whole = np.maximum(_year_before(ends), _year_before(ends - 1) + 1)
        then = begins, begins + 1 if unit == "day" else whole
    first = counts.index[0].to_datetime64().astype("datetime64[D]")
    sums = np.concatenate([[0], np.cumsum(counts.to_numpy())])
    at = [np.clip((edge - first).astype(np.int64), 0, len(counts)) for edge in then]
    known = inside & (then[0] >= np.datetime64(compared.data_since, "D"))
    return np.where(known, sums[at[1]] - sums[at[0]], np.nan)


def time_of(selection: Selection) -> Days:
    """Return the dimension of days of a selection."""
    dimension = selection.schema.dimension(selection.schema.time or "")
    assert isinstance(dimension, Days)
    return dimension


def _shifted(span: Span, against: str) -> list[dt.date]:
    if against == "before":
        days = span[1] - span[0] + dt.timedelta(days=1)
        return [day - days for day in span]
    return [(pd.Timestamp(day) - pd.DateOffset(years=1)).date() for day in span]


def _year_before(days: np.ndarray) -> np.ndarray:
    """Return the same days of the year before; of 29 February the 28th."""
    shifted = pd.DatetimeIndex(days.astype("datetime64[s]")) - pd.DateOffset(years=1)
    return shifted.to_numpy().astype("datetime64[D]")


def _sum(counts: pd.Series, span: Span) -> int:
    return int(counts.loc[pd.Timestamp(span[0]) : pd.Timestamp(span[1])].sum())


def _days(span: Span) -> str:
    return f"{span[0]} 至 {span[1]}" if span[0] != span[1] else f"{span[0]}"
