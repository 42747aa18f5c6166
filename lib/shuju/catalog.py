"""The catalog: ``data_catalog.yaml`` read into strict, typed entries.

A table says what the library holds, a source says where raw data comes from and how its
fields become the table's. Whatever is wrong is reported with its file and line.

Long, since an entry's fields, their checks and their messages are read side by side.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from shuju.standard import code_lists

ColumnType = Literal[
    "string", "text", "code", "int16", "int32", "int64", "float64", "bool", "date", "datetime"
]
# What may be done to a raw field on its way; shuju.library.transforms says how.
TransformName = Literal[
    "birth_year_of_id",
    "extract",
    "genre_of_column",
    "host",
    "html_text",
    "integer_text",
    "lookup",
    "map",
    "prefix",
    "sex_of_id",
    "slice",
]
ReaderName = Literal["csv", "json", "xlsx", "parquet", "html", "sql", "feed", "sitemap"]


class CatalogError(ValueError):
    """The catalog breaks its own rules; the message has one line a fault, with file and line number."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Column(_Entry):
    """One column of a table: what it holds, in which unit, under which Chinese name."""

    type: ColumnType
    name: str
    meaning: str
    unit: str | None = None
    codes: str | None = None
    required: bool = False
    max_length: int | None = Field(None, gt=0)
    personal: bool = False
    refers_to: str | None = None

    @model_validator(mode="after")
    def _code_columns_name_their_list(self) -> Column:
        if (self.type == "code") != (self.codes is not None):
            raise ValueError("type: code 与 codes: 代码表 必须同时出现")
        if self.codes is not None and self.codes not in code_lists():
            raise ValueError(f"没有代码表 {self.codes!r}；现有：{'、'.join(code_lists())}")
        return self


class Table(_Entry):
    """One table: its key, its columns, the column that is its time, how its files are partitioned.

    A ``derived`` table is made by an analysis (``shuju build``); no source may fill it.
    """

    title: str
    meaning: str
    key: str
    columns: Mapping[str, Column]
    time: str | None = None
    partition_by: tuple[str, ...] = ()
    private: bool = False
    derived: bool = False
    warnings: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _named_columns_exist(self) -> Table:
        for role, column in (
            ("key", self.key),
            ("time", self.time),
            *(("partition_by", c) for c in self.partition_by),
        ):
            if column is not None and column not in self.columns:
                raise ValueError(f"{role}: {column!r} 不是本表的列")
        if not self.columns[self.key].required:
            raise ValueError(f"主键 {self.key!r} 必须 required: true")
        return self


class FieldMapping(_Entry):
    """How one standard field is made: from raw fields or a constant.

    Of several raw fields the first that is not empty counts, unless ``join`` says what to put
    between them. Where the value is empty, ``else`` is tried. ``invalid`` says what becomes of a row
    whose value cannot be read: it is quarantined, or the field is left empty and flagged.
    """

    source: tuple[str, ...] = Field((), alias="from")
    transforms: tuple[str | Mapping[str, Any], ...] = Field((), alias="as")
    const: str | int | float | bool | None = None
    join: str | None = None
    otherwise: FieldMapping | None = Field(None, alias="else")
    invalid: Literal["quarantine", "empty"] = "quarantine"

    @field_validator("source", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _from_or_const(self) -> FieldMapping:
        if bool(self.source) == (self.const is not None):
            raise ValueError("from 与 const 须有其一，且只有其一")
        for transform in self.transforms:
            if not isinstance(transform, str) and len(transform) != 1:
                raise ValueError(f"转换 {transform!r} 应写成 名称 或 {{名称: 参数}}")
            name = transform if isinstance(transform, str) else next(iter(transform))
            if name not in get_args(TransformName):
                raise ValueError(did_you_mean("转换", name, get_args(TransformName)))
        return self


class Input(_Entry):
    """One kind of raw file, query or feed of a source, and the table that its rows go to.

    It carries the fields that it maps. ``carries`` and ``lacks`` correct this where the mapping cannot tell: a
    field that arrives another way, a mapped one that the system never fills. What an input does not carry is
    unknown in its rows.
    """

    table: str
    reader: ReaderName
    files: str | None = None
    options: Mapping[str, Any] = Field(default_factory=dict)
    fields: Mapping[str, FieldMapping]
    carries: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()

    @field_validator("fields", mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {k: {"from": v} if isinstance(v, str) else v for k, v in value.items()}
        return value

    @property
    def carried(self) -> frozenset[str]:
        """The standard fields that the rows of this input can have a value of."""
        return (frozenset(self.fields) - frozenset(self.lacks)) | frozenset(self.carries)


class Source(_Entry):
    """Where raw data comes from: its licence, how often it is renewed, and its inputs in order."""

    title: str
    licence: str
    refresh: Literal["once", "hourly", "daily", "weekly", "monthly", "continuous"]
    inputs: tuple[Input, ...] = Field(min_length=1)
    location: str | None = None
    synthetic: bool = False
    notes: str | None = None


class Catalog(_Entry):
    """All sources and all tables."""

    version: Literal[1]
    tables: Mapping[str, Table] = Field(default_factory=dict)
    sources: Mapping[str, Source] = Field(default_factory=dict)

    def table(self, name: str) -> Table:
        """Return the table ``name``; a ``KeyError`` suggests the nearest name."""
        return _look_up(self.tables, name, "表")

    def source(self, name: str) -> Source:
        """Return the source ``name``; a ``KeyError`` suggests the nearest name."""
        return _look_up(self.sources, name, "来源")


def _look_up(entries: Mapping[str, Any], name: str, kind: str) -> Any:
    if name in entries:
        return entries[name]
    raise KeyError(did_you_mean(kind, name, entries))


def did_you_mean(kind: str, name: str, known: Iterable[str]) -> str:
    """Return a Chinese message that ``name`` is unknown, with the nearest of ``known``."""
    from difflib import get_close_matches

    known = list(known)
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"，是否想用 {near[0]!r}？" if near else "。"
    return f"没有名为 {name!r} 的{kind}{hint}现有：{'、'.join(known) or '（无）'}"


@dataclass(frozen=True)
class _Document:
    """A YAML file as plain data, which also knows the line of each entry."""

    path: Path
    node: Any

    @cached_property
    def data(self) -> Any:
        return _plain(self.node)

    def line(self, where: Iterable[Any]) -> int:
        """Return the 1-based line of the deepest entry on the path ``where`` that the file has."""
        node, line = self.node, 1
        for step in where:
            try:
                mark = node.lc.key(step) if isinstance(node, Mapping) else node.lc.item(step)
                line, node = mark[0] + 1, node[step]
            except (KeyError, IndexError, TypeError, AttributeError):
                break
        return line


def _plain(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {str(k): _plain(v) for k, v in node.items()}
    if isinstance(node, list):
        return [_plain(v) for v in node]
    return node


def _parse(path: Path) -> _Document:
    try:
        return _parse_text(path, path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CatalogError(f"{path}：没有这个目录文件") from None
    except UnicodeDecodeError as error:
        raise CatalogError(f"{path}：应为 UTF-8 编码（第 {error.start} 字节处不是）") from None


@lru_cache(maxsize=32)
def _parse_text(path: Path, text: str) -> _Document:
    # Kept by content: a server opens the library for every session, and YAML takes a third of a second.
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    try:
        return _Document(path, YAML(typ="rt").load(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        raise CatalogError(f"{path}:{line}：YAML 写法有误：{error.problem}") from None
    except ValueError as error:
        raise CatalogError(f"{path}：有一个值像日期或数却不是（{error}）；请给它加上引号") from None


def default_path() -> Path:
    """Return the shipped catalog: beside the package when installed, else at the root of the checkout."""
    packaged = Path(__file__).with_name("data_catalog.yaml")
    return packaged if packaged.exists() else Path(__file__).parents[2] / "data_catalog.yaml"


def read(*more: Path) -> Catalog:
    """Return the shipped catalog together with those of ``SHUJU_CATALOG`` and ``more``.

    Later files add tables and sources; to name one that is already there is an error.
    ``SHUJU_CATALOG`` holds paths apart by ``os.pathsep``.

    Raises:
        CatalogError: one line a fault, each with its file and line.
    """
    extra = [Path(p) for p in os.environ.get("SHUJU_CATALOG", "").split(os.pathsep) if p]
    documents = [_parse(path) for path in (default_path(), *extra, *more)]
    faults: list[str] = []
    tables: dict[str, Table] = {}
    sources: dict[str, Source] = {}
    line_of: dict[tuple[str, str], tuple[_Document, int]] = {}
    for document in documents:
        try:
            part = Catalog.model_validate(document.data)
        except ValidationError as error:
            # A list all of whose entries are at fault is also told to be empty: that says nothing more.
            told = (e for e in error.errors() if e["type"] != "too_short" or not e["input"])
            faults += [_fault(document, e) for e in told]
            continue
        for kind, entries, all_entries in (
            ("tables", part.tables, tables),
            ("sources", part.sources, sources),
        ):
            for name, entry in entries.items():
                if name in all_entries:
                    first, line = line_of[kind, name]
                    here = f"{document.path}:{document.line((kind, name))}"
                    faults.append(f"{here}：{name!r} 已在 {first.path}:{line} 写过")
                all_entries[name] = entry
                line_of[kind, name] = (document, document.line((kind, name)))
    if not faults:
        faults = [
            f"{line_of['sources', name][0].path}:{line_of['sources', name][0].line(where)}：{message}"
            for name, source in sources.items()
            for where, message in _source_faults(name, source, tables)
        ]
    if faults:
        raise CatalogError("\n".join(faults))
    return Catalog(version=1, tables=tables, sources=sources)


def source_names(path: Path) -> list[str]:
    """Return the names of the sources that a catalog file describes."""
    return list((_parse(path).data or {}).get("sources") or {})


def _fault(document: _Document, error: Mapping[str, Any]) -> str:
    where = [step for step in error["loc"] if step != "[key]"]
    messages = {
        "extra_forbidden": "不认识的项",
        "missing": "缺少必需的项",
        "literal_error": f"只能取 {error.get('ctx', {}).get('expected', '')}",
    }
    message = messages.get(error["type"], str(error["msg"]).removeprefix("Value error, "))
    return f"{document.path}:{document.line(where)}：{'.'.join(str(s) for s in where)}：{message}"


def _source_faults(
    name: str, source: Source, tables: Mapping[str, Table]
) -> Iterable[tuple[tuple[Any, ...], str]]:
    for number, entry in enumerate(source.inputs):
        at = ("sources", name, "inputs", number)
        if entry.table not in tables:
            yield (*at, "table"), did_you_mean("表", entry.table, tables)
            continue
        table = tables[entry.table]
        if table.derived:
            yield (*at, "table"), f"表 {entry.table!r} 是派生表，由 shuju build 生成，不能由来源填写"
            continue
        companion = tables.get(f"{entry.table}_private")
        for field in entry.fields:
            if field not in table.columns and (companion is None or field not in companion.columns):
                yield (*at, "fields", field), did_you_mean("列", field, table.columns)
        for word in ("carries", "lacks"):
            for field in getattr(entry, word):
                if field not in table.columns:
                    yield (*at, word), did_you_mean("列", field, table.columns)
        if table.key not in entry.fields:
            yield (*at, "fields"), f"没有给出主键 {table.key!r}"
