"""The months of spread (走势): documents first published, and the share that arrived within each limit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from shuju.charts import look, theme
from shuju.facts.selection import Selection
from shuju.spread.due_counts import WITHIN, by_group, rate

LIMIT_COLOURS = dict(zip(WITHIN, (*theme.LAGS[:3], theme.MUTED)))
BAR_SHARE = 0.35  # of the height, for the month with most documents
TOOLTIP = "<b>@month</b> @n 份<br>" + "<br>".join(
    f"{name} @within_{limit}{{0.0%}}" for limit, name in WITHIN.items()
)


def months_data(selection: Selection) -> pd.DataFrame:
    """Return, by month of publication (index), ``n`` documents and the share within each limit (``within_8``, …); NaN of nothing.

    O(documents).
    """
    held, passes = selection.held, selection.mask()  # type: ignore[attr-defined]
    month = held.rows["published_at"].to_numpy().astype("datetime64[M]")
    shown = month[passes & ~np.isnat(month)]
    columns = [f"within_{limit}" for limit in WITHIN]
    if not len(shown):
        return pd.DataFrame(columns=["n", *columns], index=pd.DatetimeIndex([], name="month"), dtype=float)
    first = shown.min()
    n = int((shown.max() - first).astype(int)) + 1
    number = np.where(np.isnat(month), -1, (month - first).astype(np.int64))
    number = np.where((number >= 0) & (number < n), number, -1)
    counts = by_group(held.due, passes, number, n)
    every = pd.date_range(pd.Timestamp(first), periods=n, freq="MS", name="month")
    documents = np.bincount(number[passes & (number >= 0)], minlength=n)
    shares = {name: rate(counts, limit) for limit, name in zip(WITHIN, columns)}
    return pd.DataFrame({"n": documents} | shares, index=every)


def months_plot(frame: pd.DataFrame, within: str = "24") -> Any:
    """Return months (``months_data``): grey bars of documents, lines of shares, the chosen limit strong.

    Bars have no axis of their own: the highest has ``BAR_SHARE`` of the height. Where no site ought to carry any of
    them there are no shares: the axis is that of documents.
    """
    import holoviews as hv

    if frame.empty:
        return look.blank("没有可以按月统计的文件")
    starts = frame.index.to_numpy().astype("datetime64[ms]")
    edges = np.r_[starts, (frame.index[-1:] + pd.offsets.MonthBegin()).to_numpy().astype("datetime64[ms]")]
    columns = [f"within_{limit}" for limit in WITHIN]
    shares, most = frame[columns].astype(float), max(float(frame["n"].max()), 1)
    has_shares = bool(shares.notna().any(axis=None))
    highest = (
        min(float(np.nanmax(shares.to_numpy(), initial=0.05)) * 1.15, 1.02) if has_shares else most / 0.9
    )
    height = frame["n"].to_numpy(float) * (BAR_SHARE * highest / most if has_shares else 1)
    told = [frame["n"].to_numpy(), frame.index.strftime("%Y年%m月").to_numpy(object)]
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
    middle = starts + np.timedelta64(13, "D")
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
