"""The wire between a browser and a page: what is used is heard, once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import panel as pn
import pytest
from bokeh.document import Document
from panel.models.esm import DataEvent

from shuju.ui.wire import Wire


def test_a_message_with_a_number_is_heard_once() -> None:
    done: list[str] = []
    wire = Wire(lambda *act: done.append(act[2]))
    sent = [("a", 1), ("a", 1), ("b", 2), ("a", 1), ("c", 3), ("d", None), ("d", None)]
    for value, number in sent:
        wire._handle_msg({"do": "toggle", "of": "x", "value": value, "slot": "", "number": number})
    assert done == ["a", "b", "c", "d", "d"]
    assert wire.heard == 5
    wire._handle_msg({"do": "enter", "of": "x"})
    assert wire.heard == 5, "where the pointer rests is not waited for"


def test_messages_are_heard_in_the_order_in_which_they_came(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []

    def act(_do: str, _of: str, value: str, _slot: str) -> None:
        time.sleep(0.05 if value == "0" else 0)  # the first takes longer than those that follow it
        heard.append(value)

    wire, doc = Wire(act), Document()
    model = wire.get_root(doc)
    with ThreadPoolExecutor(4) as pool:
        monkeypatch.setattr(pn.state, "_thread_pool", pool)
        for value in "01234":
            wire._server_event(doc, DataEvent(model, {"do": "choose", "of": "hours_index", "value": value}))
    assert heard == list("01234")
