"""Pictures of what-if: scenarios as lines, a sweep, a tornado, a heat map; axes carry numbers as pages show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from shuju.charts import look, theme
from shuju.whatif.curve_bands import CurveBands

COLOURS = (theme.INK, *theme.CATEGORIES)
BAR_PIXELS, CHOICE_PIXELS = 30, 22
BAND_ALPHA = 0.18
UNKNOWN = "这些条件下没有数可算"


def scenarios_plot(
    found: xr.DataArray,
    names: Mapping[str, str] | None = None,
    height: int = 280,
    bands: CurveBands | None = None,
) -> Any:
    """Return one line a scenario over the other dimension of ``found``, the baseline dark and broken; ``names`` tell scenarios in words.

    ``bands`` are shown behind their lines.
    """
    import holoviews as hv

    over = [str(d) for d in found.dims if d != "scenario"]
    if len(over) != 1 or not found.size or not np.isfinite(found.to_numpy().astype(float)).any():
        return look.blank("没有可以画的曲线")
    x = found[over[0]].to_numpy()
    highest = [float(np.nanmax(found.to_numpy().astype(float)))]
    if bands is not None:
        highest += [float(np.nanmax(high, initial=0)) for high in bands.high.values()]
    top = max(highest) * 1.06 or 1.0
    is_share = found.attrs.get("units") == "share"
    lines, areas = [], []
    for number, scenario in enumerate(found["scenario"].to_numpy()):
        label = (names or {}).get(str(scenario), str(scenario))
        colour = COLOURS[number % len(COLOURS)]
        if bands is not None and str(scenario) in bands.low:
            areas.append(_band(x, bands.low[str(scenario)], bands.high[str(scenario)], colour, over[0]))
        curve = hv.Curve(
            (x, found.sel(scenario=scenario).to_numpy().astype(float)), over[0], "value", label=label
        )
        tip = look.hover(
            f"<b>{label}</b><br>{_axis_name(found, over[0])} @{{{over[0]}}}：@value{{{'0.0%' if is_share else '0,0.[0]'}}}"
        )
        dash = "dashed" if number == 0 else "solid"
        lines.append(
            look.styled(
                curve,
                page={"color": colour, "line_width": 2.5, "line_dash": dash, "tools": [tip]},
                print_={"color": colour, "linewidth": 1.5, "linestyle": dash},
            )
        )
    axes = {
        "ylim": (0, min(top, 1.02) if is_share else top),
        "yticks": look.share_ticks(min(top, 1.0)) if is_share else look.count_ticks(top),
    }
    shown = {"show_legend": True, "legend_position": "bottom_right" if is_share else "top_right"}
    return look.laid_out(
        hv.Overlay([*areas, *lines]),
        page={"height": height, **axes, **shown},
        print_={"aspect": 2.6, **axes, **shown, "fontsize": {"legend": 8}},
    )


def _band(x: np.ndarray, low: np.ndarray, high: np.ndarray, colour: str, over: str) -> Any:
    import holoviews as hv

    known = np.isfinite(low) & np.isfinite(high)
    area = hv.Area((x[known], low[known], high[known]), over, ["low", "high"])
    return look.styled(
        area,
        page={
            "fill_color": colour,
            "fill_alpha": BAND_ALPHA,
            "line_alpha": 0,
            "muted_fill_alpha": BAND_ALPHA,
        },
        print_={"facecolor": colour, "alpha": BAND_ALPHA, "linewidth": 0},
    )


def sweep_plot(
    found: xr.DataArray,
    present: Any = None,
    height: int = 240,
    names: Mapping[Any, str] | None = None,
) -> Any:
    """Return one number over the values of one parameter, a line where it is now; of choices bars with their ``names``, the present one dark."""
    import holoviews as hv

    name = str(found.dims[0])
    values, numbers = found[name].to_numpy(), found.to_numpy().astype(float)
    if not np.isfinite(numbers).any():
        return look.blank(UNKNOWN)
    if values.dtype.kind not in "iuf":
        told = [(names or {}).get(value, str(value)) for value in values]
        return _choices_plot(
            told, numbers, [value == present for value in values], found.attrs.get("units") == "share"
        )
    is_share = found.attrs.get("units") == "share"
    tip = look.hover(f"@{{{name}}}：@value{{{'0.0%' if is_share else '0,0.[00]'}}}")
    curve = hv.Curve((values, numbers), name, "value")
    dots = hv.Points((values, numbers), [name, "value"])
    layers = [
        look.styled(curve, page={"color": theme.BAR, "line_width": 2.5}, print_={"color": theme.BAR}),
        look.styled(
            dots, page={"color": theme.BAR, "size": 6, "tools": [tip]}, print_={"color": theme.BAR, "s": 8}
        ),
    ]
    if present is not None:
        mark = hv.VLines([float(present)])
        style = {"color": theme.ACCENT}
        layers.append(
            look.styled(mark, page={**style, "line_dash": "dashed"}, print_={**style, "linestyle": "dashed"})
        )
    low, high = float(np.nanmin(numbers, initial=0)), float(np.nanmax(numbers, initial=0))
    top = high * 1.08 or 1.0
    axes = {
        "ylim": (min(low, 0), top),
        "yticks": look.share_ticks(top) if is_share else look.count_ticks(top),
    }
    return look.laid_out(hv.Overlay(layers), page={"height": height, **axes}, print_={"aspect": 2.6, **axes})


def _choices_plot(
    names: Sequence[str], numbers: np.ndarray, is_present: Sequence[bool], is_share: bool
) -> Any:
    """Return a bar for each choice, the first on top."""
    import holoviews as hv

    top = float(np.nanmax(numbers, initial=0)) * 1.06 or 1.0
    tip = look.hover(f"<b>@name</b>：@number{{{'0.0%' if is_share else '0,0.[00]'}}}")
    layers = []
    for is_now, colour in ((False, theme.BAR), (True, theme.ACCENT)):
        boxes = [
            (0, len(names) - 1 - at - 0.36, number, len(names) - 1 - at + 0.36, name, number)
            for at, (name, number, now) in enumerate(zip(names, numbers, is_present))
            if now == is_now and np.isfinite(number)
        ]
        layers.append(
            look.styled(
                hv.Rectangles(boxes, vdims=["name", "number"]),
                page={"color": colour, "line_color": None, "tools": [tip]},
                print_={"facecolor": colour, "edgecolor": "none"},
            )
        )
    axes = {
        "xlim": (0, top), "ylim": (-0.6, len(names) - 0.4), "xticks": look.share_ticks(min(top, 1)) if is_share else look.count_ticks(top),
        "yticks": [(len(names) - 1 - at, name) for at, name in enumerate(names)],
    }  # fmt: skip
    return look.laid_out(
        hv.Overlay(layers),
        page={"height": 60 + CHOICE_PIXELS * len(names), **axes},
        print_={"aspect": 2.2, **axes},
    )


def tornado_plot(
    frame: pd.DataFrame, is_share: bool = False, names: Mapping[str, Mapping[Any, str]] | None = None
) -> Any:
    """Return how far a number moves with each parameter alone (``tornado``), the widest on top; the line is what it is now.

    ``names`` tell of each parameter what its choices are called.
    """
    import holoviews as hv

    if frame.empty:
        return look.blank("没有可变的参数")
    shown = frame.iloc[::-1]
    now = float(frame["present"].iloc[0])
    ends = shown[["at_low", "at_high"]].astype(float)
    if not np.isfinite(now):
        return look.blank(UNKNOWN)
    layers = []
    for column, colour in (("at_low", theme.DIVERGING[0]), ("at_high", theme.DIVERGING[-1])):
        boxes = [
            (
                min(now, value),
                at - 0.32,
                max(now, value),
                at + 0.32,
                title,
                _told(told, (names or {}).get(name)),
                value,
            )
            for at, (name, title, told, value) in enumerate(
                zip(shown["parameter"], shown["title"], shown[column.removeprefix("at_")], ends[column])
            )
            if np.isfinite(value)
        ]
        element = hv.Rectangles(boxes, vdims=["title", "told", "number"])
        tip = look.hover(f"<b>@title</b> 为 @told 时：@number{{{'0.0%' if is_share else '0,0.[00]'}}}")
        layers.append(
            look.styled(
                element,
                page={"color": colour, "line_color": None, "tools": [tip]},
                print_={"facecolor": colour, "edgecolor": "none"},
            )
        )
    line = look.styled(hv.VLines([now]), page={"color": theme.INK}, print_={"color": theme.INK})
    low, high = float(np.nanmin(ends, initial=now)), float(np.nanmax(ends, initial=now))
    room = (high - low) * 0.05 or abs(now) * 0.05 or 1.0
    axes = {
        "xlim": (low - room, high + room), "ylim": (-0.6, len(shown) - 0.4),
        "yticks": list(enumerate(shown["title"].astype(str))),
    }  # fmt: skip
    if is_share:
        axes["xticks"] = [(at, told) for at, told in look.share_ticks(high) if at >= low - room]
    return look.laid_out(
        hv.Overlay([*layers, line]),
        page={"height": 60 + BAR_PIXELS * len(shown), **axes},
        print_={"aspect": 2.4, **axes},
    )


def heat_plot(
    found: xr.DataArray,
    titles: Sequence[str] = ("", ""),
    height: int = 320,
    names: Mapping[str, Mapping[Any, str]] | None = None,
) -> Any:
    """Return one number over the values of two parameters; dark is much. ``names`` tell of each parameter what its choices are called."""
    import holoviews as hv
    from bokeh.models import NumeralTickFormatter

    if not np.isfinite(found).any():
        return look.blank(UNKNOWN)
    rows, columns = (str(d) for d in found.dims)
    is_share = found.attrs.get("units") == "share"
    named = names or {}
    cells = [
        (
            _told(column, named.get(columns)),
            _told(row, named.get(rows)),
            float(found.sel({rows: row, columns: column})),
        )
        for row in found[rows].to_numpy()
        for column in found[columns].to_numpy()
    ]
    tip = look.hover(
        f"{titles[0] or rows} @y、{titles[1] or columns} @x：@value{{{'0.0%' if is_share else '0,0.[00]'}}}"
    )
    element = hv.HeatMap(cells, ["x", "y"], "value")
    # Colours of a tenth of a point would show chance as if it were something.
    low, high = float(np.nanmin(found, initial=np.inf)), float(np.nanmax(found, initial=-np.inf))
    room = max((0.01 if is_share else 0.01 * max(abs(low), abs(high))) - (high - low), 0) / 2
    colours = {
        "cmap": list(theme.SEQUENCE),
        "clim": (low - room, high + room),
        "colorbar": True,
        "clabel": " ",
    }
    formatter = NumeralTickFormatter(format="0.0%" if is_share else "0,0.[0]")
    element = look.styled(
        element, page={**colours, "cformatter": formatter, "tools": [tip], "xrotation": 0}, print_=colours,
    )  # fmt: skip
    return look.laid_out(element, page={"height": height, "hooks": [_apart]}, print_={"aspect": 1.6})


def _apart(plot: Any, _: Any) -> None:
    """Leave out labels that would run into one another where the page is narrow."""
    from bokeh.models import NoOverlap

    for axis in plot.state.xaxis:
        axis.major_label_policy = NoOverlap(min_distance=6)


def _told(value: Any, names: Mapping[Any, str] | None = None) -> str:
    if names is not None and value in names:
        return names[value]
    return f"{value:g}" if isinstance(value, (int, float, np.number)) else str(value)


def _axis_name(found: xr.DataArray, dimension: str) -> str:
    return str(found[dimension].attrs.get("long_name", dimension))
