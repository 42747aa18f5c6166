"""Pictures of what-if: scenarios as lines, a sweep, a tornado, a heat map; axes carry numbers as pages show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from shuju.charts import look, theme

COLOURS = (theme.INK, *theme.CATEGORIES)
BAR_PIXELS = 30


def scenarios_plot(found: xr.DataArray, names: Mapping[str, str] | None = None, height: int = 280) -> Any:
    """Return one line a scenario over the other dimension of ``found``, the baseline dark and broken; ``names`` tell scenarios in words."""
    import holoviews as hv

    over = [str(d) for d in found.dims if d != "scenario"]
    if len(over) != 1 or not found.size or not np.isfinite(found.to_numpy().astype(float)).any():
        return look.blank("没有可以画的曲线")
    x = found[over[0]].to_numpy()
    top = float(np.nanmax(found.to_numpy().astype(float))) * 1.06 or 1.0
    is_share = found.attrs.get("units") == "share"
    lines = []
    for number, scenario in enumerate(found["scenario"].to_numpy()):
        label = (names or {}).get(str(scenario), str(scenario))
        colour = COLOURS[number % len(COLOURS)]
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
        hv.Overlay(lines),
        page={"height": height, **axes, **shown},
        print_={"aspect": 2.6, **axes, **shown, "fontsize": {"legend": 8}},
    )


def sweep_plot(found: xr.DataArray, present: float | None = None, height: int = 240) -> Any:
    """Return one number over the values of one parameter, a line where it is now."""
    import holoviews as hv

    name = str(found.dims[0])
    values, numbers = found[name].to_numpy(), found.to_numpy().astype(float)
    is_share = found.attrs.get("units") == "share"
    if values.dtype.kind not in "iuf":
        from shuju.charts.bars import bars_plot

        frame = pd.DataFrame({"name": [str(v) for v in values], "n": numbers * (100 if is_share else 1)})
        return bars_plot(frame, "%" if is_share else found.attrs.get("units_told", ""))
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


def tornado_plot(frame: pd.DataFrame, is_share: bool = False) -> Any:
    """Return how far a number moves with each parameter alone (``tornado``), the widest on top; the line is what it is now."""
    import holoviews as hv

    if frame.empty:
        return look.blank("没有可变的参数")
    shown = frame.iloc[::-1]
    now = float(frame["present"].iloc[0])
    ends = shown[["at_low", "at_high"]].astype(float)
    layers = []
    for column, colour in (("at_low", theme.DIVERGING[0]), ("at_high", theme.DIVERGING[-1])):
        boxes = [
            (min(now, value), at - 0.32, max(now, value), at + 0.32, title, _told(told), value)
            for at, (title, told, value) in enumerate(
                zip(shown["title"], shown[column.removeprefix("at_")], ends[column])
            )
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
    low, high = float(min(ends.min().min(), now)), float(max(ends.max().max(), now))
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


def heat_plot(found: xr.DataArray, titles: Sequence[str] = ("", ""), height: int = 320) -> Any:
    """Return one number over the values of two parameters; dark is much."""
    import holoviews as hv

    rows, columns = (str(d) for d in found.dims)
    is_share = found.attrs.get("units") == "share"
    cells = [
        (str(column), str(row), float(found.sel({rows: row, columns: column})))
        for row in found[rows].to_numpy()
        for column in found[columns].to_numpy()
    ]
    tip = look.hover(
        f"{titles[0] or rows} @y、{titles[1] or columns} @x：@value{{{'0.0%' if is_share else '0,0.[00]'}}}"
    )
    element = hv.HeatMap(cells, ["x", "y"], "value")
    element = look.styled(
        element, page={"cmap": list(theme.SEQUENCE), "tools": [tip], "colorbar": True, "clabel": " ", "xrotation": 0},
        print_={"cmap": list(theme.SEQUENCE), "colorbar": True, "clabel": " "},
    )  # fmt: skip
    return look.laid_out(element, page={"height": height}, print_={"aspect": 1.6})


def _told(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (int, float, np.number)) else str(value)


def _axis_name(found: xr.DataArray, dimension: str) -> str:
    return str(found[dimension].attrs.get("long_name", dimension))
