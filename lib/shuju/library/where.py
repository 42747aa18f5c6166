"""Conditions on rows, as users write them, and as Arrow prunes files by them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuju.catalog import Table, did_you_mean
from shuju.library.errors import LibraryError
from shuju.library.schema import storage_schema
from shuju.standard import code_list
from shuju.standard.dates import parse_datetimes

Condition = tuple[str, str, Any]
Where = Mapping[str, Any] | Sequence[Condition] | Sequence[Sequence[Condition]] | pc.Expression | None

SHANGHAI = dt.timezone(dt.timedelta(hours=8))
EXAMPLE = '[("library", "==", "430100"), ("published_at", ">=", "2024-07-01")]'
# What a column holds, in words.
_KINDS = (
    (pa.types.is_temporal, '是时间，写作 "2024-07-01" 或 "2024-07-01 09:30"'),
    (pa.types.is_integer, "是整数"),
    (pa.types.is_floating, "是数"),
    (pa.types.is_boolean, "是 True 或 False"),
)
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
    if isinstance(where, str):
        raise LibraryError(f"条件 {where!r} 应写成 {EXAMPLE}")
    if _is_condition(where):
        where = [where]  # type: ignore[list-item]
    if _is_condition(where[0]):
        where = [where]  # type: ignore[list-item]
    either = None
    for conditions in where:
        every = None
        for condition in conditions:
            one = _condition(condition, table)
            every = one if every is None else every & one
        either = every if either is None else either | every
    return either


def _is_condition(given: Any) -> bool:
    return isinstance(given, tuple | list) and len(given) == 3 and all(isinstance(v, str) for v in given[:2])


def _condition(condition: Any, table: Table) -> pc.Expression:
    try:
        column, operator, value = condition
    except (TypeError, ValueError):
        raise LibraryError(f"条件 {condition!r} 应写成 (列, 运算符, 值)，如 {EXAMPLE}") from None
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
        among = [value] if isinstance(value, str) or not isinstance(value, Iterable) else value
        hit = field.isin(pa.array([_told_as_code(v, kind, column, table) for v in among], kind))
        return hit if operator == "in" else ~hit
    scalar = pa.scalar(_told_as_code(value, kind, column, table), kind)
    return {
        "==": field == scalar, "=": field == scalar, "!=": field != scalar, "<": field < scalar,
        "<=": field <= scalar, ">": field > scalar, ">=": field >= scalar,
    }[operator]  # fmt: skip


def _told_as_code(value: Any, kind: pa.DataType, column: str, table: Table) -> Any:
    """Return a value in the type of its column; a name where the column holds codes would meet no row."""
    found = _value(value, kind, column)
    codes = table.columns[column].codes if column in table.columns else None
    if codes is not None and isinstance(found, str):
        code = code_list(codes).code_of.get(found, found)
        if code != found:
            raise LibraryError(f"列 {column!r} 存的是代码：{found!r} 请写 {code!r}")
    return found


def _value(value: Any, kind: pa.DataType, column: str) -> Any:
    try:
        if pa.types.is_timestamp(kind):
            found = value if isinstance(value, dt.datetime) else _time(value)
            return found if found.tzinfo is None else found.astimezone(SHANGHAI).replace(tzinfo=None)
        if pa.types.is_date(kind) and not isinstance(value, dt.date):
            return _time(value).date()
        if pa.types.is_string(kind):
            return str(value)
        return pa.scalar(value).cast(kind).as_py()
    except (ValueError, pa.ArrowInvalid, pa.ArrowNotImplementedError):
        meant = next((told for is_it, told in _KINDS if is_it(kind)), f"类型是 {kind}")
        raise LibraryError(f"列 {column!r} 不能与 {value!r} 比较：该列{meant}") from None


def _time(value: Any) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(str(value))
    except ValueError:  # as people write them: 2024/7/1, 2024年7月1日
        times, faults = parse_datetimes(pa.array([str(value)]))
        if faults[0] or np.isnat(times[0]):
            raise
        return times[0].astype("datetime64[us]").item()
