"""Parquet files; every column is handed on as text, as the other readers do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shuju.library.batch import BATCH_ROWS, RawBatch, as_strings
from shuju.library.errors import SourceError
from shuju.library.readers.files import Unit, file_units


def units(files: str | None, location: Path, options: Mapping[str, Any]) -> Iterator[Unit]:
    """Yield the Parquet files under ``location``."""
    return file_units(files or "**/*.parquet", location)


def read(unit: Unit, options: Mapping[str, Any]) -> Iterator[RawBatch]:
    """Stream one file, a row group's slice at a time; row 1 is its first row.

    Raises:
        SourceError: it is not a Parquet file.
    """
    try:
        file = pq.ParquetFile(unit.at)
        row_number = 1
        with file:
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                yield RawBatch(
                    as_strings(pa.Table.from_batches([batch])),
                    np.arange(row_number, row_number + batch.num_rows, dtype=np.int64),
                )
                row_number += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        said = " ".join(str(error).split())[:200]
        raise SourceError(f"{unit.name}：不是完整的 Parquet 文件：{said}；请重新导出或重新传送") from None
