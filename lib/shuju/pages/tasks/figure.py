"""What a task can be made of, as it was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """What was looked at: ``value`` is what is counted of it by name, ``query`` finds it again, ``address`` shows the rows behind it."""

    kind: str
    title: str
    sentence: str
    asks: str
    value: Mapping[str, str]
    n_rows: int
    card: str
    table: str
    query: str
    address: str
    topic: str = ""
    region_code: str = ""
    channel: str = ""
    department: str = ""
    is_synthetic: bool = False
