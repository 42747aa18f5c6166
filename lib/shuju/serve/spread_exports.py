"""Downloads of spread: the documents under the filters of an address; of one document its copies, who lacks it, its briefing."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
from tornado.web import HTTPError, RequestHandler

from shuju.clock import now
from shuju.library.schema import content_schema
from shuju.serve.briefings import send_word
from shuju.serve.exports import send_file, whole_file
from shuju.standard import code_list
from shuju.views.live import live
from shuju.views.spread_data import SpreadTables, spread_tables
from shuju.views.spread_document import Document, document
from shuju.views.spread_filters import SpreadFilters, documents_pass

TITLES = {"spread": "传播情况", "spread-copies": "转载清单", "spread-missing": "未到达名单"}
CODED = {
    "genre": "genres", "region_code": "regions", "library": "libraries", "shape": "spread_shapes", "kind": "reprint_kinds",
    "evidence": "spread_evidence", "flags": "spread_flags", "level": "levels",
}  # fmt: skip
COPIES = {"site": "转载网站名称", "place": "所在地区"}
MISSING = {
    "site_id": "网站标识码", "name": "网站名称", "level": "层级", "place": "所在地区", "region_code": "行政区划",
    "clause": "应转条款", "why": "为何应转", "waited_hours": "已等（小时）", "stopped_at": "停在（网站标识码）", "stopped_name": "停在",
}  # fmt: skip


class SpreadExportHandler(RequestHandler):
    """``/export/spread.csv?genre=…``, ``/export/spread-copies.csv?origin=…``, ``/export/spread-missing.csv?origin=…``."""

    async def get(self, table: str, kind: str) -> None:
        """Answer with a file; a wrong filter, or a document that is not there, is refused."""
        query = {k: self.get_argument(k) for k in self.request.arguments}
        try:
            content = await asyncio.to_thread(lambda: export(spread_tables(live()), table, query, kind))
        except ValueError as error:
            raise HTTPError(400, reason="bad filter", log_message=str(error)) from None
        send_file(self, content, TITLES[table], kind)


class SpreadBriefingHandler(RequestHandler):
    """``/export/spread-briefing.docx?origin=…``: the briefing (传播专报) on one document."""

    async def get(self) -> None:
        """Answer with the document; one that the library does not have is refused."""
        try:
            content, name = await asyncio.to_thread(self._write, self.get_argument("origin", ""))
        except ValueError as error:
            raise HTTPError(400, reason="no such document", log_message=str(error)) from None
        send_word(self, content, name)

    @staticmethod
    def _write(origin_id: str) -> tuple[bytes, str]:
        from shuju.views.spread_briefing import TITLE, write_spread_briefing

        tables = spread_tables(live())
        shown = _known(tables, origin_id)
        as_of = tables.as_of or now()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "briefing.docx"
            write_spread_briefing(shown, path, as_of, is_synthetic=tables.is_synthetic)
            return path.read_bytes(), f"{TITLE}-{as_of:%Y%m%d-%H%M}.docx"


def export(tables: SpreadTables, table: str, query: Mapping[str, str], kind: str) -> bytes:
    """Return one of ``TITLES`` as a file of ``kind``; what was asked for and the as-of stand in its first line.

    Raises:
        ValueError: a filter that does not exist, or a document that the library does not have.
    """
    if table == "spread":
        filters = SpreadFilters.from_query(query)
        rows, titles = _documents(tables, filters)
        about = f"筛选：{filters.describe()}"
    else:
        shown = _known(tables, query.get("origin", ""))
        rows, titles = _copies(tables, shown) if table == "spread-copies" else _missing(shown)
        about = f"文件：{shown.row['title']}（{shown.row['origin_id']}）"
    as_of = "" if tables.as_of is None else f"；数据截至 {tables.as_of:%Y-%m-%d %H:%M}"
    header = f"数聚 {TITLES[table]}；{about}{as_of}{'；演示数据' if tables.is_synthetic else ''}"
    return whole_file(rows, titles, header, kind)


def _known(tables: SpreadTables, origin_id: str) -> Document:
    shown = document(tables, origin_id)
    if shown is None:
        raise ValueError(f"没有文件 {origin_id!r}")
    return shown


def _documents(tables: SpreadTables, filters: SpreadFilters) -> tuple[pa.Table, Mapping[str, str]]:
    entry = tables.library.catalog.table("cascades")
    rows = named(tables.documents[documents_pass(tables.documents, filters)])
    titles = {name: column.name for name, column in entry.columns.items()}
    return pa.Table.from_pandas(rows[list(titles)], content_schema(entry), preserve_index=False), titles


def _copies(tables: SpreadTables, shown: Document) -> tuple[pa.Table, Mapping[str, str]]:
    entry = tables.library.catalog.table("reprints")
    rows = named(pd.concat([shown.copies, shown.linked]).astype({"kind": object}))
    columns = [name for name in entry.columns if name in rows and name != "reprint_id"]
    titles = COPIES | {name: entry.columns[name].name for name in columns}
    return pa.Table.from_pandas(rows[list(titles)], preserve_index=False), titles


def _missing(shown: Document) -> tuple[pa.Table, Mapping[str, str]]:
    rows = named(shown.missing)[list(MISSING)]
    return pa.Table.from_pandas(rows, preserve_index=False), MISSING


def named(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with codes by their Chinese names; several in a cell are apart by 、."""
    rows = rows.copy()
    for column, codes in CODED.items():
        if column in rows:
            names = code_list(codes).names
            rows[column] = (
                rows[column]
                .astype(object)
                .map(
                    lambda value, n=names: "、".join(
                        n.get(code, code) for code in str(value).split(",") if code
                    ),
                    na_action="ignore",
                )
            )
    return rows
