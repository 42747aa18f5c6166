"""The entries of a catalog: tables and their columns, sources and their inputs, the mapping of each field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from shuju.catalog.options import ReaderName, TransformName, options_of
from shuju.standard import code_lists

ColumnType = Literal[
    "string", "text", "code", "int16", "int32", "int64", "float64", "bool", "date", "datetime"
]

MOST_LISTED = 30  # names that a message lists; of more it tells the nearest
N_NEAREST = 3
LONGEST_NAME = 60  # of what was asked for; a whole text given by mistake is not told back


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Column(_Entry):
    """One column of a table: what it holds, in which unit, under which Chinese name; ``sealed``: encrypted where it is stored."""

    type: ColumnType
    name: str
    meaning: str
    unit: str | None = None
    codes: str | None = None
    required: bool = False
    max_length: int | None = Field(None, gt=0)
    personal: bool = False
    sealed: bool = False
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
        if self.private and not self.sealed:
            raise ValueError("private: true 的表须有加密存放的列（sealed: true）")
        for name in self.sealed:
            column = self.columns[name]
            if column.type not in ("string", "text") or name in (self.key, self.time, *self.partition_by):
                raise ValueError(f"sealed: 只用于文字列，且不是主键、时间、分区：{name!r}")
        return self

    @property
    def sealed(self) -> tuple[str, ...]:
        """The columns that are encrypted where they are stored."""
        return tuple(name for name, column in self.columns.items() if column.sealed)


class FieldMapping(_Entry):
    """How one standard field is made: from raw fields or a constant.

    Of several raw fields the first that is not empty counts, unless ``join`` says what to put
    between them. Where the value is empty, ``else`` is tried. ``invalid`` says what becomes of a row
    whose value cannot be read: it is quarantined, or the field is left empty and flagged. A file without any of the raw
    fields is refused, unless the field is ``optional``. A region that lies in another prefecture than that which ``within``
    gives is not taken, but that one.
    """

    source: tuple[str, ...] = Field((), alias="from")
    transforms: tuple[str | Mapping[str, Any], ...] = Field((), alias="as")
    const: str | int | float | bool | None = None
    join: str | None = None
    otherwise: FieldMapping | None = Field(None, alias="else")
    within: FieldMapping | None = None
    invalid: Literal["quarantine", "empty"] = "quarantine"
    optional: bool = False

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
    unknown in its rows. ``hold``: a file that differs from its predecessors is held back, not taken in.
    """

    table: str
    reader: ReaderName
    files: str | None = None
    options: Mapping[str, Any] = Field(default_factory=dict)
    fields: Mapping[str, FieldMapping]
    carries: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    hold: bool = False

    @field_validator("fields", mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {k: {"from": v} if isinstance(v, str) else v for k, v in value.items()}
        return value

    @property
    def reader_options(self) -> dict[str, Any]:
        """The options of the reader in their types, those that are given."""
        return options_of(self.reader, self.options)

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
    """All sources and all tables, and the province: the code or the folder of its data pack."""

    version: Literal[1]
    province: str | None = None
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


def did_you_mean(kind: str, name: object, known: Iterable[str]) -> str:
    """Return a Chinese message that ``name`` is unknown, with the nearest of ``known``; all of them where they are few."""
    from difflib import get_close_matches

    known, name = list(known), _short(name)
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"，是否想用 {near[0]!r}？" if near else "。"
    if len(known) <= MOST_LISTED:
        return f"没有名为 {name!r} 的{kind}{hint}现有：{'、'.join(known) or '（无）'}"
    nearest = get_close_matches(name, known, n=N_NEAREST, cutoff=0.0)
    return f"没有名为 {name!r} 的{kind}{hint}最接近的：{'、'.join(nearest)}（共 {len(known):,} 个）"


def _short(name: object) -> str:
    text = str(name)
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}…"
