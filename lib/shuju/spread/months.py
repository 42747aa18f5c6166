"""The months of spread (走势): documents first published, and the share that arrived within each limit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from shuju.charts import look, theme
from shuju.facts.periods import starts_of
from shuju.facts.selection import Selection
from shuju.spread.due_counts import WITHIN, arrival_rate, by_group

LIMIT_COLOURS = dict(zip(WITHIN, (*theme.LAGS[:3], theme.MUTED)))
STEPS = {"month": "MS", "week": "W-MON", "day": "D"}
NAMES = {"month": "%Y年%m月", "week": "%Y-%m-%d 起一周", "day": "%Y-%m-%d"}
BAR_SHARE = 0.35  # of the height, for the month with most documents
TOOLTIP = "<b>@month</b> @n 份<br>" + "<br>".join(
    f"{name} @within_{limit}{{0.0%}}" for limit, name in WITHIN.items()
)


def months_data(selection: Selection, unit: str = "month") -> pd.DataFrame:
    """Return, by month of publication (index), ``n`` documents and the share within each limit (``within_8``, …); NaN of nothing.

    ``unit`` is month, week or day. ``attrs`` holds it, and how many documents there are in all (``n_all``). O(documents).
    """
    held, passes = selection.held, selection.mask()  # type: ignore[attr-defined]
    day = held.rows["published_at"].to_numpy().astype("datetime64[D]")
    known = ~np.isnat(day)
    start = np.where(
        known, starts_of(np.where(known, day, np.datetime64(0, "D")), unit), np.datetime64("NaT", "D")
    )
    shown = start[passes & known]
    columns = [f"within_{limit}" for limit in WITHIN]
    if not len(shown):
        empty = pd.DataFrame(columns=["n", *columns], index=pd.DatetimeIndex([], name="month"), dtype=float)
        empty.attrs = {"unit": unit, "n_all": len(held.rows)}
        return empty
    every = pd.date_range(shown.min(), shown.max(), freq=STEPS[unit], name="month")
    number = every.get_indexer(pd.DatetimeIndex(start.astype("datetime64[s]")))
    counts = by_group(held.due, passes, number, len(every))
    documents = np.bincount(number[passes & (number >= 0)], minlength=len(every))
    shares = {name: arrival_rate(counts, limit) for limit, name in zip(WITHIN, columns)}
    found = pd.DataFrame({"n": documents} | shares, index=every)
    found.attrs = {"unit": unit, "n_all": len(held.rows)}
    return found


def months_plot(frame: pd.DataFrame, within: str = "24") -> Any:
    """Return months, weeks or days (``months_data``): grey bars of documents, lines of shares, the chosen limit strong.

    Bars have no axis of their own: the highest has ``BAR_SHARE`` of the height. Where no site ought to carry any of
    them there are no shares: the axis is that of documents.
    """
    import holoviews as hv

    if frame.empty:
        return look.blank("没有可以按月统计的文件" if frame.attrs.get("n_all", 1) else "库中还没有文件")
    starts = frame.index.to_numpy().astype("datetime64[ms]")
    unit = frame.attrs.get("unit", "month")
    after = frame.index[-1:] + pd.tseries.frequencies.to_offset(STEPS[unit])
    edges = np.r_[starts, after.to_numpy().astype("datetime64[ms]")]
    columns = [f"within_{limit}" for limit in WITHIN]
    shares, most = frame[columns].astype(float), max(float(frame["n"].max()), 1)
    has_shares = bool(shares.notna().any(axis=None))
    highest = (
        min(float(np.nanmax(shares.to_numpy(), initial=0.05)) * 1.15, 1.02) if has_shares else most / 0.9
    )
    height = frame["n"].to_numpy(float) * (BAR_SHARE * highest / most if has_shares else 1)
    told = [frame["n"].to_numpy(), frame.index.strftime(NAMES[unit]).to_numpy(object)]
    bars = hv.Histogram(
        (edges, height, *told, *(shares[name].to_numpy() for name in columns)),
        kdims=["start"],
        vdims=["height", "n", "month", *columns],
    )
    bars = look.styled(
        bars,
        page={"color": theme.FAINT, "line_color": theme.PAPER, "tools": [look.hover(TOOLTIP, mode="vline")]},
        print_={"facecolor": theme.FAINT, "edgecolor": "none"},
    )
    middle = starts + (edges[1:] - starts) // 2
    lines = [
        _line(hv.Curve((middle, shares[f"within_{limit}"].to_numpy()), "start", "share"), limit, within)
        for limit in sorted(WITHIN, key=lambda limit: limit == within)
        if has_shares
    ]
    ticks = look.share_ticks(highest) if has_shares else look.count_ticks(highest)
    axes = {"ylim": (0, highest), "yticks": ticks, "xlim": (edges[0], edges[-1])}
    return look.laid_out(
        hv.Overlay([bars, *lines]), page={"height": 230, **axes}, print_={"aspect": 3.2, **axes}
    )


def _line(curve: Any, limit: str, within: str) -> Any:
    is_chosen = limit == within
    dash = "dotted" if limit == "ever" and within != "ever" else "solid"
    width, alpha = (3, 1.0) if is_chosen else (1.2, 0.6)
    return look.styled(
        curve,
        page={"color": LIMIT_COLOURS[limit], "line_width": width, "line_alpha": alpha, "line_dash": dash},
        print_={"color": LIMIT_COLOURS[limit], "linewidth": width * 0.6, "alpha": alpha},
    )
