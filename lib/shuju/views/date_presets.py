"""The spans of days that a page offers, counted back from the newest day that it has data of."""

from __future__ import annotations

import datetime as dt

from shuju.clock import now

Span = tuple[dt.date, dt.date]


def date_presets(last: dt.date) -> dict[str, Span | None]:
    """Return the presets' names and spans, which end on ``last``; None stands for all days.

    They count from the data, not from the clock: a library that stopped last month still shows its last week,
    and how old it is stands beside it.
    """
    return {
        "全部": None,
        "近7天": (last - dt.timedelta(days=6), last),
        "近30天": (last - dt.timedelta(days=29), last),
        "近一年": (last - dt.timedelta(days=364), last),
        "今年" if last.year == now().year else f"{last.year}年": (
            last.replace(month=1, day=1),
            last,
        ),
    }
