"""What a notebook needs for cards to live in it, from this machine: there may be no internet."""

from __future__ import annotations

import os
from typing import Any

import panel as pn
from bokeh.models import UIElement
from panel.io.notebook import patch_inline_stylesheets

from shuju.ui.session import current


def extension() -> None:
    """Load Panel and HoloViews into the notebook; nothing on a served page."""
    if current() is not None:  # the server has loaded both, and sends style sheets by their address
        return
    os.environ["PANEL_INLINE"] = (
        "true"  # style sheets too; the argument of pn.extension reaches scripts alone
    )
    import holoviews as hv
    from holoviews.ipython import notebook_extension

    notebook_extension.inline = True  # hvPlot calls it again when it is imported
    hv.extension("bokeh", inline=True, logo=False)
    pn.extension(inline=True)
    pn.config.respect_explicit_sizing = True
    hooks = pn.viewable.Viewable._preprocessing_hooks
    if _inline_style_sheets not in hooks:
        hooks.append(_inline_style_sheets)


def _inline_style_sheets(_shown: Any, root: Any, *_more: Any) -> None:
    """Put style sheets into what is shown: HoloViews' own display leaves addresses of a CDN in it, which Panel's does not."""
    for model in root.select({"type": UIElement}):
        patch_inline_stylesheets(model)
