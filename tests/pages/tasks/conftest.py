"""An office with people, tasks and a library of its own; whoever asked in a test asks no more after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shuju.access.subject import enter
from tests.desk.tasks.conftest import office
from tests.letters.conftest import letters

__all__ = ["letters", "office"]


@pytest.fixture(autouse=True)
def nobody_asks_afterwards() -> Iterator[None]:
    yield
    enter(None)
