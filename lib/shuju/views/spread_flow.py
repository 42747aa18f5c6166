"""Sankey of a document's copies: from which kind of site to which, generation by generation."""

from __future__ import annotations

import holoviews as hv
import pandas as pd
from bokeh.models import GraphRenderer
from bokeh.plotting import figure

from shuju.views.axes import quieten
from shuju.views.spread_charts import COLOURS
from shuju.views.spread_data import GROUPS

SHOWN_GENERATIONS = 4


def flow_sankey(flows: pd.DataFrame) -> hv.Sankey:
    """Return the Sankey of ``spread_document.flows``; generations beyond ``SHOWN_GENERATIONS`` are left out."""
    shown = flows[flows["generation"] <= SHOWN_GENERATIONS]
    edges = [
        (_node(r.generation - 1, r.source), _node(r.generation, r.target), r.n)
        for r in shown.itertuples(index=False)
    ]
    return hv.Sankey(edges, ["转自", "转载"], "条")


def flow_chart(flows: pd.DataFrame) -> figure:
    """Return the Sankey as a figure as wide as its card."""
    from holoviews.plotting.bokeh import BokehRenderer

    sankey = flow_sankey(flows)
    names = sankey.nodes.dimension_values("index")
    colours = {name: COLOURS[_group(name)] for name in names}
    sankey = sankey.opts(
        backend="bokeh", node_color="index", cmap=colours, edge_color="转自", edge_alpha=0.35, node_padding=14,
        node_width=14, label_position="outer", show_values=True, height=300, toolbar=None,
        default_tools=[], tools=["hover"], label_text_font_size="12px", node_line_color=None, edge_line_color=None,
    )  # fmt: skip
    drawn = BokehRenderer.get_plot(sankey).state
    quieten(drawn)
    drawn.axis.visible = False
    drawn.width, drawn.sizing_mode = None, "stretch_width"
    for graph in drawn.select(GraphRenderer):  # the ends of the bands, which are under the bars
        graph.node_renderer.glyph.update(size=0)
    return drawn


def _node(generation: int, group: str) -> str:
    """Return the name of a node; blanks, which are not seen, tell generations of one kind apart."""
    return GROUPS[group] + ("" if generation else "（首发）") + "\u2009" * generation


def _group(node: str) -> str:
    name = node.strip("\u2009").removesuffix("（首发）")
    return next(group for group, title in GROUPS.items() if title == name)
