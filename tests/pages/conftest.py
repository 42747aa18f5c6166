"""The small library of the views, for the pages too."""

from tests.views.conftest import filled

__all__ = ["filled"]
