"""Public holidays (法定节假日) since 2015: name, first and last day off.

To 2026 as the State Council arranged them, weekends that join included; 2027, not arranged yet, the days that the
law names, by the lunar calendar.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from shuju.standard.codes import list_rows


@dataclass(frozen=True)
class Holiday:
    """One holiday of one year; ``code`` is kind and year (``spring_festival_2024``), both days are off."""

    code: str
    name: str
    first_day: np.datetime64
    last_day: np.datetime64

    @property
    def kind(self) -> str:
        """The holiday without its year."""
        return self.code.rpartition("_")[0]


@cache
def holidays() -> tuple[Holiday, ...]:
    """Return all holidays in the order of their days."""
    return tuple(
        Holiday(
            row["code"],
            row["name"],
            np.datetime64(row["first_day"], "D"),
            np.datetime64(row["last_day"], "D"),
        )
        for row in list_rows("holidays")
    )
