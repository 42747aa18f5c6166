"""Cards are tested on a small library of letters."""

from tests.letters.conftest import letters

__all__ = ["letters"]
