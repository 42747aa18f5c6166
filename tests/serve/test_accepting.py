"""A process takes no visitor while others wait in it: another process may have time."""

from __future__ import annotations

import asyncio
import socket

from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from shuju.serve.processes import accept_in_turn
from tests.coroutines import finished


class Hello(RequestHandler):
    """Answers."""

    def get(self) -> None:
        """Answer."""
        self.write("ok")


def test_no_visitor_is_taken_while_busy() -> None:
    is_busy = True

    async def main() -> tuple[bool, bytes]:
        nonlocal is_busy
        sockets: list[socket.socket] = bind_sockets(0, "127.0.0.1")
        accept_in_turn(HTTPServer(Application([("/", Hello)])), sockets, lambda: is_busy)
        address = f"http://127.0.0.1:{sockets[0].getsockname()[1]}/"
        asked = asyncio.ensure_future(AsyncHTTPClient().fetch(address))
        await asyncio.sleep(0.3)
        was_taken, is_busy = asked.done(), False
        return was_taken, (await asked).body

    assert finished(main()) == (False, b"ok")
