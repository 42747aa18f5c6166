"""Downloads and cards are tested on the small libraries of the pages, and on a server."""

from tests.letters.conftest import letters
from tests.pages.conftest import address, filled, filled_once, home_of_filled

__all__ = ["address", "filled", "filled_once", "home_of_filled", "letters"]
