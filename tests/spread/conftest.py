"""Two documents with their copies, a record that nobody carried, and the sites."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shuju.facts.selection import Selection
from shuju.library import Library
from shuju.spread.documents import selection
from shuju.spread.one_document import Document, document_data
from tests.spread.spread_library import spread_library


@pytest.fixture
def carried(tmp_path: Path) -> Library:
    return spread_library(tmp_path)


@pytest.fixture
def documents(carried: Library) -> Selection:
    """The documents b (newer) and a."""
    return selection(carried)


@pytest.fixture
def shown(documents: Selection) -> Document:
    return document_data(documents, "a")


@pytest.fixture
def choose(carried: Library) -> Callable[..., Selection]:
    return lambda **filters: selection(carried, **filters)
