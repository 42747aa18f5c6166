"""Downloads of the hot issues under the filters of an address: CSV, XLSX, Parquet."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pyarrow as pa
from tornado.web import HTTPError, RequestHandler

from shuju.library.ledger import now
from shuju.library.schema import content_schema
from shuju.serve.exports import csv_pieces, write_parquet, write_xlsx
from shuju.views.filters import label_name
from shuju.views.issue_filters import IssueFilters, issues_pass
from shuju.views.issues_data import IssueTables, issue_tables
from shuju.views.live import live

CODED = {"stage": "stage", "topic_1": "topic", "region_code": "region"}


class IssueExportHandler(RequestHandler):
    """``/export/issues.csv?stage=…``: all hot issues under the filters of the address."""

    async def get(self, kind: str) -> None:
        """Answer with a file; a wrong filter is refused."""
        try:
            filters = IssueFilters.from_query({k: self.get_argument(k) for k in self.request.arguments})
        except ValueError as error:
            raise HTTPError(400, reason="bad filter", log_message=str(error)) from None
        content = await asyncio.to_thread(lambda: export(issue_tables(live()), filters, kind))
        name = f"数聚-热点诉求-{now():%Y%m%d-%H%M}.{kind}"
        self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name)}")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header(
            "Content-Type", "text/csv; charset=utf-8" if kind == "csv" else "application/octet-stream"
        )
        self.write(content)


def export(tables: IssueTables, filters: IssueFilters, kind: str) -> bytes:
    """Return the hot issues that pass as a file of ``kind``; filters and as-of stand in its first line."""
    as_of = "" if tables.as_of is None else f"；数据截至 {tables.as_of:%Y-%m-%d %H:%M}"
    header = f"数聚 热点诉求；筛选：{filters.describe()}{as_of}{'；演示数据' if tables.is_synthetic else ''}"
    table = tables.library.catalog.table("hot_issues")
    titles = {name: column.name for name, column in table.columns.items()}
    pieces = [pa.Table.from_pandas(named_rows(tables, filters), content_schema(table), preserve_index=False)]
    if kind == "csv":
        return b"".join(csv_pieces(pieces, titles, header))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"issues.{kind}"
        (write_xlsx if kind == "xlsx" else write_parquet)(pieces, titles, header, path)
        return path.read_bytes()


def named_rows(tables: IssueTables, filters: IssueFilters) -> pd.DataFrame:
    """Return the hot issues that pass, hottest first, codes by their Chinese names."""
    rows = tables.issues[issues_pass(tables.issues, filters)].copy()
    for column, dimension in CODED.items():
        rows[column] = rows[column].map(lambda code, d=dimension: label_name(d, code), na_action="ignore")
    rows["regions"] = rows["regions"].map(
        lambda codes: "、".join(label_name("region", code) for code in codes.split(",") if code),
        na_action="ignore",
    )
    return rows
