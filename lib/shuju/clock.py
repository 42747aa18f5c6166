"""The house clock: Asia/Shanghai wall time, whatever zone the machine is in."""

from __future__ import annotations

import datetime as dt

_CHINA = dt.timezone(dt.timedelta(hours=8))


def now() -> dt.datetime:
    """Return the present in Asia/Shanghai wall time, without a zone."""
    return dt.datetime.now(_CHINA).replace(tzinfo=None)
