"""Downloads of the hot issues under the filters of an address: CSV, XLSX, Parquet."""

from __future__ import annotations

import asyncio
import io
from urllib.parse import quote

import pandas as pd
from tornado.web import HTTPError, RequestHandler

from shuju.library.ledger import now
from shuju.serve.exports import FORMULA
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
        content = await asyncio.to_thread(export, issue_tables(live()), filters, kind)
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
    rows = named_rows(tables, filters)
    out = io.BytesIO()
    match kind:
        case "csv":
            safe = rows.map(lambda v: f"'{v}" if isinstance(v, str) and v.startswith(FORMULA) else v)
            line = pd.DataFrame([[header]]).to_csv(index=False, header=False)
            return b"\xef\xbb\xbf" + (line + safe.to_csv(index=False)).encode()
        case "xlsx":
            options = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
            with pd.ExcelWriter(out, engine="xlsxwriter", engine_kwargs=options) as book:
                rows.to_excel(book, sheet_name="热点诉求", startrow=1, index=False)
                book.sheets["热点诉求"].write(0, 0, header)
        case _:
            rows.attrs["shuju"] = header
            rows.to_parquet(out, index=False)
    return out.getvalue()


def named_rows(tables: IssueTables, filters: IssueFilters) -> pd.DataFrame:
    """Return the hot issues that pass, hottest first, columns and codes by their Chinese names."""
    columns = tables.library.catalog.table("hot_issues").columns
    rows = tables.issues.loc[issues_pass(tables.issues, filters), list(columns)].copy()
    for column, dimension in CODED.items():
        rows[column] = rows[column].map(lambda code, d=dimension: label_name(d, code), na_action="ignore")
    rows["regions"] = rows["regions"].map(
        lambda codes: "、".join(label_name("region", code) for code in codes.split(",") if code),
        na_action="ignore",
    )
    return rows.rename(columns={name: column.name for name, column in columns.items()})
