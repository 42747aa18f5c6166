"""The wire between a browser and a page: what is used is heard, once."""

from __future__ import annotations

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
