"""Code lists: the only values that a coded field may hold, each with its Chinese name.

Those of ``lists/`` are the same everywhere, public holidays too unless a pack has its own; regions, townships and departments are the
province's, of its pack.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shuju.standard.pack import pack

LISTS = Path(__file__).with_name("lists")
OF_PROVINCE = ("departments", "libraries", "regions", "towns")


@dataclass(frozen=True)
class CodeList:
    """One code list: ``names`` maps a code to its Chinese name, in the order of the standard."""

    name: str
    names: Mapping[str, str]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes, in the order of the standard."""
        return tuple(self.names)

    @property
    def code_of(self) -> Mapping[str, str]:
        """What a raw value may be (a code or its Chinese name) → the code."""
        return {name: code for code, name in self.names.items()} | {code: code for code in self.names}


@cache
def code_list(name: str) -> CodeList:
    """Return the code list ``name``; a ``KeyError`` names those there are."""
    if name not in code_lists():
        raise KeyError(f"没有代码表 {name!r}；现有：{'、'.join(code_lists())}")
    return CodeList(name, {row["code"]: row["name"] for row in list_rows(name)})


def list_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a list with all their columns, in the order of the standard; one of the province's from its pack."""
    if name == "libraries":
        return [row for row in pack().rows("regions") if row["level"] != "county"]
    if name in OF_PROVINCE:
        return pack().rows(name)
    if name == "holidays" and (own := pack().rows(name)):
        return own
    with (LISTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def code_lists() -> tuple[str, ...]:
    """Return the names of all code lists, sorted."""
    return tuple(sorted({*OF_PROVINCE, *(path.stem for path in LISTS.glob("*.csv"))}))
