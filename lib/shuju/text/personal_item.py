"""An item of personal data, and the sign that stands in a text where one was found."""

from __future__ import annotations

from dataclasses import dataclass

BLANK = "\0"


@dataclass(frozen=True)
class Item:
    """One item: the characters from ``start`` to ``end``, its kind, and its plain form."""

    start: int
    end: int
    kind: str
    value: str
