"""Passes in this process: order, bounds, nesting, errors."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from shuju.engine import Pass, beside, run
from shuju.engine.threads import is_inside


def double(n: int, shared: int) -> int:
    return 2 * n + shared


def process_of(_: int, shared: object) -> tuple[int, bool]:
    return os.getpid(), is_inside()


def nested(n: int, shared: int) -> tuple[list[int], set[int]]:
    inner = Pass("里层", lambda part, _: (part, threading.get_ident()))
    found = list(run(inner, range(n)))
    return [part for part, _ in found], {thread for _, thread in found}


@pytest.mark.parametrize("workers", [1, 2, 5, None])
@pytest.mark.parametrize("n", [0, 1, 2, 50])
def test_results_stand_in_order(workers: int | None, n: int) -> None:
    assert list(run(Pass("加倍", double), range(n), 7, workers)) == [2 * k + 7 for k in range(n)]


def test_partitions_stand_beside_their_results() -> None:
    assert list(run(Pass("加倍", double, join=beside), [3, 1], 0)) == [(3, 6), (1, 2)]


def test_a_pass_that_holds_the_lock_runs_in_other_processes() -> None:
    seen = set(run(Pass("进程", process_of, holds_gil=True), range(6), None, 2))
    assert os.getpid() not in {pid for pid, _ in seen}
    assert all(inside for _, inside in seen)


def test_a_pass_within_a_pass_runs_where_it_is() -> None:
    for parts, seen in run(Pass("外层", nested), [4, 5, 6], 0, 2):
        assert parts == list(range(len(parts)))
        assert len(seen) == 1


@pytest.mark.parametrize(("cost", "most"), [(0, 6), (1 << 30, 2), (1 << 40, 1)])
def test_what_is_under_way_is_bounded_by_what_it_costs(cost: int, most: int) -> None:
    begun = done = widest = 0

    def parts() -> Iterator[int]:
        nonlocal begun, widest
        for n in range(20):
            begun += 1
            widest = max(widest, begun - 1 - done)
            yield n

    for _ in run(Pass("称重", double, cost=lambda _: cost), parts(), 0, 2):
        done += 1
    assert begun == done == 20
    assert widest == most


def test_an_error_ends_the_pass() -> None:
    def fail(n: int, _: None) -> int:
        if n == 2:
            raise ValueError("two")
        return n

    with pytest.raises(ValueError, match="two"):
        list(run(Pass("出错", fail), range(100), None, 2))
