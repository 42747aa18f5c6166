"""The house clock: the present in Asia/Shanghai wall time, as every time of the library is told."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

SHANGHAI = dt.timezone(dt.timedelta(hours=8))


def now() -> dt.datetime:
    """Return the present, without a zone."""
    return dt.datetime.now(SHANGHAI).replace(tzinfo=None)


def wall_time(times: pd.Series) -> pd.Series:
    """Return times as Asia/Shanghai wall time; those without a zone are taken for it."""
    return times.dt.tz_convert(SHANGHAI).dt.tz_localize(None) if getattr(times.dtype, "tz", None) else times


def today() -> dt.date:
    """Return the present day."""
    return now().date()
