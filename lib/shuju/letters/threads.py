"""Series shared out over a few threads; the kernels release the GIL.

Numba's own parallel loops are not used: under its default threading layer two server threads that enter one at
once end the process.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

WORKERS = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 8)
LEAST = 64  # series worth a thread


def over_spans(size: int, work: Callable[[int, int], None]) -> None:
    """Call ``work(start, stop)`` for spans that make up ``0:size``, side by side."""
    n = max(1, min(WORKERS, size // LEAST))
    edges = [size * i // n for i in range(n + 1)]
    if n == 1:
        work(0, size)
    else:
        list(_pool().map(work, edges[:-1], edges[1:]))


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(WORKERS, thread_name_prefix="letters")
