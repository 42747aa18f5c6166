"""Every page opens over a library that holds only a part of what there could be."""

from __future__ import annotations

from pathlib import Path

import pytest
from shuju.views.home import Home
from shuju.views.letters import Letters as LettersPage
from shuju.views.live import Live, snapshot
from shuju.views.panorama import Panorama

from shuju.letters.build import build_letters
from shuju.library import Library, open_library
from shuju.spread.build import build_spread
from shuju.views.issues import Issues
from shuju.views.spread import Spread
from tests.letters.conftest import Letters, letter

PAGES = [lambda live: Home([], live), Panorama, LettersPage, Issues, Spread]


@pytest.fixture
def nothing(tmp_path: Path) -> Library:
    return open_library(tmp_path / "empty")


@pytest.fixture
def letters_alone(letters: Letters) -> Library:
    return letters.add(*[letter(n) for n in range(5)])


@pytest.fixture
def pages_alone(filled: Library) -> Library:
    return filled


@pytest.mark.parametrize("is_built", [False, True], ids=["raw", "built"])
@pytest.mark.parametrize("part", ["nothing", "letters_alone", "pages_alone"])
def test_pages_open(part: str, is_built: bool, request: pytest.FixtureRequest) -> None:
    library = request.getfixturevalue(part)
    if is_built:
        build_letters(library)
        build_spread(library)
    live = Live(snapshot(library))
    for page in PAGES:
        page(live)
