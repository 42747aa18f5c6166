"""Raw text of one column into its type (类型转换): texts, codes, dates, numbers; and what could not be read."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuju.catalog import Column
from shuju.library.schema import ARROW_TYPES
from shuju.standard import code_list, regions
from shuju.standard.dates import IMPOSSIBLE, UNREADABLE, parse_datetimes
from shuju.standard.region_names import read_region
from shuju.text.characters import UNTIDY


def convert(
    raw: pa.Array, column: Column, flags: np.ndarray
) -> tuple[pa.Array, list[tuple[str, np.ndarray]]]:
    """Return the column in its type, and (reason, rows) for what could not be read."""
    kind = column.type
    if kind == "text":
        return _tidied(raw, flags), []
    if kind == "string":
        return _single_line(raw), []
    text = pc.utf8_trim_whitespace(pc.utf8_normalize(raw, "NFKC"))
    text = pc.if_else(pc.equal(text, ""), None, text)
    if kind == "code":
        return _codes(text, column)
    if kind in ("date", "datetime"):
        times, why = parse_datetimes(text)
        values = pa.array(times, pa.timestamp("us"), from_pandas=True)
        return values.cast(pa.date32(), safe=False) if kind == "date" else values, [
            (f"{column.name}无法识别", why == UNREADABLE),
            (f"{column.name}是不存在的日期", why == IMPOSSIBLE),
        ]
    if kind == "bool":
        return _booleans(text, column)
    return _numbers(text, column)


def _single_line(raw: pa.Array) -> pa.Array:
    text = pc.replace_substring_regex(raw, r"[\r\n\t\v\f\x{2028}\x{2029}]+", " ")
    text = pc.utf8_trim(text, " \u3000\u00a0\u200b\ufeff")
    return pc.if_else(pc.equal(text, ""), None, text)


def _tidied(raw: pa.Array, flags: np.ndarray) -> pa.Array:
    """Return texts with one line end between paragraphs; only those that need it are gone through."""
    untidy = flags & UNTIDY != 0
    if not untidy.any():
        return raw
    mask = pa.array(untidy)
    return pc.replace_with_mask(raw, mask, _multi_line(raw.filter(mask)))


def _multi_line(raw: pa.Array) -> pa.Array:
    text = pc.replace_substring_regex(
        raw,
        r"[ \t\x{00a0}\x{3000}\x{200b}\x{feff}]*(?:\r\n?|\n|\v|\f|\x{2028}|\x{2029})[\s\x{3000}\x{00a0}]*",
        "\n",
    )
    text = pc.utf8_trim(text, " \t\r\n\u3000\u00a0\u200b\ufeff")
    return pc.if_else(pc.equal(text, ""), None, text)


def _codes(text: pa.Array, column: Column) -> tuple[pa.Array, list[tuple[str, np.ndarray]]]:
    assert column.codes is not None
    codes = dict(code_list(column.codes).code_of)
    if column.codes == "regions":
        codes = _region_codes()
    position = pc.index_in(text, pa.array(list(codes), pa.string()))
    values = pa.array(list(codes.values()), pa.string()).take(position)
    if column.codes == "regions" and values.null_count > text.null_count:
        values = _read_regions(text, values)
    unknown = np.asarray(pc.and_(pc.is_valid(text), pc.is_null(values)))
    return values, [(f"{column.name}不在代码表中", unknown)]


def _region_codes() -> dict[str, str]:
    known: dict[str, str] = {}
    for region in regions():
        known[region.code] = region.code
        known.setdefault(region.name, region.code)
        if region.old_code:
            known[region.old_code] = region.code
    for region in regions():  # 9- and 12-digit codes of GB/T 10114 begin with the county's
        known[region.code + "000000"] = region.code
    return known


def _read_regions(text: pa.Array, values: pa.Array) -> pa.Array:
    """Read the regions that are not written as the list has them, each text once."""
    unread = pc.unique(text.filter(pc.is_null(values))).drop_null()
    read = pa.array([read_region(one) for one in unread.to_pylist()], pa.string())
    return pc.coalesce(values, read.take(pc.index_in(text, unread)))


def _booleans(text: pa.Array, column: Column) -> tuple[pa.Array, list[tuple[str, np.ndarray]]]:
    lower = pc.utf8_lower(text)
    true = pc.is_in(lower, pa.array(["true", "1", "是", "y", "yes", "有"]))
    false = pc.is_in(lower, pa.array(["false", "0", "否", "n", "no", "无"]))
    values = pc.if_else(true, True, pc.if_else(false, False, None))
    return values, [(f"{column.name}应为是或否", np.asarray(pc.and_(pc.is_valid(text), pc.is_null(values))))]


def _numbers(text: pa.Array, column: Column) -> tuple[pa.Array, list[tuple[str, np.ndarray]]]:
    kind = ARROW_TYPES[column.type]
    text = pc.replace_substring_regex(text, r"(\d),(\d{3})", r"\1\2")
    readable = pc.match_substring_regex(text, r"^[+-]?(?:\d{1,15}(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?$")
    numbers = pc.if_else(readable, text, None).cast(pa.float64())
    bad = np.asarray(pc.fill_null(pc.invert(readable), False))
    if pa.types.is_integer(kind):
        info = np.iinfo(kind.to_pandas_dtype())
        fits = pc.and_(
            pc.equal(numbers, pc.round(numbers)),
            pc.and_(pc.greater_equal(numbers, float(info.min)), pc.less_equal(numbers, float(info.max))),
        )
        bad |= np.asarray(pc.fill_null(pc.invert(fits), False))
        numbers = pc.if_else(pc.fill_null(fits, False), numbers, None)
        word = "整数"
    else:
        word = "数"
    return numbers.cast(kind), [(f"{column.name}应为{word}", bad)]
