"""What a server writes to browsers: nothing waits for the next message, which may never come."""

from __future__ import annotations

from bokeh.document import Document
from panel.io import document as written

_dispatch = written._dispatch_msgs


def write_all() -> None:
    """Have Panel write every message that it has put aside while another was on its way.

    Panel 1.9 begins a task for each; the task of an earlier one that ends first takes the sign away by which the later
    task knows that there is something to do, and the message lay there until another was put aside.
    """
    written._dispatch_msgs = _dispatch_all


async def _dispatch_all(doc: Document) -> None:
    await _dispatch(doc)
    while doc in written._WRITE_MSGS and doc not in written._WRITE_BLOCK:
        written._WRITE_BLOCK[doc] = True
        await _dispatch(doc)
