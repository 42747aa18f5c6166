"""Downloads of the hot issues under the filters of an address: CSV, XLSX, Parquet."""

from __future__ import annotations

import asyncio

import pandas as pd
import pyarrow as pa
from tornado.web import HTTPError, RequestHandler

from shuju.library.schema import content_schema
from shuju.serve.exports import send_file, whole_file
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
        send_file(self, content, "热点诉求", kind)


def export(tables: IssueTables, filters: IssueFilters, kind: str) -> bytes:
    """Return the hot issues that pass as a file of ``kind``; filters and as-of stand in its first line."""
    as_of = "" if tables.as_of is None else f"；数据截至 {tables.as_of:%Y-%m-%d %H:%M}"
    header = f"数聚 热点诉求；筛选：{filters.describe()}{as_of}{'；演示数据' if tables.is_synthetic else ''}"
    table = tables.library.catalog.table("hot_issues")
    titles = {name: column.name for name, column in table.columns.items()}
    rows = pa.Table.from_pandas(named_rows(tables, filters), content_schema(table), preserve_index=False)
    return whole_file(rows, titles, header, kind)


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
