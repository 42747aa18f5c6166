"""One record (信息详情): its text, where it came from, its revisions, its line in the ledger.

Records are hostile input: every value is escaped, and only http and https addresses become links.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

import pandas as pd

from shuju.catalog import Column
from shuju.library import Library
from shuju.library.schema import PROVENANCE
from shuju.standard import code_list
from shuju.views import theme
from shuju.views.filters import label_name
from shuju.views.formats import moment

STYLE = (
    theme.STYLE
    + f"""
.record {{ max-width: 860px; margin: 0 auto; }}
.record h2 {{ font-size: 22px; line-height: 1.4; margin: 4px 0 6px; overflow-wrap: anywhere; }}
.record .text {{ white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.8; font-size: 15.5px; }}
.record .card {{ margin-bottom: 14px; }}
.record dl {{ display: grid; grid-template-columns: 8em minmax(0, 1fr); gap: 4px 12px; margin: 0; font-size: 14px; }}
.record dt {{ color: {theme.MUTED}; }} .record dd {{ margin: 0; overflow-wrap: anywhere; }}
.record summary {{ cursor: pointer; min-height: 40px; line-height: 40px; }}
.scroll {{ overflow-x: auto; white-space: nowrap; }}
"""
)
FIELDS = ("record_id", "document_number", "column_name", "content_source", "author", "keywords", "topic_1")
LEDGER = {
    "path": "文件",
    "run_id": "入库批次",
    "state": "状态",
    "n_read": "读入",
    "n_stored": "入库",
    "n_revised": "修订",
    "n_merged": "合并",
    "n_quarantined": "隔离",
    "noted_at": "记录时间",
}
STATES = {"complete": "完成", "failed": "失败", "retried": "隔离重试"}


def record_html(library: Library, record_id: str) -> str:
    """Return one record as HTML, or a message if there is no such record. O(log n), and the ledger."""
    if not record_id:
        return _message("链接中没有记录编号", "请从列表中点击一条信息，或在地址后写 ?id=记录编号。")
    revisions = library.revisions("records", record_id)
    if not revisions:
        return _message(
            "没有这条信息", f"资源库中没有编号为“{escape(record_id[:200])}”的信息；可能编号有误。"
        )
    record = revisions[-1]
    return (
        f'<article class="record">{_text(library, record)}'
        f"{origin_html(library, 'records', record, FIELDS)}{revisions_html(revisions)}</article>"
    )


def _text(library: Library, record: Mapping[str, Any]) -> str:
    source = library.catalog.sources.get(record["source"])
    badge = ' <span class="demo">演示数据</span>' if source is not None and source.synthetic else ""
    sites = library.sites_frame().set_index("site_id")["name"]
    site = sites.get(record["site_id"], record["site_id"])
    place = label_name("region", record["region_code"]) if record["region_code"] else "—"
    line = "　".join((site, place, label_name("genre", record["genre"]), moment(record["published_at"])))
    body = escape(record["body"] or "") or '<span class="muted">（没有正文）</span>'
    return (
        f'<div class="card"><h2>{escape(record["title"])}</h2><p class="muted">{escape(line)}{badge}</p>'
        f'<div class="text">{body}</div><p>{_link(record["url"])}　{_spread_link(record["record_id"])}</p></div>'
    )


def _spread_link(record_id: str) -> str:
    return f'<a href="spread?origin={quote(record_id, safe="")}">谁转载了它</a>'


def _link(url: str | None) -> str:
    if not url:
        return ""
    if url.lower().startswith(("http://", "https://")):
        return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer nofollow">查看原网页 ↗</a>'
    return f'<span class="muted">原网址：{escape(url)}</span>'


def origin_html(library: Library, table: str, record: Mapping[str, Any], fields: Sequence[str]) -> str:
    """Return where a row of ``table`` came from: some of its fields, source, file, row, and the file's ledger."""
    columns = dict(library.catalog.table(table).columns) | PROVENANCE
    lines = library.ledger.frame()
    lines = lines[(lines["file_id"] == record["file_id"]) & (lines["run_id"] == record["run_id"])]
    path = lines["path"].iloc[-1] if len(lines) else "（台账中没有此文件）"
    source = library.catalog.sources.get(record["source"])
    shown = {columns[name].name: _named(columns[name], record[name]) for name in fields if record[name]} | {
        "来源系统": f"{source.title}（{record['source']}）" if source is not None else record["source"],
        "来源文件": path,
        "行号": record["row_number"],
        "入库批次": record["run_id"],
        "入库时间": moment(record["ingested_at"]),
        "质量标记": record["quality_flags"] or "无",
    }
    pairs = "".join(f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in shown.items())
    return f'<div class="card"><h3>来源</h3><dl>{pairs}</dl></div>{_ledger(lines)}'


def _named(column: Column, value: Any) -> Any:
    return code_list(column.codes).names.get(value, value) if column.codes else value


def _ledger(lines: pd.DataFrame) -> str:
    lines = lines[lines["state"] != "planned"]
    if lines.empty:
        return ""
    lines = lines[list(LEDGER)].assign(
        state=lines["state"].map(STATES).fillna(lines["state"]), noted_at=lines["noted_at"].map(moment)
    )
    heads = "".join(f"<th>{name}</th>" for name in LEDGER.values())
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(_cell(value))}</td>' for value in row)}</tr>"
        for row in lines.itertuples(index=False)
    )
    return (
        f'<div class="card"><h3>台账</h3><div class="muted">来源文件在这一批次中每一行的去向；读入等于各去向之和。</div>'
        f'<div class="scroll"><table class="plain"><tr>{heads}</tr>{rows}</table></div></div>'
    )


def _cell(value: Any) -> str:
    if pd.isna(value):
        return "—"
    return f"{value:,.0f}" if isinstance(value, int | float) else str(value)


def revisions_html(revisions: list[dict[str, Any]]) -> str:
    """Return the revisions of a row, each with its title and text."""
    if len(revisions) == 1:
        return '<div class="card"><h3>修订</h3><div class="muted">初次入库后没有修订。</div></div>'
    items = "".join(
        f"<details><summary>第 {r['revision']} 版　{moment(r['ingested_at'])} 入库"
        f"{'（现行）' if r is revisions[-1] else ''}</summary><h4>{escape(r['title'])}</h4>"
        f'<div class="text">{escape(r["body"] or "")}</div></details>'
        for r in reversed(revisions)
    )
    return f'<div class="card"><h3>修订（共 {len(revisions)} 版）</h3>{items}</div>'


def _message(title: str, text: str) -> str:
    return (
        f'<div class="card" role="alert"><h3>{title}</h3><p>{text}</p>'
        f'<p><a href="panorama">返回资源全景</a></p></div>'
    )
