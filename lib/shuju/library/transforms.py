"""Named transforms of raw fields, as the catalog calls them: a column of strings in, one out.

A transform takes the column, its argument from the catalog (None if it has none) and the source's
location. What it cannot make sense of becomes null.
"""

from __future__ import annotations

import csv
import html
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuju.catalog.expressions import with_one_named_group
from shuju.library.errors import SourceError
from shuju.text import personal

Transform = Callable[[pa.Array, Any, Path], pa.Array]


def apply(column: pa.Array, steps: tuple[Any, ...], location: Path) -> pa.Array:
    """Return ``column`` after the transforms ``steps`` in order."""
    for step in steps:
        name, argument = (step, None) if isinstance(step, str) else next(iter(step.items()))
        column = TRANSFORMS[name](column, argument, location)
    return column


def integer_text(column: pa.Array, argument: Any, location: Path) -> pa.Array:
    """``39960.0`` → ``39960``: a number that a spreadsheet made of a code."""
    return pc.replace_substring_regex(column, r"\.0+$", "")


def extract(column: pa.Array, pattern: str, location: Path) -> pa.Array:
    """Return the first match's group 1 of a regular expression (RE2), or the whole match."""
    return pc.struct_field(pc.extract_regex(column, with_one_named_group(pattern)), "found")


def lookup(column: pa.Array, argument: dict[str, str], location: Path) -> pa.Array:
    """Return what a CSV file beside the source says of each value: ``{file, key, value}``."""
    folder = location if location.is_dir() else location.parent
    keys, values = _lookup_table(folder / argument["file"], argument["key"], argument["value"])
    return values.take(pc.index_in(column, keys))


@lru_cache(maxsize=32)
def _lookup_table(path: Path, key: str, value: str) -> tuple[pa.Array, pa.Array]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = {row[key]: row[value] for row in csv.DictReader(file)}
    except FileNotFoundError:
        raise SourceError(f"{path}：对照表不存在；请检查目录中 lookup.file") from None
    except KeyError as error:
        raise SourceError(f"{path}：对照表没有 {error} 列；请检查目录中 lookup 的 key 与 value") from None
    return pa.array(list(rows), pa.string()), pa.array(list(rows.values()), pa.string())


def replace_values(column: pa.Array, argument: dict[str, Any], location: Path) -> pa.Array:
    """Return the catalog's own translation of each value; what it does not name stays."""
    keys = pa.array([str(k) for k in argument], pa.string())
    values = pa.array([None if v is None else str(v) for v in argument.values()], pa.string())
    found = pc.index_in(column, keys)
    return pc.if_else(pc.is_valid(found), values.take(found), column)


def host(column: pa.Array, argument: Any, location: Path) -> pa.Array:
    """``http://wjw.gz.gov.cn/a`` → ``wjw.gz.gov.cn``."""
    return pc.ascii_lower(extract(column, r"^(?:\w+:)?/{0,2}([^/:?#\s]+)", location))


def cut(column: pa.Array, argument: list[int], location: Path) -> pa.Array:
    """Return the characters from ``argument[0]`` up to ``argument[1]``."""
    return pc.utf8_slice_codeunits(column, start=argument[0], stop=argument[1])


def prefix(column: pa.Array, argument: str, location: Path) -> pa.Array:
    """Put ``argument`` before each value."""
    return pc.binary_join_element_wise(pa.scalar(argument), column, "")


def html_text(column: pa.Array, argument: Any, location: Path) -> pa.Array:
    """Return the text of HTML fragments, paragraphs on lines of their own."""
    column = pc.replace_substring_regex(column, r"(?is)<(script|style)\b.*?</(script|style)>", "")
    column = pc.replace_substring_regex(column, r"(?i)<br\s*/?>|</(p|div|li|tr|h\d|table)>", "\n")
    column = pc.replace_substring_regex(column, r"(?s)<!--.*?-->|<[^<>]*>", "")
    marked = np.flatnonzero(np.asarray(pc.fill_null(pc.match_substring(column, "&"), False)))
    if len(marked):
        values = np.array(column.to_pylist(), object)
        values[marked] = [html.unescape(values[i]) for i in marked]
        column = pa.array(values, pa.string())
    return column


def genre_of_column(column: pa.Array, argument: Any, location: Path) -> pa.Array:
    """Return the genre that a site's column (栏目) holds by its name; ``notice`` where it tells nothing."""
    rules = {
        "interpretation": "解读|问答|图解|热点",
        "policy": "政策|法规|文件|规划|公文|信息公开平台|规范性",
        "service": "服务|办事|指南|社保|保障|招生|考试|穗好办|养老|就业",
        "news": "要闻|动态|新闻|快讯|资讯|信息$",
    }
    genres = pa.array(["notice"] * len(column), pa.string())
    for genre, pattern in reversed(rules.items()):
        hit = pc.fill_null(pc.match_substring_regex(column, pattern), False)
        genres = pc.if_else(hit, genre, genres)
    return genres


def birth_year_of_id(column: pa.Array, argument: Any, location: Path) -> pa.Array:
    """Return the birth year that an identity number holds; the number itself is not kept."""
    told = extract(column, r"\[身份证号 (\d{4}) [男女]\]", location)  # a quarantined row, tried again
    return pc.coalesce(personal.birth_year(column).cast(pa.string()), told)


def sex_of_id(column: pa.Array, argument: Any, location: Path) -> pa.Array:
    """Return the sex that an identity number holds; the number itself is not kept."""
    told = extract(column, r"\[身份证号 \d{4} ([男女])\]", location)
    return pc.coalesce(personal.sex(column), replace_values(told, {"男": "male", "女": "female"}, location))


TRANSFORMS: dict[str, Transform] = {
    "birth_year_of_id": birth_year_of_id,
    "extract": extract,
    "genre_of_column": genre_of_column,
    "host": host,
    "html_text": html_text,
    "integer_text": integer_text,
    "lookup": lookup,
    "map": replace_values,
    "prefix": prefix,
    "sex_of_id": sex_of_id,
    "slice": cut,
}
