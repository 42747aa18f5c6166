"""One small province, written once with two workers, and plain readers of its raw files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import zstandard

from shuju.demo import write_province

RECORDS = 20_000
UNTIL = date(2025, 12, 31)


@dataclass(frozen=True)
class Province:
    catalog: Path
    raw: Path
    truth: Path
    progress: list[tuple[int, int]]

    def table(self, name: str) -> list[dict[str, Any]]:
        return pq.read_table(self.truth / f"{name}.parquet").to_pylist()

    def files(self, pattern: str) -> list[str]:
        return sorted(p.relative_to(self.raw).as_posix() for p in self.raw.glob(pattern))

    def lines(self, file: str) -> list[Any]:
        """The rows of a JSONL or CSV file in order, as dicts; a row that cannot be read is None."""
        return list(self._rows(self.raw / file))

    def _rows(self, path: Path) -> Iterator[Any]:
        if path.suffix == ".zst":
            with zstandard.open(path, "rb") as file:
                for line in io.BytesIO(file.read()):
                    try:
                        yield json.loads(line)
                    except ValueError:
                        yield None
        else:
            text = path.read_bytes().decode("gb18030", errors="replace")
            rows = csv.reader(io.StringIO(text, newline=""))
            head = next(rows)
            for row in rows:
                yield dict(zip(head, row, strict=True)) if len(row) == len(head) else None

    @cached_property
    def pages(self) -> dict[str, dict[str, Any]]:
        """Good pages by id as first delivered, with the fields title, body, site, time of both platforms."""
        found: dict[str, dict[str, Any]] = {}
        for file in self.files("platform/*.zst"):
            for row in filter(None, self.lines(file)):
                body, site = row["content"], row["siteCode"]
                page = {"title": row["title"], "body": body, "site": site, "time": row["pubTime"]}
                found.setdefault(row["docId"], page)
        for file in self.files("prefecture_csv/*.csv"):
            for row in filter(None, self.lines(file)):
                page = {
                    "title": row["文章标题"],
                    "body": row["正文"].replace("　　", "\n"),
                    "site": row["网站标识码"],
                }
                found.setdefault(row["信息编号"], page | {"time": row["发布时间"]})
        return {key: page for key, page in found.items() if not key.endswith("x")}

    @cached_property
    def letters(self) -> dict[str, dict[str, Any]]:
        """Good letters by id as first delivered, with title, body, phone."""
        found: dict[str, dict[str, Any]] = {}
        for file in self.files("mailbox/*.csv"):
            for row in filter(None, self.lines(file)):
                letter = {"title": row["信件标题"], "body": row["信件内容"], "identity": row["证件号码"]}
                found.setdefault(row["信件编号"], letter)
        for file in self.files("hotline/*.zst"):
            for row in filter(None, self.lines(file)):
                found.setdefault(row["gdbh"], {"title": row["bt"], "body": row["nr"], "identity": ""})
        for file in self.files("board/*.xlsx"):
            for row in worksheet(self.raw / file):
                letter = {"title": row["留言主题"], "body": row["留言详情"], "identity": ""}
                found.setdefault(row["留言编号"], letter)
        return {key: letter for key, letter in found.items() if not key.endswith("x")}


def worksheet(path: Path) -> list[dict[str, Any]]:
    from python_calamine import CalamineWorkbook

    head, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    return [dict(zip(head, row, strict=True)) for row in rows]


@pytest.fixture(scope="session")
def province(tmp_path_factory: pytest.TempPathFactory) -> Province:
    folder = tmp_path_factory.mktemp("province")
    seen: list[tuple[int, int]] = []
    catalog = write_province(
        folder / "raw",
        folder / "truth",
        records=RECORDS,
        seed=7,
        until=UNTIL,
        workers=2,
        progress=lambda done, total: seen.append((done, total)),
    )
    return Province(catalog, folder / "raw", folder / "truth", seen)
