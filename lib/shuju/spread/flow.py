"""The flow of one document (层级流向): from which kind of site to which its copies went, generation by generation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from shuju.charts import look
from shuju.facts.selection import Selection
from shuju.spread.arrival_curve import COLOURS
from shuju.spread.one_document import Document, document_data

SHOWN_GENERATIONS = 4
_THIN = "\u2009"
# Labels stand beside the bars, where a phone has little room.
ORIGIN = "首发"
NAMES = {"province": "省", "prefecture": "市州", "county": "县区", "media": "媒体", "outside": "省外"}


def flow_data(selection: Selection, document_id: str = "") -> pd.DataFrame:
    """Return how many copies each kind of site had from which, generation by generation; see ``flows``."""
    return flows(document_data(selection, document_id))


def flows(shown: Document) -> pd.DataFrame:
    """Return the flows of copies: ``generation``, ``source`` (group of the parent, in generation − 1), ``target`` (that of the copy), ``n``."""
    copies = shown.copies
    if copies.empty:
        return pd.DataFrame({"generation": [], "source": [], "target": [], "n": []})
    group = dict(zip(copies["record_id"], copies["group"], strict=True))
    group[str(shown.row["origin_id"])] = shown.group
    source = copies["parent_id"].map(group)
    found = pd.DataFrame(
        {"generation": copies["generation"], "source": source, "target": copies["group"]}
    ).dropna()
    found = found.groupby(["generation", "source", "target"]).size().rename("n").reset_index()
    return found.astype({"generation": np.int64})


def flow_plot(frame: pd.DataFrame) -> Any:
    """Return the Sankey of ``flows``; generations beyond ``SHOWN_GENERATIONS`` are left out."""
    import holoviews as hv

    if frame.empty:
        return look.blank("没有转载")
    shown = frame[frame["generation"] <= SHOWN_GENERATIONS]
    edges = [
        (_node(r.generation - 1, r.source), _node(r.generation, r.target), r.n)
        for r in shown.itertuples(index=False)
    ]
    sankey = hv.Sankey(edges, ["转自", "转载"], "条")
    of_name = {name: group for group, name in NAMES.items()} | {ORIGIN: str(frame["source"].iloc[0])}
    names = sankey.nodes.dimension_values("index")
    colours = {name: COLOURS[of_name[name.strip(_THIN)]] for name in names}
    both = {
        "node_color": "index", "cmap": colours, "edge_color": "转自", "edge_alpha": 0.35, "node_padding": 14,
        "show_values": True, "node_width": 14,
    }  # fmt: skip
    page = {
        "height": 300, "hooks": [_fill_width], "label_position": "outer", "toolbar": None, "default_tools": [], "tools": ["hover"],
        "label_text_font_size": "0.8rem", "node_line_color": None, "edge_line_color": None, "node_size": 0,
    }  # fmt: skip
    return look.styled(
        sankey,
        page={**both, **page},
        print_={**both, "node_size": 0, "aspect": 2.2, "label_position": "right", "label_text_font_size": 8},
    )


def _fill_width(plot: Any, _element: Any) -> None:
    # A Sankey has a fixed width of its own, which HoloViews does not give up for a responsive one.
    plot.state.update(width=None, sizing_mode="stretch_width", outline_line_color=None, min_border=0)


def _node(generation: int, group: str) -> str:
    """Return the name of a node; thin blanks, which are not seen, tell generations of one kind apart."""
    return NAMES[group] + _THIN * generation if generation else ORIGIN
