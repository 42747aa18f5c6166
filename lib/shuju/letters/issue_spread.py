"""How one hot issue spread: its letters a day by region, department, channel or answer (来信时间线), and the counties that it reached (传播)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from shuju.charts import look, theme
from shuju.charts.counties import county_shapes
from shuju.charts.county_map import county_plot, map_of
from shuju.facts.naming import place_name
from shuju.facts.selection import Selection
from shuju.letters.one_issue import issue_letters
from shuju.standard import code_list, region

TIMELINES = {"day": "每日", "total": "累计"}
GROUPS = {"region": "按地区", "department": "按承办部门", "channel": "按渠道", "answer": "按答复情况"}
MAPS = {"first": "按先后", "count": "按件数"}
GROUPED = 6
OTHERS = "其他"
COLOURS = (*theme.CATEGORIES[:GROUPED], "#9aa7b4")
BARS = 180
SHADES = theme.SEQUENCE[2:]


def timeline_data(
    selection: Selection, issue_id: str = "", by: str = "region", most: int = GROUPED
) -> pd.DataFrame:
    """Return an issue's letters a day (index: every day from first to last) by one of ``GROUPS``, those with most letters first.

    What is not among the ``most`` is 其他. O(letters of the issue).
    """
    return by_day(issue_letters(selection, issue_id), by, most)


def by_day(letters: pd.DataFrame, by: str = "region", most: int = GROUPED) -> pd.DataFrame:
    """Return letters (``written_at`` and what they are grouped by) a day, as ``timeline_data``."""
    if letters.empty:
        return pd.DataFrame(index=pd.DatetimeIndex([]))
    names = _group_names(letters, by)
    kept = names.value_counts().index[:most]
    names = names.where(names.isin(kept), OTHERS)
    counts = pd.crosstab(letters["written_at"].dt.normalize(), names)
    every = pd.date_range(counts.index[0], counts.index[-1])
    order = [name for name in [*kept, OTHERS] if name in counts]
    return counts.reindex(every, fill_value=0)[order]


def _group_names(letters: pd.DataFrame, by: str) -> pd.Series:
    """Return the Chinese name of the group of each letter."""
    if by == "region":
        return letters["region_code"].map(place_name, na_action=None)
    if by == "department":
        return letters["department"].astype(object).fillna("未标明")
    names = code_list({"channel": "channels", "answer": "answer_states"}[by]).names
    return letters[by].astype(object).map(lambda code: names.get(code, code)).fillna("未标明")


def group_colours(days: pd.DataFrame) -> dict[str, str]:
    """Return the colour of each group of a time line."""
    return {
        name: COLOURS[-1] if name == OTHERS else COLOURS[number % GROUPED]
        for number, name in enumerate(days.columns)
    }


def timeline_plot(frame: pd.DataFrame, timeline: str = "day") -> Any:
    """Return letters a day stacked by group (``timeline_data``), or their running total: an overlay of Histograms.

    Where there are more than ``BARS`` days several make one bar; a running total keeps every day.
    """
    import holoviews as hv

    shown, width = (frame.cumsum(), 1) if timeline == "total" else _binned(frame)
    if shown.empty:
        shown = pd.DataFrame({OTHERS: [0]}, index=pd.DatetimeIndex(["2000-01-01"]))
    step = np.timedelta64(width, "D")
    starts = shown.index.to_numpy().astype("datetime64[ms]")
    edges = np.r_[starts, starts[-1:] + step]
    whole = shown.sum(axis=1)
    names = [f"n{number}" for number in range(len(shown.columns))]
    # Painted from the whole down to the first group: the one that is hovered holds the numbers of all.
    values = (edges, whole.to_numpy(), *(shown[name].to_numpy() for name in shown.columns))
    layers = [_layer(hv.Histogram(values, kdims=["start"], vdims=["all", *names]), frame, shown, -1, width)]
    heights = shown.cumsum(axis=1)
    for number in range(len(names) - 2, -1, -1):
        bars = hv.Histogram((edges, heights.iloc[:, number].to_numpy()), kdims=["start"], vdims=["top"])
        layers.append(_layer(bars, frame, shown, number, width))
    top = max(float(whole.max()), 1) * 1.08
    axes = {"ylim": (0, top), "yticks": look.count_ticks(top)}
    return look.laid_out(hv.Overlay(layers), page={"height": 260, **axes}, print_={"aspect": 3, **axes})


def issue_map_data(selection: Selection, issue_id: str = "", by: str = "first") -> pd.DataFrame:
    """Return the counties: ``code, name, prefecture, n, first, fill, shade, told, is_origin``.

    Counties are dark where letters came early, or where many came (``by`` is ``first`` or ``count``). The one
    with the first letter is the origin.
    """
    letters = issue_letters(selection, issue_id).dropna(subset=["region_code"])
    found = letters.groupby("region_code")["written_at"].agg(["size", "min"])
    codes = list(county_shapes())
    rows = found.reindex(codes)
    first = rows["min"].astype("datetime64[s]")
    value = rows["size"] if by == "count" else -first.rank(method="dense")
    n = rows["size"].fillna(0).astype(int)
    return pd.DataFrame(
        {
            "code": codes,
            "name": [region(code).name for code in codes],
            "prefecture": [region(str(region(code).parent_code)).name for code in codes],
            "n": n.to_numpy(),
            "first": first.dt.normalize().to_numpy(),
            "fill": _shades(value),
            "shade": np.where(n > 0, 1.0, 0.0),
            "told": [f"{k:,} 封 · 首封 {day:%Y-%m-%d}" if k else "没有来信" for k, day in zip(n, first)],
            "is_origin": first.to_numpy() == first.min() if len(found) else False,
        }
    )


def issue_map_plot(frame: pd.DataFrame) -> Any:
    """Return the county map of ``issue_map_data``, a star on the county of origin."""
    import holoviews as hv

    star = hv.Points(origin_of(frame), ["x", "y"])
    star = look.styled(
        star,
        page={"marker": "star", "size": 15, "fill_color": theme.ACCENT, "line_color": theme.PAPER},
        print_={"marker": "*", "s": 90, "color": theme.ACCENT},
    )
    return map_of(county_plot(frame) * star)


def origin_of(frame: pd.DataFrame) -> dict[str, list[float]]:
    """Return a point ``x, y`` (metres) within the county of origin; nothing where there is none."""
    shapes = [county_shapes()[code] for code in frame.loc[frame["is_origin"], "code"]]
    points = [shape.representative_point() for shape in shapes[:1]]
    return {"x": [point.x for point in points], "y": [point.y for point in points]}


def _binned(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    width = max(-(-len(frame) // BARS), 1)
    if width == 1:
        return frame, 1
    binned = frame.groupby(np.arange(len(frame)) // width).sum()
    return binned.set_axis(frame.index[::width]), width


def _layer(bars: Any, frame: pd.DataFrame, shown: pd.DataFrame, number: int, width: int) -> Any:
    """Return the bars of one group in its colour; those of the whole (the last group's) tell all numbers."""
    colours = list(group_colours(frame).values()) or [COLOURS[-1]]
    page: dict[str, Any] = {"color": colours[number], "line_color": theme.PAPER, "line_width": 0.5}
    if number < 0:
        told = "".join(f"<br>{name} @n{at}" for at, name in enumerate(shown.columns))
        tip = f"<b>@start{{%F}}</b>{' 起' if width > 1 else ''}<br>合计 @all 封{told}"
        page["tools"] = [look.hover(tip, formatters={"@start": "datetime"})]
    return look.styled(bars, page=page, print_={"facecolor": colours[number], "edgecolor": "none"})


def _shades(value: pd.Series) -> list[str]:
    """Return a shade for each value, the darkest for the greatest; the page's ground where there is none."""
    low, high = value.min(), value.max()
    share = (value - low) / (high - low) if high > low else value * 0 + 1
    at = (share * (len(SHADES) - 1)).round()
    return [theme.PAPER if pd.isna(i) else SHADES[int(i)] for i in at]
