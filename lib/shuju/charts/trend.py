"""The trend (走势): rows a day, week or month, against the course of all rows, in groups, beside an earlier time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from shuju.charts import look, theme
from shuju.facts.change import change
from shuju.facts.periods import AGAINST, compare, counts_then, daily, group_names, starts_of, time_of

if TYPE_CHECKING:
    from shuju.facts.selection import Selection

Span = tuple[dt.date, dt.date]
Columns = Mapping[str, Any]
TOOLTIP = "<b>@start{{%F}}</b> 起 @told<br>@n{{0,0}} {unit} · 全部 @n_all{{0,0}} {unit}"
UNITS = ("day", "week", "month")
MOST_MARKS = 6000  # more bars than that are no picture, and slow to send
ROW_PIXELS = 46
ROW_SHARE = 0.84  # of the height of a group's row, what its highest bar takes


def trend_unit(span: Span) -> str:
    """Return what one bar stands for: ``day``, ``week`` or ``month``, by the length of the span."""
    length = (span[1] - span[0]).days
    return "day" if length <= 120 else "week" if length <= 730 else "month"


def trend_data(
    selection: Selection, span: Span | None = None, unit: str = "auto", by: str = "", against: str = ""
) -> pd.DataFrame:
    """Return one row a period of ``span`` (all days of the table): ``start, end, n, n_all, ghost``.

    ``n`` are the rows under all filters but the day's, ``n_all`` all rows, ``ghost`` these scaled to the
    height of ``n``. ``unit`` is day, week, month or ``auto``. With ``by``, a dimension, there are as many rows for
    each group (``group``), ``GROUPS`` and the others at most, which add up to all; with ``against`` (``AGAINST``)
    ``then`` is the count of each period's counterpart, NaN where there is none. ``attrs`` holds ``unit``, ``wanted``
    (finer, but too many bars), ``span``, ``groups`` (name, n, share, and the days compared), ``outside`` (rows before
    the span or without a day) and ``compared`` in words. O(days), with ``by`` a pass over the rows.
    """
    span = span or selection.span
    counted = daily(selection, by)
    names = group_names(selection, by, counted.columns) if by else [""]
    wanted = unit = trend_unit(span) if unit == "auto" else unit
    days = np.arange(span[0], span[1] + dt.timedelta(days=1), dtype="datetime64[D]")
    while unit != UNITS[-1] and len(np.unique(starts_of(days, unit))) * len(names) > MOST_MARKS:
        unit = UNITS[UNITS.index(unit) + 1]
    begins = np.flatnonzero(np.r_[True, np.diff(starts_of(days, unit)) > np.timedelta64(0, "D")])
    time = time_of(selection)

    def per_period(by_day: np.ndarray) -> np.ndarray:
        """Return the sums of counts that begin on the second day of the table's codes."""
        shown, first = np.zeros(len(days), np.int64), time.code(span[0]) - 2
        known = by_day[max(first, 0) : first + len(days)]
        shown[max(-first, 0) : max(-first, 0) + len(known)] = known
        return np.add.reduceat(shown, begins)

    starts, ends = days[begins], np.r_[days[begins[1:]], days[-1:] + 1]
    n_all = per_period(selection.codes_of_all(time.name)[2:])
    rows, groups = [], []
    for name, label in zip(names, counted.columns, strict=True):
        n = per_period(counted[label].to_numpy())
        row = pd.DataFrame(
            {
                "start": starts.astype("datetime64[ms]"),
                "end": ends.astype("datetime64[ms]"),
                "n": n,
                "n_all": n_all,
            }
        )
        row["ghost"] = 0.0 if by else n_all * (max(int(n.max()), 1) / max(int(n_all.max()), 1))
        group = {"name": name, "n": int(n.sum())}
        if against:
            held = compare(selection, counted[label], against)
            row["then"] = counts_then(starts, ends, counted[label], held, unit, span[1])
            group |= {
                "now": held.now,
                "then": held.then,
                "change": None if held.then is None else change(held.now, held.then),
            }
        rows.append(row.assign(group=name) if by else row)
        groups.append(group)
    frame = pd.concat(rows, ignore_index=True) if rows else _no_groups()
    shown = sum(group["n"] for group in groups)
    total = max(shown, 1)
    frame.attrs = {
        "unit": unit, "wanted": wanted, "span": [day.isoformat() for day in span], "against": against, "by": by,
        "outside": int(selection.codes_of(time.name).sum()) - shown,
        "by_title": selection.title_of(by) if by else "",
        "groups": [group | {"share": group["n"] / total} for group in groups] if by else [],
        "size_mm": (155, 12 + 9 * len(groups) if by else 58),
        "compared": compare(selection, counted.sum(axis=1), against).told if against else "",
    }  # fmt: skip
    return frame


def trend_layers(frame: pd.DataFrame) -> dict[str, Columns]:
    """Return the columns of the three layers of a trend: ``ghost`` and ``bars`` (quads), ``then`` (a line of steps).

    Groups stand one above the other in rows of height 1, each scaled to its own highest bar.
    """
    start, end = frame["start"].to_numpy(), frame["end"].to_numpy()
    n, then = (
        frame["n"].to_numpy(float),
        frame["then"].to_numpy() if "then" in frame else np.full(len(frame), np.nan),
    )
    base, scale, told = np.zeros(len(frame)), np.ones(len(frame)), np.full(len(frame), "", object)
    if "group" in frame:
        code, names = pd.factorize(frame["group"])
        highest = np.ones(len(names))
        np.fmax.at(highest, code, n)
        np.fmax.at(highest, code, then)
        base, scale, told = (
            (len(names) - 1.0) - code,
            (ROW_SHARE / highest)[code],
            frame["group"].to_numpy(object),
        )
    if "then" in frame:
        name = AGAINST[frame.attrs["against"]]
        told = told + np.array(
            ["" if np.isnan(value) else f" · {name} {value:,.0f}" for value in then], object
        )
    quads = {"left": start, "right": end}
    shown = frame["ghost"].to_numpy() > 0 if "group" in frame else np.ones(len(frame), bool)
    height = base + then * scale
    # A line of steps, broken between groups and where nothing is known.
    x = np.column_stack([start, end, end]).ravel()
    y = np.column_stack([height, height, np.where(_continues(start, end), height, np.nan)]).ravel()
    is_told = np.repeat(~np.isnan(then), 3)
    return {
        "ghost": {"left": start[shown], "right": end[shown], "top": frame["ghost"].to_numpy()[shown]},
        "bars": {
            **quads, "top": base + n * scale, "bottom": base, "start": start, "n": frame["n"].to_numpy(),
            "n_all": frame["n_all"].to_numpy(), "told": told,
        },
        "then": {"start": x[is_told], "then": y[is_told]},
    }  # fmt: skip


def trend_axis(frame: pd.DataFrame) -> tuple[float, list[tuple[float, str]]]:
    """Return how high the picture is, and the ticks: counts, or the names of the groups with their numbers."""
    groups = frame.attrs.get("groups") or []
    if groups:
        ticks = [
            (len(groups) - at - 0.6, f"{group['name']} {look.short(group['n'])}")
            for at, group in enumerate(groups)
        ]
        return float(len(groups)), ticks
    top = (
        max(float(frame["n"].max()), float(frame["then"].max(skipna=True) if _knows_then(frame) else 0), 1)
        * 1.06
    )
    return top, look.count_ticks(top)


def trend_height(frame: pd.DataFrame, plain: int = 190) -> int:
    """Return how many pixels high a trend is: ``plain``, or a row for each group."""
    groups = frame.attrs.get("groups") or []
    return max(plain, 40 + ROW_PIXELS * len(groups)) if groups else plain


def trend_plot(frame: pd.DataFrame, unit: str = "条", height: int = 190) -> Any:
    """Return grey bars of all rows behind blue bars of those chosen, and a line of the earlier time (``trend_data``).

    An overlay of two Histograms and a Curve; of groups an Area each, one row above the other. ``attrs["notes"]`` are annotations
    (first day, last day, words) that stand behind them.
    """
    import holoviews as hv

    layers = trend_layers(frame)
    top, ticks = trend_axis(frame)
    top *= 1.3 if frame.attrs.get("notes") else 1  # words stand above the bars
    is_grouped = "group" in frame
    bars = _areas(frame, layers["bars"]) if is_grouped else [_histograms(frame, layers["bars"], unit)]
    then = hv.Curve((layers["then"]["start"], layers["then"]["then"]), "start", "then")
    then = look.styled(
        then,
        page={"color": theme.ACCENT, "line_width": 1.5},
        print_={"color": theme.ACCENT, "linewidth": 0.9},
    )
    whole = {"ylim": (0, top), "yticks": ticks}
    shown = hv.Overlay([*_marks(frame, top), *[part for group in bars for part in group], then])
    height = trend_height(frame, height)
    return look.laid_out(
        shown,
        page={"height": height, **whole},
        print_={"aspect": 155 / frame.attrs.get("size_mm", (155, 39))[1], **whole},
    )


def _marks(frame: pd.DataFrame, top: float) -> list[Any]:
    """Return annotations as bands with their words at the top, staggered so that neighbours can be read."""
    import holoviews as hv

    notes = frame.attrs.get("notes", ())
    if not notes:
        return []
    ends = [
        (pd.Timestamp(first).to_datetime64(), (pd.Timestamp(last) + pd.Timedelta(days=1)).to_datetime64())
        for first, last, _ in notes
    ]
    bands = [
        look.styled(
            hv.Area(([*one], [0.0, 0.0], [top, top]), kdims=["start"], vdims=["low", "high"]),
            page={"color": theme.ACCENT, "alpha": 0.2, "line_color": None},
            print_={"facecolor": theme.ACCENT, "edgecolor": "none", "alpha": 0.2},
        )
        for one in ends
    ]
    words = [
        look.styled(
            hv.Text(begin, top * (0.95 - 0.08 * (number % 3)), f" {told[:14]}", fontsize=8, halign="left"),
            page={"text_color": theme.INK},
            print_={"color": theme.INK},
        )
        for number, ((begin, _), (_, _, told)) in enumerate(zip(ends, notes, strict=True))
    ]
    return [*bands, *words]


def _histograms(frame: pd.DataFrame, bars: Columns, unit: str) -> list[Any]:
    import holoviews as hv

    edges = np.r_[frame["start"].to_numpy(), frame["end"].to_numpy()[-1:]]
    ghost = hv.Histogram((edges, frame["ghost"].to_numpy()), kdims=["start"], vdims=["ghost"])
    names = ("n", "n_all", "bottom", "told")
    blue = hv.Histogram((edges, *(bars[name] for name in names)), kdims=["start"], vdims=list(names))
    tip = look.hover(TOOLTIP.format(unit=unit), formatters={"@start": "datetime"}, mode="vline")
    line = {"line_color": theme.PAPER, "line_width": 0.5}
    ghost = look.styled(
        ghost, page={"color": theme.FAINT, **line}, print_={"facecolor": theme.FAINT, "edgecolor": "none"}
    )
    blue = look.styled(
        blue,
        page={"color": theme.BAR, "hover_fill_color": theme.PRIMARY, **line, "tools": [tip]},
        print_={"facecolor": theme.BAR, "edgecolor": "none"},
    )
    return [ghost, blue]


def _areas(frame: pd.DataFrame, bars: Columns) -> list[list[Any]]:
    import holoviews as hv

    areas = []
    for rows in frame.groupby("group", sort=False).indices.values():
        x = np.column_stack([bars["left"][rows], bars["right"][rows]]).ravel()
        low, high = (np.repeat(bars[name][rows], 2) for name in ("bottom", "top"))
        area = hv.Area((x, low, high), kdims=["start"], vdims=["low", "high"])
        areas.append(
            [
                look.styled(
                    area,
                    page={"color": theme.BAR, "line_color": None},
                    print_={"facecolor": theme.BAR, "edgecolor": "none"},
                )
            ]
        )
    return areas


def _continues(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return whether the next period begins where this one ends."""
    return np.r_[start[1:] == end[:-1], [False]] if len(start) else np.empty(0, bool)


def _knows_then(frame: pd.DataFrame) -> bool:
    return "then" in frame and bool(frame["then"].notna().any())


def _no_groups() -> pd.DataFrame:
    stamp = np.empty(0, "datetime64[ms]")
    none = np.empty(0, np.int64)
    return pd.DataFrame(
        {
            "start": stamp,
            "end": stamp,
            "n": none,
            "n_all": none,
            "ghost": none.astype(float),
            "group": none.astype(object),
            "then": none.astype(float),
        }
    )
