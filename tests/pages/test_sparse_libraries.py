"""Every page opens over a library that holds only a part of what there could be."""

from __future__ import annotations

from pathlib import Path

import pytest
from bokeh.document import Document
from panel.io.state import set_curdoc

from shuju.access.subject import Subject, entered
from shuju.letters.build import build_letters
from shuju.library import Library, open_library, share, unshare
from shuju.serve.pages import find_pages
from shuju.serve.sessions import fill, sketch
from shuju.spread.build import build_spread
from tests.letters.conftest import Letters, letter
from tests.pages.test_pages import SHELL


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
def test_pages_open(
    part: str,
    is_built: bool,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    library = request.getfixturevalue(part)
    if is_built:
        build_letters(library)
        build_spread(library)
    monkeypatch.setenv("SHUJU_HOME", library.home.uri)
    share(library)
    try:
        for page in find_pages():
            if page.notebook is None:
                with entered(Subject("somebody", "某人", page.who[0])):
                    assert page.content(library, {}, []), page.route
                continue
            doc = Document()
            with set_curdoc(doc):
                fill(doc, page, {}).begin()
            assert sketch(page, SHELL, {}), page.route
            doc.clear()
        assert "could not be" not in caplog.text, caplog.text
    finally:
        unshare(library)
