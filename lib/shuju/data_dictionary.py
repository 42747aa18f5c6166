"""The data dictionary (docs/data-dictionary.md), generated from the catalog."""

from __future__ import annotations

from pathlib import Path

from shuju.catalog import Catalog, Column
from shuju.library.schema import INTERNAL, PROVENANCE
from shuju.standard import code_list

HEADER = """# 数据字典 · Data dictionary

由 `shuju check --write-docs` 从 `data_catalog.yaml` 生成，请勿手改。
Generated from `data_catalog.yaml`; do not edit.
"""


def dictionary_path() -> Path:
    """Return where the generated dictionary lies in the checkout."""
    return Path(__file__).parents[2] / "docs" / "data-dictionary.md"


def render(catalog: Catalog) -> str:
    """Return the dictionary of all tables, code lists and sources as Markdown."""
    parts = [HEADER]
    for name, table in catalog.tables.items():
        parts.append(
            f"\n## {table.title} `{name}`\n\n{table.meaning}\n\n{'派生表，' if table.derived else ''}主键 `{table.key}`"
        )
        if table.time:
            parts.append(f"，时间 `{table.time}`")
        if table.partition_by:
            parts.append("，分区 " + "、".join(f"`{c}`" for c in table.partition_by))
        parts.append("。\n")
        parts += [f"\n> ⚠ {warning}\n" for warning in table.warnings]
        parts.append("\n| 字段 | 中文名 | 类型 | 必填 | 含义 |\n|---|---|---|---|---|\n")
        parts += [_row(field, column) for field, column in table.columns.items()]
    parts.append(
        "\n## 每张表都有的来历字段\n\n| 字段 | 中文名 | 类型 | 必填 | 含义 |\n|---|---|---|---|---|\n"
    )
    parts += [_row(field, column) for field, column in PROVENANCE.items() if field not in INTERNAL]
    used = sorted({c.codes for t in catalog.tables.values() for c in t.columns.values() if c.codes})
    parts.append("\n## 代码表\n\n| 代码表 | 个数 | 代码与名称 |\n|---|---|---|\n")
    for name in used:
        names = code_list(name).names
        shown = "、".join(f"`{k}` {v}" for k, v in list(names.items())[:16])
        parts.append(f"| `{name}` | {len(names)} | {shown}{'…' if len(names) > 16 else ''} |\n")
    parts.append("\n## 来源\n\n| 来源 | 标题 | 更新 | 许可 |\n|---|---|---|---|\n")
    for name, source in catalog.sources.items():
        parts.append(f"| `{name}` | {source.title} | {source.refresh} | {source.licence} |\n")
    return "".join(parts)


def _row(field: str, column: Column) -> str:
    kind = column.type if column.codes is None else f"代码 `{column.codes}`"
    if column.unit:
        kind += f"（{column.unit}）"
    meaning = column.meaning + ("；加密存放" if column.sealed else "")
    return f"| `{field}` | {column.name} | {kind} | {'是' if column.required else ''} | {meaning} |\n"
