"""Work shared out over a few threads; the kernels release the GIL.

Numba's own parallel loops are not used: under its default threading layer two server threads that enter one at
once end the process.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import TypeVar

WORKERS = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 8)
LEAST = 64  # series worth a thread

Piece, Found = TypeVar("Piece"), TypeVar("Found")


def over_spans(size: int, work: Callable[[int, int], None]) -> None:
    """Call ``work(start, stop)`` for spans that make up ``0:size``, side by side."""
    n = max(1, min(WORKERS, size // LEAST))
    edges = [size * i // n for i in range(n + 1)]
    if n == 1:
        work(0, size)
    else:
        list(_pool().map(work, edges[:-1], edges[1:]))


def over_pieces(pieces: Iterable[Piece], work: Callable[[Piece], Found]) -> Iterator[Found]:
    """Yield what ``work`` makes of each piece, in order; no more pieces are held than there are threads, and one."""
    waiting: deque[Future[Found]] = deque()
    for piece in pieces:
        waiting.append(_pool().submit(work, piece))
        if len(waiting) > WORKERS:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(WORKERS, thread_name_prefix="shuju")
