"""Forty letters, as the page of letters and its briefing show them."""

from __future__ import annotations

import pytest

from shuju.library import Library
from tests.letters.conftest import Letters, letters
from tests.pages.conftest import raw_letters

__all__ = ["letters"]


@pytest.fixture
def forty(letters: Letters) -> Library:
    return letters.add(*raw_letters())
