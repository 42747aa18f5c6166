"""The arrival curve (到达曲线) of one document: how much of what is due, or how many sites, after so many hours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from shuju.charts import look, theme
from shuju.facts.selection import Selection
from shuju.spread.arrival import HOURS, curves, rates
from shuju.spread.documents import GROUPS
from shuju.spread.one_document import Document, document_data, first_of_sites

CURVES = {"share": "应转网站到达率", "number": "转载网站数"}
COLOURS = {
    "province": theme.CATEGORIES[5], "prefecture": theme.CATEGORIES[0], "county": theme.CATEGORIES[2],
    "media": theme.CATEGORIES[3], "outside": theme.CATEGORIES[7],
}  # fmt: skip
SOONEST = 0.5  # hours; on a scale of ratios there is no zero
TICKS = (1, 8, 24, 72, 168, 720, 2160, 8760)
HEADROOM = 1.12


def curve_data(selection: Selection, document_id: str = "", curve: str = "share") -> pd.DataFrame:
    """Return the curve by group: ``group, hours, value``; a share (0 to 1) of the due sites, or a number of sites.

    ``attrs["curve"]`` says which: where nobody ought to carry the document there is no share, and the number is given.
    """
    shown = document_data(selection, document_id)
    is_share = curve == "share" and len(shown.pairs) > 0
    found = arrival_shares(shown) if is_share else arrival_numbers(shown)
    found.attrs = {"curve": "share" if is_share else "number"}
    return found


def arrival_shares(shown: Document) -> pd.DataFrame:
    """Return the arrival curve of the due sites by level: ``group``, ``hours``, ``value`` (0..1), ``n_due``."""
    found = curves(shown.pairs, ["to_level"])
    n_due = rates(shown.pairs, ["to_level"]).set_index("to_level")["n_due"]
    return pd.DataFrame(
        {
            "group": found["to_level"].astype(object),
            "hours": found["hours"],
            "value": found["share_arrived"],
            "n_due": found["to_level"].map(n_due),
        }
    )


def arrival_numbers(shown: Document) -> pd.DataFrame:
    """Return how many sites carry it after so many hours, by ``group``: ``hours``, ``value``; undated and too early ones are left out."""
    first = first_of_sites(shown.copies)
    first = first[first["lag_hours"] >= 0].sort_values("lag_hours")
    n = first.groupby("group").cumcount() + 1
    return pd.DataFrame({"group": first["group"], "hours": first["lag_hours"], "value": n})


def curve_plot(frame: pd.DataFrame, curve: str = "share") -> Any:
    """Return the curve (``curve_data``) by group as steps over the logarithm of hours, with the limits; printed with a legend."""
    import holoviews as hv

    if frame.empty:
        return look.blank("没有时间可靠的转载")
    is_share = frame.attrs.get("curve", curve) == "share"
    end = max(float(frame["hours"].max()), HOURS[-1]) * 1.25
    top = 1.0 if is_share else max(float(frame["value"].max()), 1)
    unit = "@value{0.0%}" if is_share else "@value 个网站"
    layers = limit_lines(top * HEADROOM)
    for group, name in GROUPS.items():
        own = frame[frame["group"] == group]
        if own.empty:
            continue
        steps = np.log10(np.maximum(np.r_[SOONEST, own["hours"], end], SOONEST))
        value = np.r_[0, own["value"], own["value"].iloc[-1]]
        label = name if is_share else f"{name}（{len(own)}）"
        line = hv.Curve((steps, value), "log_hours", "value", label=label)
        look_of = {"interpolation": "steps-post", "color": COLOURS[group]}
        layers.append(
            look.styled(line, page={**look_of, "line_width": 2.5}, print_={**look_of, "linewidth": 1.5})
        )
        dots = hv.Points((steps[1:-1], value[1:-1], own["hours"].round(1)), ["log_hours", "value"], "hours")
        tip = look.hover(f"<b>{name}</b> {unit}<br>发布后 @hours 小时")
        layers.append(
            look.styled(
                dots,
                page={"color": COLOURS[group], "size": 5, "tools": [tip]},
                print_={"color": COLOURS[group], "s": 3},
            )
        )
    ticks = look.share_ticks(top) if is_share else look.count_ticks(top)
    axes = {
        "xlim": (np.log10(SOONEST), np.log10(end)),
        "ylim": (0, top * HEADROOM),
        "xticks": hour_ticks(end),
        "yticks": ticks,
    }
    printed = {
        **axes,
        "aspect": 2.5,
        "show_legend": True,
        "legend_position": "top_left",
        "fontsize": {"legend": 8},
    }
    return look.laid_out(hv.Overlay(layers), page={"height": 300, **axes}, print_=printed)


def limit_lines(top: float | None = None) -> list[Any]:
    """Return dashed lines at the limits of 8, 24 and 72 hours on an axis of log10 of hours, named at the height ``top``."""
    import holoviews as hv

    places = [float(np.log10(hours)) for hours in HOURS]
    lines = look.styled(
        hv.VLines(places),
        page={
            "color": theme.BORDER if top is not None else theme.FAINT,
            "line_dash": "dashed",
            "line_width": 1,
        },
        print_={"color": theme.BORDER, "linestyle": "dashed", "linewidth": 0.8},
    )
    if top is None:
        return [lines]
    names = hv.Labels(
        [(x, top, f" {hours}小时") for x, hours in zip(places, HOURS)], ["log_hours", "value"], "text"
    )
    quiet = {
        "text_color": theme.MUTED,
        "text_font_size": "0.8rem",
        "text_align": "left",
        "text_baseline": "top",
    }
    printed = {"color": theme.MUTED, "size": 7, "horizontalalignment": "left", "verticalalignment": "top"}
    return [lines, look.styled(names, page=quiet, print_=printed)]


def hour_ticks(end: float) -> list[tuple[float, str]]:
    """Return places on an axis of log10 of hours up to ``end`` hours, with what they are called."""
    return [(float(np.log10(t)), f"{t}小时" if t < 72 else f"{t // 24}天") for t in TICKS if t <= end]
