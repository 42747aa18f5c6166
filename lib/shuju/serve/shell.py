"""The frame around every page: title, navigation, theme. All of panel-material-ui is imported here."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import panel as pn
import panel_material_ui as pmui
from panel.util import edit_readonly

from shuju.views import theme

NAVIGATION_STYLE = f"""
nav {{ display: flex; gap: 4px; font-family: {theme.FONT}; font-size: 15px; }}
nav a {{ color: #ffffffcc; text-decoration: none; padding: 6px 12px; border-radius: 6px; white-space: nowrap; }}
nav a:hover, nav a:focus-visible {{ color: #fff; background: #ffffff26; }}
nav a[aria-current=page] {{ color: #fff; background: #ffffff33; font-weight: 600; }}
@media (max-width: 760px) {{ nav {{ display: none; }} }}
"""
DRAWER_STYLE = f"""
nav {{ display: flex; flex-direction: column; font-family: {theme.FONT}; font-size: 16px; }}
nav a {{ color: {theme.INK}; text-decoration: none; padding: 12px 8px; border-radius: 6px; }}
nav a[aria-current=page] {{ background: {theme.GROUND}; color: {theme.PRIMARY}; font-weight: 600; }}
"""


def page(
    title: str, content: Sequence[Any], links: Sequence[tuple[str, str]], here: str
) -> pn.viewable.Viewable:
    """Return a whole page; ``links`` are (address, title) of all pages, ``here`` this one's address."""
    shown = pmui.Page(
        title=f"数聚 · {title}",
        main=[
            pn.Column(
                *content,
                stylesheets=[theme.FREE_HEIGHT],
                sizing_mode="stretch_width",
                margin=(4, 12, 24, 12),
            )
        ],
        header=[pn.pane.HTML(_links(links, here), stylesheets=[NAVIGATION_STYLE], margin=(0, 8))],
        sidebar=[pn.pane.HTML(_links(links, here), stylesheets=[DRAWER_STYLE], sizing_mode="stretch_width")],
        sidebar_open=False,
        sidebar_variant="temporary",
        sidebar_width=240,
        theme_config=theme.MUI,
        theme_toggle=False,
        busy_indicator=None,
        meta_name="数聚",
        stylesheets=[theme.STYLE],
    )
    with edit_readonly(shown):
        # The line that shows work in progress would render the frame anew around every event.
        shown.busy = False
    return shown


def _links(links: Sequence[tuple[str, str]], here: str) -> str:
    items = (
        f'<a href="{escape(address)}"{" aria-current=page" if address == here else ""}>{escape(title)}</a>'
        for address, title in links
    )
    return f'<nav aria-label="页面">{"".join(items)}</nav>'


def failure(number: str) -> pn.viewable.Viewable:
    """Return what a user sees where a page could not be made."""
    return pn.pane.HTML(
        f'<div class="card"><h3>此页暂时打不开</h3><p>请稍后刷新重试；若仍不行，请把错误编号 '
        f"<b>{number}</b> 告诉运维人员，日志中可据此查到原因。</p></div>",
        stylesheets=[theme.STYLE],
        sizing_mode="stretch_width",
    )
