"""Work that only its newest order matters for: one at a time, and what is outdated is never begun."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from shuju.engine.threads import kept_pool

log = logging.getLogger(__name__)
Order = TypeVar("Order")
AT_ONCE = 16  # sessions mostly wait (for their browser to paint), so there are more threads than cores


class Newest(Generic[Order]):
    """Calls ``work(order)`` in a thread; an order that comes meanwhile waits, the newest only."""

    def __init__(self, work: Callable[[Order], None]):
        """Take the work; nothing runs yet."""
        self._work = work
        self._lock = threading.Condition()
        self._waiting: list[Order] = []
        self._is_running = False

    def comes_newer(self, seconds: float) -> bool:
        """Wait for a newer order, no longer than ``seconds``; tell whether there is one."""
        with self._lock:
            return self._lock.wait_for(lambda: bool(self._waiting), seconds)

    def offer(self, order: Order) -> None:
        """Have ``order`` done as soon as the one in work is."""
        with self._lock:
            self._waiting = [order]
            self._lock.notify_all()
            if self._is_running:
                return
            self._is_running = True
        kept_pool("views", AT_ONCE).submit(self._run)

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._is_running = False
                    return
                order = self._waiting.pop()
            try:
                self._work(order)
            except Exception:  # one failed answer must not end the session's thread
                log.exception("an answer failed")
