"""A pass run: a bounded number of partitions under way, their results in the order of the partitions."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Protocol

from shuju.engine import place, threads
from shuju.engine.passes import Found, Joined, Part, Pass

WORKER_BYTES = 1 << 30  # of partitions under way, for each worker
AHEAD = 3  # partitions for each worker: the oldest may take longer than others


class Pending(Protocol):
    """A result to come."""

    def result(self) -> Any:
        """Wait for it."""

    def cancel(self) -> Any:
        """Give it up if it was not begun."""


@dataclass(frozen=True)
class Runner:
    """Where partitions are sent: ``submit`` one, ``width`` are worked on side by side."""

    submit: Callable[[Any], Pending]
    width: Callable[[], int]


def run(
    a_pass: Pass[Part, Found, Joined], parts: Iterable[Part], shared: Any = None, workers: int | None = None
) -> Joined:
    """Run a pass over partitions and return what its ``join`` makes of the results, in the order of the partitions.

    ``AHEAD`` partitions a worker are under way; fewer where together they would cost more than
    ``WORKER_BYTES`` a worker. ``workers`` bounds the threads or processes of this machine, on a cluster it says nothing.
    A pass that a partition of another calls runs where that partition is. What a partition raises is raised here.

    Raises:
        EngineError: the cluster that was named cannot be used.
    """
    return a_pass.join(_pairs(a_pass, parts, shared, workers))


def _pairs(
    a_pass: Pass[Part, Found, Any], parts: Iterable[Part], shared: Any, workers: int | None
) -> Iterator[tuple[Part, Found]]:
    if workers == 1 or threads.is_inside():
        for part in parts:
            yield part, a_pass.function(part, shared)
        return
    waiting: deque[tuple[Part, int, Pending]] = deque()
    held = 0
    with _runner(a_pass, shared, workers) as runner:
        try:
            for part in parts:
                cost = a_pass.cost(part)
                while waiting and (
                    len(waiting) >= AHEAD * runner.width() or held + cost > WORKER_BYTES * runner.width()
                ):
                    done, its_cost, pending = waiting.popleft()
                    held -= its_cost
                    yield done, pending.result()
                waiting.append((part, cost, runner.submit(part)))
                held += cost
            while waiting:
                done, _, pending = waiting.popleft()
                yield done, pending.result()
        finally:
            for _, _, pending in waiting:
                pending.cancel()


def _runner(a_pass: Pass[Any, Any, Any], shared: Any, workers: int | None) -> AbstractContextManager[Runner]:
    client = place.client()
    if client is not None:
        from shuju.engine.cluster import on_cluster

        return on_cluster(client, a_pass, shared)
    many = workers or threads.WORKERS
    return _in_processes(a_pass, shared, many) if a_pass.holds_gil else _in_threads(a_pass, shared, many)


@contextmanager
def _in_threads(a_pass: Pass[Any, Any, Any], shared: Any, workers: int) -> Iterator[Runner]:
    with threads.pool_of(workers, a_pass.title) as pool:
        yield Runner(lambda part: pool.submit(threads.inside, a_pass.function, part, shared), lambda: workers)


@contextmanager
def _in_processes(a_pass: Pass[Any, Any, Any], shared: Any, workers: int) -> Iterator[Runner]:
    from concurrent.futures import ProcessPoolExecutor

    told = (a_pass.function, shared)
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin, initargs=told) as pool:
        yield Runner(lambda part: pool.submit(_go_on, part), lambda: workers)


_told: list[tuple[Callable[[Any, Any], Any], Any]] = []


def _begin(function: Callable[[Any, Any], Any], shared: Any) -> None:
    """Take in a new process what all partitions need."""
    _told[:] = [(function, shared)]


def _go_on(part: Any) -> Any:
    function, shared = _told[0]
    return threads.inside(function, part, shared)
