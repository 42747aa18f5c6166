"""Downloads and cards are tested on the small libraries of the pages, and on a server."""

from tests.letters.conftest import letters
from tests.pages.conftest import address, home_of_filled

__all__ = ["address", "home_of_filled", "letters"]

import pytest

from shuju.library import Library
from shuju.library.ingest import ingest
from tests.pages.conftest import write_pages


@pytest.fixture
def filled(library: Library, raw) -> Library:
    """The small library of the pages."""
    write_pages(raw / "pages")
    ingest(library, "test_pages")
    return library
