"""Running a coroutine in a test, whatever the thread of the test is busy with, and leaving nothing open behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from tornado.websocket import WebSocketClientConnection

Result = TypeVar("Result")


def finished(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """What a coroutine returns, run by a thread of its own: Playwright keeps a running loop in the thread of the tests."""
    with ThreadPoolExecutor(1) as alone:
        return alone.submit(asyncio.run, coroutine).result()


async def leave(*sockets: WebSocketClientConnection) -> None:
    """Close websockets and read until their servers closed them too: else they stay open when the loop ends."""
    for socket in sockets:
        is_open = not socket.protocol.stream.closed()
        socket.close()
        while is_open and await socket.read_message() is not None:
            """What was still on its way."""
