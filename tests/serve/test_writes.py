"""A message that comes while another is being written is written, too."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from bokeh.document import Document
from bokeh.document.events import TitleChangedEvent
from bokeh.protocol import Protocol
from bokeh.protocol.message import Message
from panel.io import document as written

from shuju.serve.writes import write_all
from tests.coroutines import finished


class Socket:
    """A socket whose writes end when the test says so; it is its own connection."""

    protocol = Protocol()

    def __init__(self) -> None:
        self._socket = self
        self.sent: list[str] = []
        self.ends: list[asyncio.Future[None]] = []

    def write(self, msg: Message) -> Sequence[asyncio.Future[None]]:
        self.sent.append(msg.content["events"][0]["title"])
        self.ends.append(asyncio.get_running_loop().create_future())
        return self.ends[-1:]

    async def finish(self) -> None:
        """Let the writes end, and what follows from it begin."""
        for _ in range(10):
            for end in self.ends:
                if not end.done():
                    end.set_result(None)
            await asyncio.sleep(0)


@pytest.mark.parametrize("titles", [["a"], ["a", "b"], ["a", "b", "c", "d"]])
def test_a_message_that_comes_as_another_has_gone_is_written(
    titles: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(written, "_dispatch_msgs", written._dispatch_msgs)  # as it was before, afterwards
    monkeypatch.setitem(written.extra_socket_handlers, Socket, lambda c, msg: c.write(msg))
    write_all()
    socket, doc = Socket(), Document()

    async def serve() -> None:
        for title in titles:
            # The write before ends in the turn in which this message comes: its task is woken before the next begins.
            for end in socket.ends[-1:]:
                if not end.done():
                    end.set_result(None)
            written.schedule_write_events(doc, [socket], [TitleChangedEvent(doc, title)])
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        await socket.finish()

    finished(serve())
    assert socket.sent == titles
    assert doc not in written._WRITE_MSGS
    assert doc not in written._WRITE_BLOCK
