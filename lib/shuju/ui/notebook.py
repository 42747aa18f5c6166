"""What a notebook needs for cards to live in it."""

from __future__ import annotations

import panel as pn


def extension() -> None:
    """Load Panel and HoloViews into the notebook, from this machine; nothing on a served page."""
    if pn.state.curdoc is not None and pn.state.curdoc.session_context is not None:
        return
    import holoviews as hv

    pn.extension(inline=True)
    pn.config.respect_explicit_sizing = True
    hv.extension("bokeh", inline=True, logo=False)
