"""What part of the library may be seen: an immutable scope that goes with a library into every answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

Condition = tuple[str, str, object]
NO_ROW: tuple[Condition, ...] = (("key_hash", "in", ()),)  # every table has this column


@dataclass(frozen=True)
class Scope:
    """Conditions a table that every row must meet.

    ``conditions`` holds (table, conditions on its columns as ``shuju.library.where`` reads them, lists as
    tuples). A table that is not named is seen whole, or not at all where the scope ``is_closed``. ``by_key`` holds (table, keys)
    of rows that are seen besides, but only where one asks for them by their keys: they are neither counted nor listed, so
    that naming them costs nothing that grows with the table. A scope can be hashed: it is part of the key of whatever is
    cached. Two that show the same are equal, whatever their ``name``.
    """

    name: str = field(default="", compare=False)
    conditions: tuple[tuple[str, tuple[Condition, ...]], ...] = ()
    is_closed: bool = False
    by_key: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __hash__(self) -> int:
        """Return the hash, found once: a scope may name thousands of keys."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.conditions, self.is_closed, self.by_key))

    def of(self, table: str) -> tuple[Condition, ...]:
        """Return the conditions on the rows of a table."""
        named = [conditions for name, conditions in self.conditions if name == table]
        if not named and self.is_closed:
            return NO_ROW
        return tuple(condition for conditions in named for condition in conditions)

    def keys_of(self, table: str) -> tuple[str, ...]:
        """Return the keys of the rows of a table that are seen besides, where they are asked for by key."""
        return tuple(key for name, keys in self.by_key if name == table for key in keys)

    def of_row(self, table: str, key: str) -> list[list[Condition]]:
        """Return the conditions one set of which a row must meet that is asked for by its ``key``; none where all are seen."""
        conditions, keys = list(self.of(table)), self.keys_of(table)
        if not conditions:
            return []
        return [conditions, [(key, "in", keys)]] if keys else [conditions]

    def shows_nothing_of(self, table: str) -> bool:
        """Whether no row of a table can be counted or listed, whatever it holds."""
        return any(operator == "in" and value == () for _, operator, value in self.of(table))


EVERYTHING = Scope()
NOTHING = Scope("无权查看", is_closed=True)
