"""The downloads of spread: documents under the filters; of one document its copies, who lacks it, its briefing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from shuju.facts import FactsError
from shuju.facts.selection import Selection
from shuju.pages.document.briefing import TITLE, write_spread_briefing
from shuju.spread.one_document import Document, document_data
from shuju.standard import code_list
from shuju.ui.exports import Briefing, Query, frame_of, register

CODED = {
    "genre": "genres", "region_code": "regions", "library": "libraries", "shape": "spread_shapes", "kind": "reprint_kinds",
    "evidence": "spread_evidence", "flags": "spread_flags", "level": "levels",
}  # fmt: skip
COPIES = {"site": "转载网站名称", "place": "所在地区"}
MISSING = {
    "site_id": "网站标识码", "name": "网站名称", "level": "层级", "place": "所在地区", "region_code": "行政区划",
    "clause": "应转条款", "why": "为何应转", "waited_hours": "已等（小时）", "stopped_at": "停在（网站标识码）", "stopped_name": "停在",
}  # fmt: skip
ID = ("id",)
NOT_IN_MEMORY = ("reprint_id", "library", "spans")  # of reprints: not kept for all documents


def named(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with codes by their Chinese names; several in a cell are apart by 、."""

    def told(column: str, names: Mapping[str, str]) -> pd.Series:
        def name(value: object) -> str:
            return "、".join(names.get(code, code) for code in str(value).split(",") if code)

        return rows[column].astype(object).map(name, na_action="ignore")

    coded = {column: codes for column, codes in CODED.items() if column in rows}
    return rows.assign(**{column: told(column, code_list(codes).names) for column, codes in coded.items()})


def _asked(selection: Selection, query: Query) -> Document:
    """Return the document that the query names.

    Raises:
        FactsError: it names none, or one that the library does not have.
    """
    shown = document_data(selection, query["id"]) if query.get("id") else None
    if shown is None or not shown.is_known:
        raise FactsError(f"没有编号为“{query.get('id', '')[:100]}”的文件")
    return shown


def _about(selection: Selection, query: Query) -> str:
    row = _asked(selection, query).row
    return f"文件：{row['title']}（{row['origin_id']}）"


def _documents(selection: Selection, query: Query) -> pd.DataFrame:  # noqa: ARG001
    return named(selection.rows(selection.n_all))


def _document_titles(selection: Selection) -> dict[str, str]:
    return {n: column.name for n, column in selection.resources.catalog.table("cascades").columns.items()}


def _copies(selection: Selection, query: Query) -> pd.DataFrame:
    shown = _asked(selection, query)
    return named(pd.concat([shown.copies, shown.linked]).astype({"kind": object}))


def _copy_titles(selection: Selection) -> dict[str, str]:
    columns = selection.resources.catalog.table("reprints").columns
    return COPIES | {n: column.name for n, column in columns.items() if n not in NOT_IN_MEMORY}


def _missing(selection: Selection, query: Query) -> pd.DataFrame:
    return named(_asked(selection, query).missing)


def _briefing(selection: Selection, query: Query, path: Path, as_of: dt.datetime) -> None:
    shown = _asked(selection, query)
    write_spread_briefing(shown, path, as_of, selection.as_of, is_synthetic=selection.is_synthetic)


register(
    frame_of("spread", "传播情况", "cascades", _documents, _document_titles),
    frame_of("spread-copies", "转载清单", "cascades", _copies, _copy_titles, _about, ID),
    frame_of("spread-missing", "未到达名单", "cascades", _missing, lambda _: MISSING, _about, ID),
    Briefing("spread-briefing", TITLE, "cascades", _briefing, ID),
)
