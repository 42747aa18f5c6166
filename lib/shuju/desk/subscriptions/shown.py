"""What a card shows to one person, as a subscription tells it: its measures (主数值), lines of text, the matters in it, a picture or file."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """One number of a card: what it is called, its value and unit; a share has none and is told in percent."""

    title: str
    value: float
    unit: str

    @property
    def told(self) -> str:
        """The number in words: 1,234 封, 12.3%."""
        if not self.unit:
            return f"{self.value:.1%}"
        whole = self.value == int(self.value)
        return f"{self.value:,.0f} {self.unit}" if whole else f"{self.value:,.1f} {self.unit}"


@dataclass(frozen=True)
class Shown:
    """A card as one person sees it: ``measures`` by name, ``lines`` of figures, ``issues`` and ``warnings`` are ids of the matters in it.

    ``picture`` draws it as PNG; None where it has no picture. ``file`` is one in blobs that goes with it, empty for none.
    """

    card: str
    title: str
    table: str
    measures: Mapping[str, Measured]
    lines: tuple[str, ...]
    issues: tuple[str, ...]
    warnings: tuple[str, ...]
    filters: str
    as_of: dt.datetime | None
    is_synthetic: bool
    picture: Callable[[], bytes] | None
    file: str = ""
    file_name: str = ""

    @property
    def fingerprint(self) -> str:
        """What tells these figures from others."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()


# Computes a card, by its name and the query of its address, for whoever asks.
Show = Callable[[str, str], Shown]
