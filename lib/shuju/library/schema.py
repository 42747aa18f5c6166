"""Arrow schemas of the library's tables: the catalog's columns, then where each row came from."""

from __future__ import annotations

import pyarrow as pa

from shuju.catalog import Column, Table

ARROW_TYPES = {
    "string": pa.string(),
    "text": pa.string(),
    "code": pa.string(),
    "int16": pa.int16(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us"),
}

# Every row of every table also says where it came from and which revision it is.
PROVENANCE = {
    "source": Column(type="string", name="来源系统", meaning="目录中的来源名"),
    "file_id": Column(type="string", name="来源文件编号", meaning="台账中的文件"),
    "row_number": Column(type="int64", name="行号", meaning="在来源文件中的行号，从 1 起"),
    "run_id": Column(type="string", name="入库批次", meaning="哪一次入库"),
    "ingested_at": Column(type="datetime", name="入库时间", meaning="北京时间"),
    "revision": Column(
        type="int32", name="修订号", meaning="1 为初次入库；同一主键内容改变则加 1，最大者为现行"
    ),
    "quality_flags": Column(type="string", name="质量标记", meaning="留空的不可读字段，逗号分隔；无则为空"),
    "key_hash": Column(type="int64", name="主键散列", meaning="内部使用"),
    "content_hash": Column(type="int64", name="内容散列", meaning="内部使用"),
}
INTERNAL = ("key_hash", "content_hash")


def content_schema(table: Table) -> pa.Schema:
    """Return the schema of the catalog's own columns."""
    return pa.schema([(name, ARROW_TYPES[column.type]) for name, column in table.columns.items()])


def storage_schema(table: Table) -> pa.Schema:
    """Return the schema as stored: the catalog's columns and the provenance."""
    extra = [(name, ARROW_TYPES[column.type]) for name, column in PROVENANCE.items()]
    return pa.schema([*content_schema(table), *[pa.field(*e) for e in extra]])
