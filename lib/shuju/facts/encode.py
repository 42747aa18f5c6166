"""A batch of the library → columns of small codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shuju.facts.schema import SECOND, UNKNOWN, Bins, Codes, Days, FactSchema, FactsError

Batch = pa.RecordBatch | pa.Table | pd.DataFrame
CodeLists = dict[str, dict[str, int]]

BATCH_ROWS = 1 << 20
DAY_SECONDS = 86_400
LAST_DAY_CODE = 0xFFFF


def new_code_lists(schema: FactSchema) -> CodeLists:
    """Return for each ``Codes`` dimension its label → code, as declared."""
    return {
        d.name: {label: code for code, label in enumerate(d.labels, start=1)}
        for d in schema.dimensions
        if isinstance(d, Codes)
    }


def record_batches(batches: Iterable[Batch], columns: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    """Yield ``batches`` as record batches of ``columns`` alone and at most ``BATCH_ROWS`` rows."""
    for batch in batches:
        missing = [name for name in columns if name not in _names(batch)]
        if missing:
            raise FactsError(f"数据缺少列：{'、'.join(missing)}")
        if isinstance(batch, pd.DataFrame):
            table = pa.Table.from_pandas(batch[list(columns)], preserve_index=False)
        elif isinstance(batch, pa.RecordBatch):
            table = pa.Table.from_batches([batch.select(list(columns))])
        else:
            table = batch.select(list(columns))
        yield from table.to_batches(max_chunksize=BATCH_ROWS)


def encode(schema: FactSchema, lists: CodeLists, batch: pa.RecordBatch) -> dict[str, np.ndarray]:
    """Return the columns of one segment; labels seen for the first time are added to ``lists``.

    Dimensions are int32 codes (the store narrows them), ``SECOND`` int32 seconds since
    midnight, coordinates float32 with NaN for null, locators int64.

    Raises:
        FactsError: a column has the wrong type, a null locator, or a day beyond 179 years.
    """
    columns: dict[str, np.ndarray] = {}
    for dimension in schema.dimensions:
        values = batch.column(dimension.name)
        match dimension:
            case Codes():
                columns[dimension.name] = _label_codes(dimension, values, lists[dimension.name])
            case Days():
                days, second = _days(dimension, values)
                columns[dimension.name] = days
                if dimension.name == schema.time:
                    columns[SECOND] = second
            case Bins():
                columns[dimension.name] = _bin_codes(dimension, values)
    for name in (schema.x, schema.y):
        if name is not None:
            columns[name] = _numbers(name, batch.column(name)).astype(np.float32)
    for name in schema.locators:
        columns[name] = _locators(name, batch.column(name))
    return columns


def _names(batch: Batch) -> list[str]:
    return list(batch.columns) if isinstance(batch, pd.DataFrame) else batch.schema.names


def _label_codes(dimension: Codes, values: pa.Array, codes: dict[str, int]) -> np.ndarray:
    if not pa.types.is_dictionary(values.type):
        values = values.cast(pa.string()).dictionary_encode()
    indices = values.indices.fill_null(len(values.dictionary)).to_numpy(zero_copy_only=False)
    is_used = np.zeros(len(values.dictionary) + 1, bool)
    is_used[indices] = True
    code_of_index = np.full(len(is_used), UNKNOWN, np.int32)
    for index, label in enumerate(values.dictionary.cast(pa.string()).to_pylist()):
        if is_used[index] and label not in (None, "", dimension.null):
            code_of_index[index] = codes.setdefault(label, len(codes) + 1)
    return code_of_index[indices]


def _days(dimension: Days, values: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    has_zone = pa.types.is_timestamp(values.type) and values.type.tz is not None
    if has_zone or not (pa.types.is_timestamp(values.type) or pa.types.is_date(values.type)):
        raise FactsError(f"列 {dimension.name!r} 应为日期或不带时区的时间，实为 {values.type}")
    is_null = values.is_null().to_numpy(zero_copy_only=False)
    seconds = values.cast(pa.timestamp("s"), safe=False).fill_null(0).cast(pa.int64()).to_numpy()
    day, second = np.divmod(seconds, DAY_SECONDS)
    epoch = np.datetime64(dimension.epoch, "D").astype(np.int64)
    codes = np.where(is_null, UNKNOWN, np.maximum(day - epoch + 2, 1))
    if codes.max(initial=0) > LAST_DAY_CODE:
        raise FactsError(f"列 {dimension.name!r} 的日期超出范围：最晚可为 {dimension.day(LAST_DAY_CODE)}")
    return codes.astype(np.int32), second.astype(np.int32)


def _bin_codes(dimension: Bins, values: pa.Array) -> np.ndarray:
    numbers = _numbers(dimension.name, values)
    codes = np.searchsorted(np.asarray(dimension.edges, float), numbers, side="right") + 1
    return np.where(np.isnan(numbers), UNKNOWN, codes).astype(np.int32)


def _numbers(name: str, values: pa.Array) -> np.ndarray:
    kind = values.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind)):
        raise FactsError(f"列 {name!r} 应为数值，实为 {kind}")
    numbers = values.cast(pa.float64(), safe=False)
    return pc.fill_null(numbers, np.nan).to_numpy(zero_copy_only=False)


def _locators(name: str, values: pa.Array) -> np.ndarray:
    if not pa.types.is_integer(values.type) or values.null_count:
        raise FactsError(f"定位列 {name!r} 应为整数且不为空")
    return values.cast(pa.int64()).to_numpy()
