"""What part of the library may be seen: an immutable scope that goes with a library into every answer."""

from __future__ import annotations

from dataclasses import dataclass

Condition = tuple[str, str, object]


@dataclass(frozen=True)
class Scope:
    """Conditions a table that every row must meet; a table without any is seen whole.

    ``conditions`` holds (table, conditions on its columns as ``shuju.library.where`` reads them, lists as
    tuples). A scope can be hashed: it is part of the key of whatever is cached.
    """

    name: str = ""
    conditions: tuple[tuple[str, tuple[Condition, ...]], ...] = ()

    def of(self, table: str) -> tuple[Condition, ...]:
        """Return the conditions on the rows of a table."""
        return tuple(c for name, conditions in self.conditions if name == table for c in conditions)


EVERYTHING = Scope()
