"""Conditions on rows, as users write them, and as Arrow prunes files by them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from shuju.catalog import Table, did_you_mean
from shuju.library.errors import LibraryError
from shuju.library.schema import storage_schema

Condition = tuple[str, str, Any]
Where = Mapping[str, Any] | Sequence[Condition] | Sequence[Sequence[Condition]] | pc.Expression | None

_OPERATORS = ("==", "=", "!=", "<", "<=", ">", ">=", "in", "not in", "is null", "is not null")


def expression(where: Where, table: Table) -> pc.Expression | None:
    """Return ``where`` as an Arrow expression, its values in the types of the columns.

    ``{"library": "430100"}`` (a list of values means any of them), or ``[(column, operator, value), …]``
    all of which hold, or a list of such lists one of which holds. Dates may be written as strings.

    Raises:
        LibraryError: a misspelt column or operator, or a value of another type than the column.
    """
    if where is None or isinstance(where, pc.Expression):
        return where
    if isinstance(where, Mapping):
        where = [(c, "in" if isinstance(v, list | tuple | set) else "==", v) for c, v in where.items()]
    if not where:
        return None
    if isinstance(where[0], tuple) and len(where[0]) == 3 and isinstance(where[0][0], str):
        where = [where]  # type: ignore[list-item]
    either = None
    for conditions in where:
        every = None
        for condition in conditions:
            one = _condition(condition, table)
            every = one if every is None else every & one
        either = every if either is None else either | every
    return either


def _condition(condition: Any, table: Table) -> pc.Expression:
    try:
        column, operator, value = condition
    except (TypeError, ValueError):
        raise LibraryError(f"条件 {condition!r} 应写成 (列, 运算符, 值)") from None
    schema = storage_schema(table)
    if column not in schema.names:
        raise LibraryError(did_you_mean("列", str(column), schema.names))
    if operator not in _OPERATORS:
        raise LibraryError(did_you_mean("运算符", str(operator), _OPERATORS))
    kind, field = schema.field(column).type, pc.field(column)
    if operator == "is null" or (value is None and operator in ("==", "=")):
        return field.is_null()
    if operator == "is not null" or (value is None and operator == "!="):
        return field.is_valid()
    if operator in ("in", "not in"):
        hit = field.isin(pa.array([_value(v, kind, column) for v in value], kind))
        return hit if operator == "in" else ~hit
    scalar = pa.scalar(_value(value, kind, column), kind)
    return {
        "==": field == scalar, "=": field == scalar, "!=": field != scalar, "<": field < scalar,
        "<=": field <= scalar, ">": field > scalar, ">=": field >= scalar,
    }[operator]  # fmt: skip


def _value(value: Any, kind: pa.DataType, column: str) -> Any:
    try:
        if pa.types.is_timestamp(kind) and not isinstance(value, dt.datetime):
            return dt.datetime.fromisoformat(str(value))
        if pa.types.is_date(kind) and not isinstance(value, dt.date):
            return dt.date.fromisoformat(str(value)[:10])
        if pa.types.is_string(kind):
            return str(value)
        return pa.scalar(value).cast(kind).as_py()
    except (ValueError, pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise LibraryError(f"列 {column!r} 不能与 {value!r} 比较：该列的类型是 {kind}") from None
