"""The house clock shows Shanghai's wall time in any zone."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator

import pytest

from shuju.clock import now, today


@pytest.fixture(params=["America/Los_Angeles", "UTC", "Asia/Shanghai"])
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


def test_now_is_the_wall_time_of_shanghai(zone: str) -> None:
    utc = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    assert now().tzinfo is None
    assert today() == now().date()
    assert abs(now() - utc - dt.timedelta(hours=8)) < dt.timedelta(seconds=5)
