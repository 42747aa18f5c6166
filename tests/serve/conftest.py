"""Exports are tested on the small library of letters too."""

from tests.letters.conftest import letters

__all__ = ["letters"]
