"""Departments of one kind under many names: 岳麓区住建局 and 浏阳市住建局 are both 住建局."""

from __future__ import annotations

import re
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from shuju.standard import regions


def department_kinds(names: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the names without leading region names; empty ones become null. O(characters)."""
    bare = pc.utf8_trim_whitespace(pc.replace_substring_regex(names, _regions_first(), ""))
    return pc.if_else(pc.equal(pc.utf8_length(bare), 0), pa.scalar(None, pa.string()), bare)


@cache
def _regions_first() -> str:
    """Return a pattern of one or more names of regions, full (长沙市) or as spoken (湘西州), at the beginning."""
    names = {r.name for r in regions()} | {"湘西州"}
    alternatives = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return f"^(?:{alternatives})+(?:人民政府)?"
