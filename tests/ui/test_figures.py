"""Figures are drawn once and copied: what one viewer's copy shows never reaches another's."""

import holoviews as hv
import pytest
from bokeh.core.serialization import Serializer
from bokeh.document import Document
from bokeh.io.doc import patch_curdoc
from bokeh.models import ColorBar, CustomJS, LinearColorMapper
from bokeh.plotting import figure

from shuju.charts.county_map import county_plot
from shuju.charts.look import load_backends
from shuju.ui.cards.charts import CountyMapCard, empty_counties
from shuju.ui.copied import Prototype
from shuju.ui.figures import draw, patch, rendered


def _county_figure():
    _, sources = draw(
        "test of copies", lambda: county_plot(empty_counties()), CountyMapCard.LAYERS, CountyMapCard.FIELDS
    )
    return sources["counties"]


@pytest.mark.parametrize(
    ("column", "value"), [("shade", 0.6), ("fill", "#123456"), ("told", "别人的所选"), ("name", "别处")]
)
def test_a_patch_reaches_one_copy_only(column, value):
    mine, anothers = _county_figure(), _county_figure()
    before = list(anothers.data[column])
    patch(mine, **{column: [value] * len(before)})
    assert list(mine.data[column]) == [value] * len(before)
    assert list(anothers.data[column]) == before
    assert list(_county_figure().data[column]) == before


def test_copies_share_the_geometry():
    mine, anothers = _county_figure(), _county_figure()
    assert mine.data["xs"][0] is anothers.data["xs"][0]


def _plot():
    plot = figure(width=300, toolbar_location=None, x_range=["甲", "乙"])
    mapper = LinearColorMapper(["#000000", "#ffffff"], low=0, high=1)
    bars = plot.vbar(
        x="x", top="top", fill_color={"field": "top", "transform": mapper}, source={"x": ["甲"], "top": [1]}
    )
    plot.add_layout(ColorBar(color_mapper=mapper), "right")
    plot.js_on_change("width", CustomJS(args={"bars": bars}, code="bars.visible = false"))
    return plot


@pytest.mark.parametrize(
    "drawn",
    [_plot, lambda: draw("another test", lambda: county_plot(empty_counties()), CountyMapCard.LAYERS)[0]],
)
def test_a_copy_is_what_was_drawn_and_none_of_its_models(drawn):
    original = drawn()
    copy = Prototype(original).copy()
    assert Serializer(deferred=False).serialize(copy) == Serializer(deferred=False).serialize(original)
    assert {m.id for m in copy.references()} == {m.id for m in original.references()}
    assert not {id(m) for m in copy.references()} & {id(m) for m in original.references()}


def test_a_copy_hears_of_its_own_changes_and_its_original_of_none():
    original = _plot()
    copy, heard = Prototype(original).copy(), []
    copy.on_change("title", lambda attr, old, new: heard.append("title"))
    copy.renderers[0].data_source.on_change("data", lambda attr, old, new: heard.append("data"))
    copy.title = "新"
    copy.renderers[0].data_source.data["top"] = [2]
    copy.renderers.append(copy.renderers[0])
    assert heard == ["title", "data"]
    assert (len(original.renderers), original.renderers[0].data_source.data["top"]) == (1, [1])


def test_a_figure_is_drawn_whichever_document_is_current():
    """Bokeh's current document is one for all threads: that of a visitor who has just left, it may be."""
    load_backends()
    left, session = Document(), object()
    left.on_change_dispatch_to(session)
    with patch_curdoc(left):
        left.destroy(session)
        made = rendered(hv.Curve([1, 2, 3]))
    assert made.document is None
    assert made.renderers
