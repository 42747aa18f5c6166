"""One record (信息详情): ``/record?id=…``, where every list of records leads."""

from __future__ import annotations

import panel as pn

from shuju.views.live import live
from shuju.views.record_page import STYLE, record_html
from shuju.views.url_state import page_query

TITLE = "信息详情"
IS_LISTED = False


def content() -> list[pn.viewable.Viewable]:
    """Return the page for a session: the record that the address names."""
    text = record_html(live().library, page_query().get("id", ""))
    return [pn.pane.HTML(text, stylesheets=[STYLE], sizing_mode="stretch_width")]
