"""Plots of spread: both backends draw them, of something and of nothing; the tree and its edges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import holoviews as hv
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuju.charts.printing import png, svg
from shuju.facts.selection import Selection
from shuju.spread.arrival_curve import curve_data, curve_plot
from shuju.spread.flow import flow_data, flow_plot
from shuju.spread.lag_map import lag_map_data, lag_map_plot
from shuju.spread.matrix import matrix_data, matrix_plot
from shuju.spread.months import months_data, months_plot
from shuju.spread.one_document import Document
from shuju.spread.tree import RASTERED, copy_at, edge_lines, layout, ring, tree_data, tree_plot

OF_ALL = {"matrix": (matrix_data, matrix_plot), "months": (months_data, months_plot)}
OF_ONE = {
    "curve": (curve_data, curve_plot), "flow": (flow_data, flow_plot), "map": (lag_map_data, lag_map_plot),
    "tree": (tree_data, tree_plot),
}  # fmt: skip
Pair = tuple[Callable[..., Any], Callable[..., Any]]


def draws(element: Any) -> None:
    figure = hv.render(element, backend="bokeh")
    assert figure.renderers
    assert not [m for m in figure.references() if type(m).__name__.startswith("CustomJS")]
    assert png(element).startswith(b"\x89PNG")
    assert svg(element).startswith("<svg")


@pytest.mark.parametrize("filters", [{}, {"level": "county"}], ids=["two", "none"])
@pytest.mark.parametrize("pair", OF_ALL.values(), ids=OF_ALL)
def test_both_backends_draw_all_documents(choose: Callable[..., Selection], pair: Pair, filters: Any) -> None:
    data, plot = pair
    draws(plot(data(choose(**filters))))


@pytest.mark.parametrize("document_id", ["a", "b", "c", "none"])
@pytest.mark.parametrize("pair", OF_ONE.values(), ids=OF_ONE)
def test_both_backends_draw_one_document(documents: Selection, pair: Pair, document_id: str) -> None:
    data, plot = pair
    draws(plot(data(documents, document_id)))


TREES = st.lists(st.integers(0, 30), max_size=30)


@given(TREES)
def test_every_copy_has_its_own_place_in_the_tree_and_no_parent_comes_of_a_circle(parents: list[int]) -> None:
    # A parent may be the origin (0), any other copy, itself, or one that is not there.
    n = len(parents)
    copies = pd.DataFrame(
        {"record_id": [f"r{k}" for k in range(1, n + 1)], "parent_id": [f"r{p}" for p in parents],
         "lag_hours": np.linspace(-5, 100, n)}
    )  # fmt: skip
    nodes = layout(copies, "r0")
    assert len(nodes) == n + 1
    assert not nodes[["x", "y"]].isna().any().any()
    leaves = nodes[~np.isin(np.arange(n + 1), nodes["parent"])]
    assert leaves["y"].is_unique
    for node in range(n + 1):
        seen, at = set(), node
        while at != 0:
            assert at not in seen
            seen.add(at)
            at = int(nodes["parent"].iloc[at])


def test_edges_lead_from_parent_to_child(shown: Document) -> None:
    nodes = layout(shown.copies, "a")
    xs, ys = edge_lines(nodes)
    child = np.flatnonzero(nodes["parent"] >= 0)
    parent = nodes["parent"].to_numpy()[child]
    np.testing.assert_allclose(xs[:, [0, -1]], np.c_[nodes["x"].iloc[parent], nodes["x"].iloc[child]])
    np.testing.assert_allclose(ys[:, [0, -1]], np.c_[nodes["y"].iloc[parent], nodes["y"].iloc[child]])


def test_a_tap_finds_the_copy_that_is_near(documents: Selection) -> None:
    nodes = tree_data(documents, "a")
    for row in nodes.iloc[1:].itertuples():
        assert copy_at(nodes, row.x + 0.01, row.y + 0.02) == row.record_id
    assert copy_at(nodes, nodes["x"].max(), -0.5) is None
    assert ring(nodes, "a1")["width"].count(3) == 1


def test_edges_of_a_large_tree_are_a_raster(documents: Selection) -> None:
    one = tree_data(documents, "a")
    n = RASTERED + 1
    nodes = pd.concat([one.iloc[[0]], *[one.iloc[[1]]] * n], ignore_index=True)
    nodes = nodes.assign(
        x=np.r_[0, np.linspace(0, 2, n)], y=np.r_[n / 2, np.arange(n)], parent=np.r_[-1, np.zeros(n, int)]
    )
    element = tree_plot(nodes)
    images = [layer for layer in element if isinstance(layer, hv.Image)]
    assert len(images) == 1
    assert images[0].dimension_values("shade").any()
    draws(element)


def test_sankey_has_a_node_a_generation_and_kind(documents: Selection) -> None:
    element = flow_plot(flow_data(documents, "a"))
    names = [str(name).strip("\u2009") for name in element.nodes.dimension_values("index")]
    assert sorted(names) == sorted(["首发", "县区", "媒体", "市州", "县区"])
    drawn = hv.render(element, backend="bokeh")
    assert (drawn.sizing_mode, drawn.width) == ("stretch_width", None)
