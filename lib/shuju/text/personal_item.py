"""An item of personal data, and the signs that stand in a text where one was found, or nothing can be."""

from __future__ import annotations

from dataclasses import dataclass

BLANK = "\0"
OTHER = "\1"


@dataclass(frozen=True)
class Item:
    """One item: the characters from ``start`` to ``end``, its kind, and its plain form."""

    start: int
    end: int
    kind: str
    value: str
