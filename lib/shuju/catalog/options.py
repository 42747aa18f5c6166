"""What each reader and each transform may be told: one typed model each."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel, model_validator

from shuju.catalog.expressions import check_expression
from shuju.catalog.selectors import xpath_of


def _encoding(name: str) -> str:
    try:
        codecs.lookup(name)
        "".encode(name)
    except (LookupError, ValueError):
        raise ValueError(f"没有名为 {name!r} 的编码；常用的有 utf-8、gb18030、big5、utf-16") from None
    return name


def _selector(text: str) -> str:
    xpath_of(text)
    return text


def _python_expression(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"正则表达式 {pattern!r} 有误（第 {(error.pos or 0) + 1} 个字符处）") from None
    return pattern


Encoding = Annotated[str, AfterValidator(_encoding)]
Selector = Annotated[str, AfterValidator(_selector)]
Expression = Annotated[str, AfterValidator(check_expression)]
PythonExpression = Annotated[str, AfterValidator(_python_expression)]
RowNumber = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(ge=0)]


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TableOptions(_Options):
    """How a table lies in its file.

    ``header``: the number of the row that holds the names, or the numbers of several rows whose names are joined;
    rows are counted after ``skip_rows``. ``footer``: how many rows at the end are no records, or a regular expression
    on the first cell of the row where they begin. ``fill_down``: columns whose empty cells mean what stands above them.
    """

    skip_rows: int = Field(0, ge=0)
    header: RowNumber | tuple[RowNumber, ...] = 1
    footer: Annotated[int, Field(ge=0)] | PythonExpression = 0
    fill_down: bool | tuple[str, ...] = ()


class CsvOptions(TableOptions):
    """Options of the reader ``csv``."""

    encoding: Encoding | None = None
    delimiter: str | None = Field(None, min_length=1, max_length=1)
    columns: tuple[str, ...] | None = None


class XlsxOptions(TableOptions):
    """Options of the reader ``xlsx``."""

    sheet: int | str = 0
    encoding: Encoding | None = None


class JsonOptions(_Options):
    """Options of the reader ``json``."""

    encoding: Encoding | None = None
    records: str | None = None
    explode: str | None = None


class ParquetOptions(_Options):
    """The reader ``parquet`` has no options."""


class PageOptions(_Options):
    """Options of the reader ``html``: where on a page its parts stand, if it does not tell by itself.

    ``compare``: lines that stand in most pages of a site at the same place are no part of its articles.
    """

    encoding: Encoding | None = None
    body: Selector | None = None
    title: Selector | None = None
    date: Selector | None = None
    compare: bool = False


class DocxOptions(_Options):
    """The reader ``docx`` has no options."""


class PdfOptions(_Options):
    """The reader ``pdf`` has no options."""


class SqlOptions(_Options):
    """Options of the reader ``sql``."""

    url: str
    query: str
    watermark: str | None = Field(None, pattern=r"^\w+$")
    name: str | None = None


class FeedOptions(_Options):
    """Options of the reader ``feed``."""

    url: str | None = None
    urls: tuple[str, ...] | None = None
    pause_seconds: Seconds = 1
    backoff_seconds: Seconds = 1

    @model_validator(mode="after")
    def _some_address(self) -> FeedOptions:
        if not self.url and not self.urls:
            raise ValueError("没有写明 url：请给出订阅源的网址")
        return self


class SitemapOptions(PageOptions):
    """Options of the reader ``sitemap``."""

    url: str
    only: PythonExpression = ""
    pause_seconds: Seconds = 1
    backoff_seconds: Seconds = 1
    limit: int | None = Field(None, ge=0)


READER_OPTIONS: Mapping[str, type[_Options]] = {
    "csv": CsvOptions,
    "docx": DocxOptions,
    "feed": FeedOptions,
    "html": PageOptions,
    "json": JsonOptions,
    "parquet": ParquetOptions,
    "pdf": PdfOptions,
    "sitemap": SitemapOptions,
    "sql": SqlOptions,
    "xlsx": XlsxOptions,
}


class NoArgument(RootModel[None]):
    """A transform that is told nothing."""


class Extract(RootModel[Expression]):
    """A regular expression, whose first group is taken."""


class Lookup(_Options):
    """A CSV file beside the source, its column to look in and its column to take."""

    file: str
    key: str
    value: str


class Values(RootModel[dict[str, str | int | float | bool | None]]):
    """Raw value → value."""


class Prefix(RootModel[str]):
    """The text to put before."""


class Slice(RootModel[tuple[int, int]]):
    """The first character, from 0, and the one behind the last."""


TRANSFORM_ARGUMENTS: Mapping[str, type[BaseModel]] = {
    "birth_year_of_id": NoArgument,
    "extract": Extract,
    "genre_of_column": NoArgument,
    "host": NoArgument,
    "html_text": NoArgument,
    "integer_text": NoArgument,
    "lookup": Lookup,
    "map": Values,
    "prefix": Prefix,
    "sex_of_id": NoArgument,
    "slice": Slice,
}
ReaderName = Literal["csv", "docx", "feed", "html", "json", "parquet", "pdf", "sitemap", "sql", "xlsx"]
TransformName = Literal[
    "birth_year_of_id", "extract", "genre_of_column", "host", "html_text", "integer_text", "lookup", "map", "prefix",
    "sex_of_id", "slice",
]  # fmt: skip


def options_of(reader: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a reader in their types, those that are given; a pydantic error where one is wrong."""
    return READER_OPTIONS[reader].model_validate(dict(options)).model_dump(exclude_unset=True)
