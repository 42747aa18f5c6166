"""Horizontal bars (构成): how many rows bear each label."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from shuju.charts import look, theme

if TYPE_CHECKING:
    from shuju.facts.selection import Selection

BAR_PIXELS = 26
BAR_MM = 4.4


def facet_data(selection: Selection, dimension: str, most: int | None = None) -> pd.DataFrame:
    """Return the labels of a dimension: ``label, name, n, n_all, is_on``; the ``most`` frequent ones if that is given."""
    rows = selection.facet(dimension)
    if most is not None and len(rows) > most:
        kept = rows.sort_values("n", ascending=False, kind="stable").head(most)
        rows = pd.concat([kept, rows[rows["is_on"] & ~rows["label"].isin(kept["label"])]])
    return rows.reset_index(drop=True)


def bars_plot(frame: pd.DataFrame, unit: str = "条", aspect: float = 2.2) -> Any:
    """Return the labels (``name``) of ``frame`` as bars of ``n``, the first on top; ``aspect`` is that of the print."""
    import holoviews as hv

    shown = frame.iloc[::-1]
    bars = hv.Bars(shown, "name", "n")
    tip = look.hover(f"<b>@name</b><br>@n{{0,0}} {unit}")
    top = max(float(frame["n"].max()) if len(frame) else 1.0, 1) * 1.04
    bars = look.styled(
        bars,
        page={"color": theme.BAR, "line_color": None, "invert_axes": True, "bar_width": 0.72, "tools": [tip]},
        print_={"color": theme.BAR, "edgecolor": "none", "invert_axes": True},
    )
    # The axes change places, the names of their ticks do not.
    whole = {"ylim": (0, top), "xticks": look.count_ticks(top)}
    return look.laid_out(
        bars,
        page={"height": 44 + BAR_PIXELS * max(len(frame), 1), **whole},
        print_={"aspect": aspect, **whole},
    )


def facets_plot(facets: Mapping[str, pd.DataFrame], heads: Mapping[str, str], unit: str = "条") -> Any:
    """Return the bars of several dimensions below each other on one scale, each under its heading (``heads``)."""
    parts = []
    for number, (name, rows) in enumerate(facets.items()):
        # The same word may be a label of two dimensions; what nobody sees keeps them apart.
        shown = rows[["name", "n"]].assign(name=rows["name"] + "\u200b" * number)
        parts += [pd.DataFrame({"name": [f"【{heads[name]}】"], "n": [0]}), shown]
    width, height = facets_size_mm(facets)
    return bars_plot(pd.concat(parts, ignore_index=True), unit, aspect=0.75 * width / (height - 8))


def facets_size_mm(facets: Mapping[str, pd.DataFrame]) -> tuple[float, float]:
    """Return the print size of ``facets_plot``."""
    return 155, 14 + BAR_MM * sum(len(rows) + 1 for rows in facets.values())
