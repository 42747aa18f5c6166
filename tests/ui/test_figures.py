"""Figures are drawn once and copied: what one viewer's copy shows never reaches another's."""

import pytest

from shuju.charts.county_map import county_plot
from shuju.ui.chart_cards import CountyMapCard, empty_counties
from shuju.ui.figures import draw, patch


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
