"""An office with people, tasks and a library of its own."""

from tests.desk.tasks.conftest import office
from tests.letters.conftest import letters

__all__ = ["letters", "office"]
