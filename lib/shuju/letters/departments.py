"""Departments of one kind under many names: those of two counties (甲县住建局, 乙市住建局) are both 住建局."""

from __future__ import annotations

import re
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from shuju.standard import pack, regions


def department_kinds(names: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the names without leading region names; empty ones become null. O(characters)."""
    bare = pc.utf8_trim_whitespace(pc.replace_substring_regex(names, _regions_first(), ""))
    return pc.if_else(pc.equal(pc.utf8_length(bare), 0), pa.scalar(None, pa.string()), bare)


@cache
def _regions_first() -> str:
    """Return a pattern of one or more names of regions, full or as spoken, at the beginning."""
    names = {r.name for r in regions()} | {row["name"] for row in pack().rows("other_names")}
    alternatives = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return f"^(?:{alternatives})+(?:人民政府)?"
