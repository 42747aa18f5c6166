"""What a notebook needs for cards to live in it, from this machine: there may be no internet."""

from __future__ import annotations

import os

import panel as pn


def extension() -> None:
    """Load Panel and HoloViews into the notebook; nothing on a served page."""
    if pn.state.curdoc is not None and pn.state.curdoc.session_context is not None:
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
