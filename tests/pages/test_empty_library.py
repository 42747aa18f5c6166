"""A library without any row says so, instead of asking the reader to take filters back that nobody set."""

from __future__ import annotations

from pathlib import Path

import pytest

import shuju
from shuju.facts.cards import find
from shuju.library import open_library
from shuju.ui.link import Link

EMPTY = ["records.list", "records.trend", "letters.list", "letters.trend", "cascades.list"]


@pytest.mark.parametrize("name", EMPTY)
def test_nothing_is_there_yet(name: str, tmp_path: Path) -> None:
    card = find(name)
    selection = shuju.select(card.table, open_library(tmp_path / "home").home.uri)
    options = card.settings({})
    html = card.html(card.data(selection, **options), **options)  # type: ignore[misc]
    assert "库中还没有" in html
    assert "清除全部条件" not in html
    assert list(Link.of(selection).presets()) == ["全部"], "there is no year 2000 to choose"
