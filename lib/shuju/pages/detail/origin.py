"""Where a row came from: some of its fields, source, file, row, and the file's ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.library.schema import PROVENANCE
from shuju.standard import code_list
from shuju.ui.templates import moment

LEDGER = {
    "path": "文件", "run_id": "入库批次", "state": "状态", "n_read": "读入", "n_stored": "入库", "n_revised": "修订",
    "n_merged": "合并", "n_quarantined": "隔离", "noted_at": "记录时间",
}  # fmt: skip
STATES = {"complete": "完成", "failed": "失败", "retried": "隔离重试"}


def origin(library: Library, table: str, row: Mapping[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    """Return ``fields`` (name → value) of a row of ``table`` and where it is from, and ``ledger``, the lines of its file."""
    columns = dict(library.catalog.table(table).columns) | PROVENANCE
    lines = library.ledger.frame()
    lines = lines[(lines["file_id"] == row["file_id"]) & (lines["run_id"] == row["run_id"])]
    source = library.catalog.sources.get(row["source"])

    def named(name: str) -> Any:
        codes = columns[name].codes
        return code_list(codes).names.get(row[name], row[name]) if codes else row[name]

    told = {columns[name].name: named(name) for name in fields if row[name]} | {
        "来源系统": f"{source.title}（{row['source']}）" if source is not None else row["source"],
        "来源文件": lines["path"].iloc[-1] if len(lines) else "（台账中没有此文件）",
        "行号": row["row_number"],
        "入库批次": row["run_id"],
        "入库时间": moment(row["ingested_at"]),
        "质量标记": row["quality_flags"] or "无",
    }
    lines = lines[lines["state"] != "planned"][list(LEDGER)]
    lines = lines.assign(
        state=lines["state"].map(STATES).fillna(lines["state"]), noted_at=lines["noted_at"].map(moment)
    )
    is_synthetic = source is not None and source.synthetic
    return {"fields": told, "ledger": lines, "heads": LEDGER, "is_synthetic": is_synthetic}
