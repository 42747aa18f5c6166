"""The wire between a page's HTML and the server: HTML goes out by slots, what is used comes back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import panel as pn
import param

if TYPE_CHECKING:
    from bokeh.document import Document
    from bokeh.events import Event

LONGEST = 20_000  # an address may hold many labels
Act = Callable[[str, str, str, str], None]


class Wire(pn.custom.JSComponent):
    """Writes server-rendered HTML into elements with ``data-slot``, and sends what their buttons ask for.

    An element with ``data-do`` calls ``on_act(do, of, value, slot)`` when it is used; ``data-of`` and
    ``data-value`` go with it, for an input what was typed. ``data-enter`` calls ``on_act("enter", of, "", "")``
    when the pointer rests on the element. Without ``html`` of its own the wire serves the slots of the page
    around it. ``address`` is the query of the page's address: what the user chose is a step of the browser's history, and going back
    calls ``on_act("address", "", query, "")``. ``go`` opens another page. After a new ``frame`` number was painted,
    ``on_act("painted", "", frame, "")`` is called.
    """

    html = param.String(doc="What is shown where the wire stands alone, in a notebook.")
    slots = param.Dict(default={}, doc="The HTML of the slots that changed last.")
    address = param.String(doc="The query of the page's address, without the question mark.")
    go = param.String(doc="The address of the page that the browser is to open.")
    frame = param.Integer(doc="The number of the newest frame.")
    busy = param.List(
        default=[], item_type=str, doc="The slots whose cards are being computed for longer than a moment."
    )
    heard = param.Integer(doc="The number of the last message that was heard.")

    _esm = Path(__file__).with_name("static") / "wire.js"

    def __init__(self, on_act: Act | None = None, **params: object):
        """Take what to call when something is used."""
        self._on_act = on_act
        self._hearing = threading.Lock()
        super().__init__(**params)

    def _server_event(self, doc: Document, event: Event) -> None:
        """Hear the messages of a page one after the other: in the pool that Panel would use, one may overtake another."""
        self._process_bokeh_event(doc, event)

    def _handle_msg(self, data: object) -> None:
        # A browser may send anything; only four strings are passed on.
        if self._on_act is None or not isinstance(data, dict):
            return
        do, of, value, slot = (str(data.get(name, ""))[:LONGEST] for name in ("do", "of", "value", "slot"))
        if do not in ("painted", "enter") and not self._is_new(data.get("number")):
            return
        self._on_act(do, of, value, slot)

    def _is_new(self, number: object) -> bool:
        """Note that a message is heard; one with a number that was heard before was sent once too often."""
        with self._hearing:  # a notebook's kernel hears in several threads
            number = number if isinstance(number, int) else self.heard + 1
            if number <= self.heard:
                return False
            self.heard = number
            return True
