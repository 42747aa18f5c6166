"""Only the newest order is carried out; one at a time."""

from __future__ import annotations

import logging
import threading

import pytest

from shuju.ui.newest import Newest


def test_of_many_orders_the_newest_is_carried_out() -> None:
    begun, go, seen = threading.Event(), threading.Event(), []

    def work(order: int) -> None:
        seen.append(order)
        begun.set()
        go.wait(5)

    newest = Newest(work)
    newest.offer(1)
    assert begun.wait(5)
    for order in (2, 3, 4):
        newest.offer(order)
    assert newest.comes_newer(0)
    done = threading.Event()
    go.set()
    newest_seen = Newest(lambda _: done.set())
    for _ in range(100):
        if seen == [1, 4]:
            break
        threading.Event().wait(0.02)
    newest_seen.offer(0)
    assert done.wait(5)
    assert seen == [1, 4]


def test_a_failed_order_does_not_end_the_next(caplog: pytest.LogCaptureFixture) -> None:
    done = threading.Event()

    def work(order: int) -> None:
        if order == 1:
            raise ValueError("no")
        done.set()

    newest = Newest(work)
    with caplog.at_level(logging.ERROR):
        newest.offer(1)
        while not caplog.records:
            threading.Event().wait(0.01)
        newest.offer(2)
        assert done.wait(5)
    assert "an answer failed" in caplog.text


def test_nothing_newer_comes_where_nothing_is_offered() -> None:
    assert not Newest(lambda _: None).comes_newer(0.01)
