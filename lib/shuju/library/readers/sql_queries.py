"""Rows of a database: any SQLAlchemy URL, read through a server-side cursor.

Options of the catalog: ``url`` (``sqlite:///file.db`` is relative to the source's location; a value
``env:NAME`` is taken from the environment, so that no password stands in the catalog), ``query`` (one
SELECT), ``watermark`` (a column that never decreases, such as updated_at: a later run reads only
rows at or above the highest value it has seen).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from shuju.library.batch import RawBatch, strings
from shuju.library.errors import SourceError
from shuju.library.readers.files import Unit

FETCH_ROWS = 10_000


def units(files: str | None, location: Path, options: Mapping[str, Any]) -> Iterator[Unit]:
    """Yield the query as one unit; its fingerprint is the number of rows and the highest watermark.

    Without a watermark the fingerprint is that of the whole result, which costs one more reading.
    """
    unit = Unit(options.get("name", _name(options)), (_url(options, location), options["query"]), "", 0)
    watermark = options.get("watermark")
    if watermark:
        summary = f"SELECT COUNT(*), MAX({watermark}) FROM ({options['query']}) AS q"
        rows = _fetch(unit, summary)
        digest = repr([tuple(str(v) for v in row) for row in next(rows)[1]])
    else:
        state = hashlib.blake2b(digest_size=16)
        for names, rows in _fetch(unit, options["query"]):
            state.update(repr((names, [tuple(row) for row in rows])).encode())
        digest = state.hexdigest()
    yield Unit(unit.name, unit.at, digest, 0)


def read(unit: Unit, options: Mapping[str, Any]) -> Iterator[RawBatch]:
    """Stream the result; row 1 is its first row. ``options['since']`` is the watermark to start from.

    Raises:
        SourceError: the database cannot be reached or refuses the query.
    """
    query, parameters = unit.at[1], {}
    watermark, since = options.get("watermark"), options.get("since")
    if watermark:
        where = f" WHERE q.{watermark} >= :since" if since is not None else ""
        query = f"SELECT * FROM ({query}) AS q{where} ORDER BY q.{watermark}"
        parameters = {"since": since} if since is not None else {}
    row_number = 1
    for names, rows in _fetch(unit, query, parameters):
        columns = {name: [_text(row[i]) for row in rows] for i, name in enumerate(names)}
        yield RawBatch(strings(columns), np.arange(row_number, row_number + len(rows), dtype=np.int64))
        row_number += len(rows)


def _url(options: Mapping[str, Any], location: Path) -> str:
    url = str(options.get("url", ""))
    if url.startswith("env:"):
        url = os.environ.get(url[4:], "")
        if not url:
            raise SourceError(f"环境变量 {options['url'][4:]} 未设置：请在其中写明数据库地址")
    prefix = "sqlite:///"
    if url.startswith(prefix) and not url.startswith(prefix + "/"):
        path = location / url.removeprefix(prefix)
        if not path.exists():
            raise SourceError(f"{path}：没有这个数据库文件；请检查 options.url")
        url = f"{prefix}{path}"
    return url


def _name(options: Mapping[str, Any]) -> str:
    return str(options.get("url", "")).rsplit("@", 1)[-1].rsplit("/", 1)[-1] + "：" + options["query"][:60]


def _fetch(
    unit: Unit, query: str, parameters: Mapping[str, Any] | None = None
) -> Iterator[tuple[list[str], list]]:
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import SQLAlchemyError

    try:
        engine = create_engine(unit.at[0])
    except (SQLAlchemyError, ImportError, ValueError) as error:
        raise SourceError(f"{unit.name}：数据库地址有误：{error}") from None
    try:
        with engine.connect().execution_options(stream_results=True, max_row_buffer=FETCH_ROWS) as connection:
            result = connection.execute(text(query), parameters or {})
            names = list(result.keys())
            while rows := result.fetchmany(FETCH_ROWS):
                yield names, rows
    except UnicodeError:
        raise SourceError(f"{unit.name}：数据库已损坏，或其中的文字不是 UTF-8") from None
    except SQLAlchemyError as error:
        raise SourceError(f"{unit.name}：数据库拒绝了查询：{getattr(error, 'orig', error)}") from None
    finally:
        engine.dispose()


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
