"""What types alone cannot tell of a source: its options, the arguments of its transforms, its constants."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ValidationError

from shuju.catalog.entries import Catalog, Column, FieldMapping, Input, Source, Table, did_you_mean
from shuju.catalog.options import READER_OPTIONS, TRANSFORM_ARGUMENTS
from shuju.standard import code_list
from shuju.standard.dates import parse_datetimes
from shuju.standard.region_names import read_region

Where = tuple[Any, ...]
_MESSAGES = {
    "missing": "缺少必需的项",
    "dict_type": "应是映射（名称: 值）",
    "model_type": "应是映射（名称: 值）",
    "mapping_type": "应是映射（名称: 值）",
    "model_attributes_type": "应是映射（名称: 值）",
    "tuple_type": "应是列表",
    "string_type": "应是文字",
    "int_type": "应是整数",
    "int_parsing": "应是整数",
    "int_from_float": "应是整数",
    "float_type": "应是数",
    "float_parsing": "应是数",
    "bool_type": "应是 true 或 false",
    "bool_parsing": "应是 true 或 false",
    "none_required": "不需要参数",
    "string_too_long": "只能是一个字符",
    "string_too_short": "不能为空",
    "string_pattern_mismatch": "写法不对",
    "too_short": "至少要有一项",
}
_BRANCHES = ("int", "str", "float", "bool", "constrained", "function-after", "tuple", "none")


def model_fault(error: Mapping[str, Any], known: Iterable[str] = ()) -> tuple[Where, str]:
    """Return where in the file an error of pydantic lies, and what it says in Chinese."""
    where = tuple(step for step in error["loc"] if step != "[key]")
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        message = did_you_mean("项", str(where[-1]), known) if known else "不认识的项"
    elif kind == "literal_error":
        message = f"只能取 {context.get('expected', '').replace(' or ', ' 或 ')}"
    elif kind in ("greater_than_equal", "greater_than"):
        message = f"不能小于 {context.get('ge', context.get('gt'))}"
    elif kind in ("too_long",) or (kind == "missing" and where and isinstance(where[-1], int)):
        return where[:-1] if kind == "missing" else where, "项数不对"
    else:
        message = _MESSAGES.get(kind) or str(error["msg"]).removeprefix("Value error, ")
    return where, f"{'.'.join(str(step) for step in where)}：{message}" if where else message


def known_entries(where: Where) -> tuple[str, ...]:
    """Return the entries that a catalog may have at the place of ``where``'s last step, none where any name is right."""
    if not where:
        return ()
    models = {
        1: Catalog,
        3: {"tables": Table, "sources": Source}.get(str(where[0])),
        5: {"columns": Column, "inputs": Input}.get(str(where[2])) if len(where) > 2 else None,
    }
    if "fields" in where:
        inside = where[where.index("fields") + 2 : -1]
        model = FieldMapping if all(step in ("else", "within") for step in inside) else None
    else:
        model = models.get(len(where))
    return tuple(info.alias or name for name, info in model.model_fields.items()) if model else ()


def source_faults(
    name: str, source: Source, tables: Mapping[str, Table], folder: Path
) -> Iterator[tuple[Where, str]]:
    """Yield what is wrong with a source, each with its path in the file; ``folder`` holds the catalog file."""
    for number, entry in enumerate(source.inputs):
        at = ("sources", name, "inputs", number)
        yield from _model_faults(READER_OPTIONS[entry.reader], dict(entry.options), (*at, "options"))
        if entry.hold and entry.reader in ("html", "sitemap", "docx", "pdf"):
            yield (*at, "hold"), "每个文件只有一页，不能逐个与以往比较；网页来源不能写 hold"
        if entry.table not in tables:
            yield (*at, "table"), did_you_mean("表", entry.table, tables)
            continue
        table = tables[entry.table]
        if table.derived:
            yield (*at, "table"), f"表 {entry.table!r} 是派生表，由 shuju build 生成，不能由来源填写"
            continue
        place = None if source.location is None else folder / Path(source.location).expanduser()
        yield from _input_faults(at, entry, table, tables.get(f"{entry.table}_private"), place)


def _input_faults(
    at: Where, entry: Input, table: Table, companion: Table | None, place: Path | None
) -> Iterator[tuple[Where, str]]:
    columns = (dict(companion.columns) if companion else {}) | dict(table.columns)
    for field, mapping in entry.fields.items():
        if field not in columns:
            yield (*at, "fields", field), did_you_mean("列", field, table.columns)
        else:
            yield from _mapping_faults((*at, "fields", field), mapping, columns[field], place)
    for word in ("carries", "lacks"):
        for field in getattr(entry, word):
            if field not in table.columns:
                yield (*at, word), did_you_mean("列", field, table.columns)
    if table.key not in entry.fields:
        yield (*at, "fields"), f"没有给出主键 {table.key!r}"


def _mapping_faults(
    at: Where, mapping: FieldMapping, column: Column, place: Path | None
) -> Iterator[tuple[Where, str]]:
    if mapping.const is not None and (said := _value_fault(mapping.const, column)):
        yield (*at, "const"), said
    for number, step in enumerate(mapping.transforms):
        name, argument = (step, None) if isinstance(step, str) else next(iter(step.items()))
        here = (*at, "as", number, *(() if isinstance(step, str) else (name,)))
        faults = list(_model_faults(TRANSFORM_ARGUMENTS[name], argument, here, f"转换 {name}"))
        yield from faults
        if faults:
            continue
        is_last = number == len(mapping.transforms) - 1
        if name == "map" and is_last and column.type == "code":
            for raw, value in argument.items():
                if value is not None and (said := _value_fault(value, column)):
                    yield (*here, raw), said
        if name == "lookup" and place is not None and place.exists():
            yield from _lookup_faults(here, argument, place)
    if mapping.within is not None and column.codes != "regions":
        yield (*at, "within"), "within 只用于行政区划（codes: regions）"
    for word, inner in (("else", mapping.otherwise), ("within", mapping.within)):
        if inner is not None:
            yield from _mapping_faults((*at, word), inner, column, place)


def _model_faults(
    model: type[BaseModel], value: Any, at: Where, what: str = ""
) -> Iterator[tuple[Where, str]]:
    try:
        model.model_validate(value)
    except ValidationError as error:
        told = set()
        for one in sorted(error.errors(), key=lambda e: e["type"].endswith(("_type", "_parsing"))):
            # Of a choice of types each is told of; the first says enough.
            inner = tuple(
                s for s in one["loc"] if not str(s).startswith(_BRANCHES) or s in model.model_fields
            )
            where, said = model_fault({**one, "loc": inner}, model.model_fields)
            if (key := where[:1]) not in told:
                told.add(key)
                yield (*at, *where), f"{what}{'：' if what else ''}{said}"


def _value_fault(value: Any, column: Column) -> str | None:
    """Return what is wrong with a constant of a column, None if nothing is."""
    text = ("true" if value else "false") if isinstance(value, bool) else str(value).strip()
    if column.type == "code":
        listed = code_list(str(column.codes))
        if text in listed.code_of or (column.codes == "regions" and read_region(text) is not None):
            return None
        return f"{column.name}：" + did_you_mean(
            f"代码（{column.codes}）", text, [*listed.names, *listed.names.values()][:40]
        )
    if column.type in ("date", "datetime"):
        _, why = parse_datetimes(pa.array([text], pa.string()))
        return f"{column.name}：{text!r} 不是能识别的日期" if why[0] else None
    if column.type == "bool":
        return (
            None
            if text.lower() in ("true", "false", "0", "1", "是", "否", "有", "无")
            else f"{column.name}应为是或否"
        )
    if column.type.startswith(("int", "float")):
        if not re.fullmatch(r"[+-]?\d{1,15}(\.\d+)?", text):
            return f"{column.name}：{text!r} 不是数"
        if column.type.startswith("int"):
            info = np.iinfo(column.type)
            if float(text) != int(float(text)) or not info.min <= float(text) <= info.max:
                return f"{column.name}：{text!r} 不是 {info.min} 至 {info.max} 的整数"
    return None


def _lookup_faults(at: Where, argument: Mapping[str, str], place: Path) -> Iterator[tuple[Where, str]]:
    path = (place if place.is_dir() else place.parent) / argument["file"]
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            names = next(csv.reader(file), [])
    except (OSError, UnicodeDecodeError):
        yield (*at, "file"), f"{path}：对照表不存在，或不是 UTF-8 编码"
        return
    for role in ("key", "value"):
        if argument[role] not in names:
            yield (*at, role), did_you_mean("列", argument[role], names)
