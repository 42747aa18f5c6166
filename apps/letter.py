"""One letter (来信详情): ``/letter?id=…``, where every list of letters leads."""

from __future__ import annotations

import panel as pn

from shuju.views.letter_page import STYLE, letter_html
from shuju.views.live import live
from shuju.views.url_state import page_query

TITLE = "来信详情"
IS_LISTED = False


def content() -> list[pn.viewable.Viewable]:
    """Return the page for a session: the letter that the address names."""
    text = letter_html(live().library, page_query().get("id", ""))
    return [pn.pane.HTML(text, stylesheets=[STYLE], sizing_mode="stretch_width")]
