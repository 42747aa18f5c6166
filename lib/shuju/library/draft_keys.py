"""Which raw fields tell the rows of an unknown file apart (起草): one, or two together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

import pyarrow as pa

from shuju.library.raw_fields import Seen

NUMBERED = re.compile(r"号|id|no|序|码|url|地址|file_name", re.IGNORECASE)
TRIED = 12  # fields of which pairs are tried
LONGEST = 40  # characters of a part of a key


def own_key(seen: Sequence[Seen], used: set[str], n: int) -> str | None:
    """Return a field that tells the rows apart: a number or an address, all of it filled and each value once."""
    fits = [s for s in seen if s.filled > 0.99 and s.distinct > 0.999 and s.usual <= 120 and s.times < 0.5]
    fits.sort(
        key=lambda s: (
            s.name in used,
            not NUMBERED.search(s.name),
            s.usual,
        )
    )
    return fits[0].name if fits and n > 1 else None


def joined_key(rows: pa.Table, seen: Sequence[Seen]) -> tuple[str, str] | None:
    """Return two fields that together tell the rows apart, numbers first: a year and a running number in it. O(pairs · rows)."""
    fits = [
        s for s in seen if s.filled > 0.99 and s.usual <= LONGEST and s.distinct > 1 / max(rows.num_rows, 1)
    ]
    fits.sort(key=lambda s: (not (NUMBERED.search(s.name) or re.search("年|期|批", s.name)), s.usual))
    for one, two in combinations(fits[:TRIED], 2):
        pairs = rows.select([one.name, two.name]).group_by([one.name, two.name]).aggregate([])
        if rows.num_rows > 1 and pairs.num_rows == rows.num_rows:
            first, second = sorted((one, two), key=lambda s: s.distinct)
            return first.name, second.name
    return None
