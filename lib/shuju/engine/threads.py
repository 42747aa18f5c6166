"""The threads of this process, all made here: for the partitions of a pass, for kernels, for a server's visitors.

Arrow and our kernels release Python's lock. Numba's own parallel loops are not used: under its default threading layer two
server threads that enter one at once end the process.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from typing import Any, TypeVar

WORKERS = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 8)
LEAST = 64  # series worth a thread

KERNELS = "kernels"  # what visitors wait for: spans of one array
Part, Found = TypeVar("Part"), TypeVar("Found")
_here = threading.local()


def over_spans(size: int, work: Callable[[int, int], None]) -> None:
    """Call ``work(start, stop)`` for spans that make up ``0:size``, side by side."""
    n = max(1, min(WORKERS, size // LEAST))
    edges = [size * i // n for i in range(n + 1)]
    if n == 1:
        work(0, size)
    else:
        list(kept_pool(KERNELS, WORKERS).map(work, edges[:-1], edges[1:]))


def kept_pool(name: str, size: int) -> ThreadPoolExecutor:
    """Return the threads of this name, the same as long as the process lives."""
    return _kept(name, size, os.getpid())


class CarryingPool(ThreadPoolExecutor):
    """Threads in which context variables are as they were for whoever submitted: above all, who asks."""

    def submit(self, function: Callable[..., Found], /, *args: Any, **kwargs: Any) -> Future[Found]:
        """Have ``function`` called in a thread, in a copy of the present context."""
        return super().submit(copy_context().run, function, *args, **kwargs)


@cache
def _kept(name: str, size: int, process: int) -> ThreadPoolExecutor:
    # One for each process: threads do not survive a fork.
    return CarryingPool(size, thread_name_prefix=f"{name}-{process}")


def pool_of(size: int, name: str) -> ThreadPoolExecutor:
    """Return new threads, to be closed by whoever asked."""
    return CarryingPool(size, thread_name_prefix=name)


def inside(function: Callable[[Part, Any], Found], part: Part, shared: Any) -> Found:
    """Call a pass's function; passes within it run where it runs."""
    before, _here.is_inside = is_inside(), True
    try:
        return function(part, shared)
    finally:
        _here.is_inside = before


def is_inside() -> bool:
    """Tell whether this thread works on a partition."""
    return getattr(_here, "is_inside", False)
