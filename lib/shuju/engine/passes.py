"""What a pass is: a pure function of a partition, how the results are joined, what a partition costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Part, Found, Joined = TypeVar("Part"), TypeVar("Found"), TypeVar("Joined")


def append(pairs: Iterable[tuple[Part, Found]]) -> Iterator[Found]:
    """Yield the results in the order of their partitions."""
    return (found for _, found in pairs)


def beside(pairs: Iterable[tuple[Part, Found]]) -> Iterator[tuple[Part, Found]]:
    """Yield each partition and its result, in order; the partition never left this process."""
    return iter(pairs)


@dataclass(frozen=True)
class Pass(Generic[Part, Found, Joined]):
    """One pass: ``function(partition, shared)`` for every partition, and ``join`` of all (partition, result) in order.

    ``function`` is pure and stands in a module, so that another process can be told of it; ``shared`` is what all partitions
    need (dictionaries, models, the index of origins) and is sent once a worker. ``cost`` is about how many bytes of memory a
    partition takes while it is worked on. ``holds_gil``: threads gain nothing, so that here it runs in processes.
    """

    title: str
    function: Callable[[Part, Any], Found]
    join: Callable[[Iterable[tuple[Part, Found]]], Joined] = append
    cost: Callable[[Part], int] = lambda _: 0
    holds_gil: bool = False
