"""The trend (走势): rows a day, week or month, against the course of all rows."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from shuju.charts import look, theme

if TYPE_CHECKING:
    from shuju.facts.selection import Selection

Span = tuple[dt.date, dt.date]
TOOLTIP = "<b>@start{{%F}}</b> 起<br>@n{{0,0}} {unit} · 全部 @n_all{{0,0}} {unit}"


def trend_unit(span: Span) -> str:
    """Return what one bar stands for: ``day``, ``week`` or ``month``, by the length of the span."""
    length = (span[1] - span[0]).days
    return "day" if length <= 120 else "week" if length <= 730 else "month"


def trend_data(selection: Selection, span: Span | None = None) -> pd.DataFrame:
    """Return one row a period of ``span`` (all days of the table): ``start, end, n, n_all, ghost``.

    ``n`` are the rows under all filters but the day's, ``n_all`` all rows, ``ghost`` these scaled to the
    height of ``n``. ``attrs`` holds ``unit`` (day, week or month) and ``span``. O(days).
    """
    span = span or selection.span
    unit = trend_unit(span)
    time = selection.schema.dimension(selection.schema.time or "")
    first, last = (time.code(day) for day in span)  # type: ignore[union-attr]
    days = np.arange(span[0], span[1] + dt.timedelta(days=1), dtype="datetime64[D]")
    period = _periods(days, unit)
    begins = np.flatnonzero(np.r_[True, period[1:] != period[:-1]])

    def per_period(by_day: np.ndarray) -> np.ndarray:
        shown = np.zeros(len(days), np.int64)
        known = by_day[first : last + 1]
        shown[: len(known)] = known
        return np.add.reduceat(shown, begins)

    n, n_all = per_period(selection.codes_of(time.name)), per_period(selection.codes_of_all(time.name))
    frame = pd.DataFrame(
        {
            "start": days[begins].astype("datetime64[ms]"),
            "end": np.r_[days[begins[1:]], days[-1:] + 1].astype("datetime64[ms]"),
            "n": n,
            "n_all": n_all,
            "ghost": n_all * (max(int(n.max()), 1) / max(int(n_all.max()), 1)),
        }
    )
    frame.attrs = {"unit": unit, "span": [day.isoformat() for day in span]}
    return frame


def trend_plot(frame: pd.DataFrame, unit: str = "条", height: int = 190) -> Any:
    """Return grey bars of all rows behind blue bars of those chosen (``trend_data``): an overlay of two Histograms."""
    import holoviews as hv

    edges = np.r_[frame["start"].to_numpy(), frame["end"].to_numpy()[-1:]]
    ghost = hv.Histogram((edges, frame["ghost"].to_numpy()), kdims=["start"], vdims=["ghost"])
    bars = hv.Histogram(
        (edges, frame["n"].to_numpy(), frame["n_all"].to_numpy()), kdims=["start"], vdims=["n", "n_all"]
    )
    top = max(float(frame["n"].max()), 1) * 1.06
    tip = look.hover(TOOLTIP.format(unit=unit), formatters={"@start": "datetime"}, mode="vline")
    line = {"line_color": theme.PAPER, "line_width": 0.5}
    ghost = look.styled(
        ghost, page={"color": theme.FAINT, **line}, print_={"facecolor": theme.FAINT, "edgecolor": "none"}
    )
    bars = look.styled(
        bars,
        page={"color": theme.BAR, "hover_fill_color": theme.PRIMARY, **line, "tools": [tip]},
        print_={"facecolor": theme.BAR, "edgecolor": "none"},
    )
    ticks = look.count_ticks(top)
    whole = {"ylim": (0, top), "yticks": ticks}
    return look.laid_out(ghost * bars, page={"height": height, **whole}, print_={"aspect": 4, **whole})


def _periods(days: np.ndarray, unit: str) -> np.ndarray:
    if unit == "month":
        return days.astype("datetime64[M]").astype(np.int64)
    whole = days.astype(np.int64)
    return whole if unit == "day" else (whole + 3) // 7  # weeks begin on Monday
