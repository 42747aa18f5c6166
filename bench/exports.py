"""Downloads of 200,000 rows: seconds and bytes as CSV and Excel, beside XlsxWriter writing the same cells.

shuju demo --home HOME --records 200_000 --no-serve
python -m bench.exports HOME
"""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path

import pyarrow as pa
import xlsxwriter

import shuju
import shuju.pages
from shuju.serve.files import csv_pieces
from shuju.serve.xlsx import xlsx_pieces
from shuju.ui.exports import find

ROWS = 200_000


def main(home: Path) -> None:
    for table in ("records", "letters"):
        chosen, export = shuju.select(table, home), find(table)
        titles = export.titles(chosen)
        started = time.perf_counter()
        rows = list(export.pieces(chosen, {}))
        held = sum(piece.num_rows for piece in rows)
        # Letters are as many as it takes, so that their texts are there too.
        pieces = (rows * -(-ROWS // held))[: -(-ROWS * len(rows) // held)]
        n = sum(piece.num_rows for piece in pieces)
        print(
            f"{table}: {n:,} rows × {len(titles)} columns; {held:,} read in {time.perf_counter() - started:.1f} s"
        )
        measure("CSV", lambda p=pieces, t=titles: sum(map(len, csv_pieces(p, t))))
        measure("Excel", lambda p=pieces, t=titles: sum(map(len, xlsx_pieces(p, t, [], "表"))))
        measure("XlsxWriter, constant memory", lambda p=pieces, t=titles: peer(p, list(t.values())))


def measure(name: str, write: object) -> None:
    started, cpu = time.perf_counter(), time.process_time()
    n = write()  # type: ignore[operator]
    seconds = time.perf_counter() - started
    print(
        f"  {name:30} {seconds:6.1f} s, {time.process_time() - cpu:6.1f} s of processors, {n / 1e6:7.1f} MB",
        flush=True,
    )


def peer(pieces: list[pa.Table], titles: list[str]) -> int:
    held = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(held, options) as book:
        sheet, line = book.add_worksheet("表"), 1
        sheet.write_row(0, 0, titles)
        form = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for piece in pieces:
            for row in piece.to_pylist():
                for at, value in enumerate(row.values()):
                    if hasattr(value, "hour"):
                        sheet.write_datetime(line, at, value, form)
                    elif value is not None:
                        sheet.write(line, at, value)
                line += 1
    return len(held.getvalue())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
