"""The house clock: the present in Asia/Shanghai wall time, as every time of the library is told."""

from __future__ import annotations

import datetime as dt

SHANGHAI = dt.timezone(dt.timedelta(hours=8))


def now() -> dt.datetime:
    """Return the present, without a zone."""
    return dt.datetime.now(SHANGHAI).replace(tzinfo=None)


def today() -> dt.date:
    """Return the present day."""
    return now().date()
