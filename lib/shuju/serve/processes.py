"""Several server processes behind one address: each takes the next visitor when it has time.

All processes accept from one listening socket, so a busy one takes none. A page needs no process of its own: its session
begins with its websocket, in whichever process that reaches. Facts are memory-mapped, and shared.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from typing import Any

from prometheus_client.multiprocess import mark_process_dead
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.iostream import IOStream
from tornado.netutil import bind_sockets

log = logging.getLogger(__name__)
TOGETHER = "PROMETHEUS_MULTIPROC_DIR"  # read by prometheus_client
LOOK_SECONDS = 0.5
PAUSE_SECONDS = 0.001  # between two connections, in which another process may take one
BUSY_SECONDS = 0.01
REST_SECONDS = 2.0  # before a process that ended is begun anew


def serve_together(
    processes: int, home: str | None, port: int, address: str, tell: Callable[[], None], **how: Any
) -> None:
    """Serve all pages with so many processes until the user ends it; one that ends by itself is begun anew.

    ``tell`` is called when the first of them answers; it begins alone, for it builds what the others map. ``how`` is what
    ``shuju.serve.server.serve`` takes.
    """
    sockets = bind_sockets(port, address)
    counts = tempfile.TemporaryDirectory(
        prefix="shuju-metrics-"
    )  # what each process counts, for whichever is asked
    os.environ[TOGETHER] = counts.name
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Event()

    def begin() -> BaseProcess:
        process = spawn.Process(target=_serve, args=(sockets, ready, home, port, address), kwargs=how)
        process.start()
        return process

    running = [begin()]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while not ready.wait(LOOK_SECONDS):
            if not running[0].is_alive():
                raise SystemExit("页面没有打开：服务进程在启动时结束，原因见上文")
        tell()
        running += [begin() for _ in range(processes - 1)]
        while True:
            time.sleep(LOOK_SECONDS)
            for at, process in enumerate(running):
                if not process.is_alive():
                    mark_process_dead(process.pid)
                    log.error("a server process ended with %s and is begun anew", process.exitcode)
                    time.sleep(REST_SECONDS)
                    running[at] = begin()
    except KeyboardInterrupt:
        log.info("ended by the user")
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.join()
        counts.cleanup()


def accept_in_turn(
    server: HTTPServer, sockets: Sequence[socket.socket], is_busy: Callable[[], bool] = lambda: False
) -> None:
    """Have ``server`` accept from sockets that other processes accept from too, one connection at a time, and none while it is busy.

    Tornado itself takes all that wait at once: the first process to look would have a whole meeting to itself.
    """
    loop = IOLoop.current()

    def accept(waiting: socket.socket) -> None:
        loop.remove_handler(waiting)
        loop.call_later(PAUSE_SECONDS, look, waiting)
        try:
            connection, address = waiting.accept()
        except (BlockingIOError, ConnectionAbortedError):  # another process was faster, or the visitor left
            return
        connection.setblocking(False)
        server.handle_stream(IOStream(connection), address)

    def look(waiting: socket.socket) -> None:
        if is_busy():
            loop.call_later(BUSY_SECONDS, look, waiting)
        else:
            loop.add_handler(waiting, lambda of, _events: accept(of), IOLoop.READ)

    for waiting in sockets:
        look(waiting)


def _serve(
    sockets: Sequence[socket.socket], ready: Event, home: str | None, port: int, address: str, **how: Any
) -> None:
    from shuju.serve.server import serve

    serve(home, port, address, sockets=sockets, ready=ready.set, **how)
