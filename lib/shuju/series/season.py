"""What the calendar says of a day: time of the year, weekday, holiday. Columns of a regression."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shuju.standard.holidays import Holiday, holidays

YEAR = 365.25
REBOUND_DAYS = 3  # after a holiday, what was held back is written


def harmonics(
    times: npt.NDArray[np.datetime64] | None, n_times: int, freq: int, order: int
) -> npt.NDArray[np.float64]:
    """Return (times, 2 × order) cosines and sines of the time of the year.

    By the calendar where ``times`` are days; without them a year is ``freq`` steps.
    """
    phase = np.arange(n_times) / freq if times is None else times.astype("datetime64[D]").astype(int) / YEAR
    angle = 2 * np.pi * phase[:, None] * np.arange(1, order + 1)
    return np.concatenate([np.cos(angle), np.sin(angle)], axis=1)


def days_off(times: npt.NDArray[np.datetime64], step: int) -> npt.NDArray[np.float64]:
    """Return (times, 4): the share of each step's days in the Spring Festival, a long, a short holiday, after one.

    ``step`` is the number of days that begin at each time.
    """
    first = times[0].astype("datetime64[D]")
    n_days = int((times[-1].astype("datetime64[D]") - first).astype(int)) + step
    share = np.zeros((n_days, 4))
    for holiday in holidays():
        start, stop = (int((d - first).astype(int)) for d in (holiday.first_day, holiday.last_day))
        share[max(start, 0) : max(stop + 1, 0), _column(holiday)] = 1
        if _column(holiday) < 2:
            share[max(stop + 1, 0) : max(stop + 1 + REBOUND_DAYS, 0), 3] = 1
    total = np.concatenate([np.zeros((1, 4)), np.cumsum(share, axis=0)])
    start = (times.astype("datetime64[D]") - first).astype(int)
    return (total[start + step] - total[start]) / step


def weekdays(times: npt.NDArray[np.datetime64]) -> npt.NDArray[np.float64]:
    """Return (times, 6): Tuesday to Sunday, 1 on that day."""
    day = (times.astype("datetime64[D]").astype(int) + 3) % 7
    return (day[:, None] == np.arange(1, 7)).astype(float)


def _column(holiday: Holiday) -> int:
    if holiday.kind == "spring_festival":
        return 0
    return 1 if (holiday.last_day - holiday.first_day).astype(int) >= 4 else 2
