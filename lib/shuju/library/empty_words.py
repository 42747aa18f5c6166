"""Words that mean nothing (空值词): NULL and the like, as programs write an empty value, and the errors of spreadsheets."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

NULLS = (
    "NULL",
    "Null",
    "null",
    "(null)",
    "(NULL)",
    "<null>",
    "\\N",
    "nan",
    "NaN",
    "NAN",
    "None",
    "N/A",
    "n/a",
    "NaT",
    "undefined",
)
ERRORS = ("#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#N/A!")
LONGEST = 16  # bytes, blanks around it included


def blanked(column: pa.Array) -> tuple[pa.Array, np.ndarray | None, np.ndarray | None]:
    """Return the column with such words null, and which rows held a null word, and which an error (None: no row). O(rows)."""
    short = pc.less_equal(pc.binary_length(column), LONGEST)
    if not pc.any(short).as_py():
        return column, None, None
    some = pc.utf8_trim_whitespace(pc.if_else(short, column, None))
    is_null, is_error = pc.is_in(some, pa.array(NULLS)), pc.is_in(some, pa.array(ERRORS))
    hit = pc.or_(is_null, is_error)
    if not pc.any(hit).as_py():
        return column, None, None
    return pc.if_else(hit, None, column), np.asarray(is_null), np.asarray(is_error)
