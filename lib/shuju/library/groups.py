"""From a stream of raw batches to groups worth a commit: small files together, large ones in parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from shuju.library.batch import BrokenRow, RawBatch

PIECE_ROWS = 20_000
PIECE_BYTES = 48 << 20


@dataclass(frozen=True)
class Piece:
    """Raw rows of one or more files: ``unit_of_row`` numbers the file of each row of ``batch``.

    ``broken`` has (file number, row); ``ended`` are the files whose last row is in this piece.
    """

    batch: RawBatch
    unit_of_row: np.ndarray
    broken: tuple[tuple[int, BrokenRow], ...] = ()
    ended: tuple[int, ...] = ()


@dataclass
class _Gathered:
    tables: list[pa.Table] = field(default_factory=list)
    numbers: list[np.ndarray] = field(default_factory=list)
    units: list[np.ndarray] = field(default_factory=list)
    broken: list[tuple[int, BrokenRow]] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)

    n_rows: int = 0
    n_bytes: int = 0

    def add(self, unit: int, batch: RawBatch) -> None:
        n = len(batch.row_numbers)
        if n:
            self.tables.append(batch.rows)
            self.numbers.append(batch.row_numbers)
            self.units.append(np.full(n, unit, np.int32))
            self.n_rows += n
            self.n_bytes += batch.rows.nbytes
        self.broken += [(unit, row) for row in batch.broken]

    def piece(self) -> Piece:
        rows = pa.concat_tables(self.tables, promote_options="default") if self.tables else pa.table({})
        numbers = np.concatenate(self.numbers) if self.numbers else np.empty(0, np.int64)
        units = np.concatenate(self.units) if self.units else np.empty(0, np.int32)
        return Piece(RawBatch(rows.combine_chunks(), numbers), units, tuple(self.broken), tuple(self.ended))


def gather(stream: Iterable[tuple[int, RawBatch | None]]) -> Iterator[Piece]:
    """Yield pieces of like size from (file number, batch); None for a batch says that the file ended."""
    held = _Gathered()
    for unit, batch in stream:
        if batch is None:
            held.ended.append(unit)
        else:
            held.add(unit, batch)
        if held.n_rows >= PIECE_ROWS or held.n_bytes >= PIECE_BYTES or len(held.broken) >= PIECE_ROWS:
            yield held.piece()
            held = _Gathered()
    if held.numbers or held.broken or held.ended:
        yield held.piece()
