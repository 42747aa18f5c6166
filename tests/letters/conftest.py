"""A small library of letters."""

from __future__ import annotations

from pathlib import Path

import pytest

from shuju.library import Library, open_library
from shuju.library.ingest import ingest
from tests.conftest import write_lines

LETTERS_CATALOG = """
version: 1
sources:
  test_letters:
    title: 测试来信
    licence: 测试
    refresh: daily
    location: letters
    inputs:
      - table: letters
        reader: json
        files: "*.json*"
        fields:
          letter_id: id
          title: title
          body: body
          written_at: time
          writer_id: writer
          region_code: place
          channel: {const: hotline}
          topic_1: topic
          motive: motive
          department: department
          reply: reply
          replied_at: replied
"""


def letter(number: int, **changes: object) -> dict[str, object]:
    """Return a raw letter that is well formed, but for ``changes``."""
    return {
        "id": f"l{number}",
        "title": f"第{number}封：小区门口的路坏了",
        "body": "小区门口的路坏了半年，下雨积水，请尽快修好。",
        "time": f"2024-07-{number % 28 + 1:02d} 16:38",
        "writer": f"w{number}",
        "place": "430104",
        "topic": "交通运输",
        "motive": "complaint",
        "department": "岳麓区交通运输局",
    } | changes


class Letters:
    """A library that takes in letters file by file."""

    def __init__(self, folder: Path, channel: str = "hotline") -> None:
        """Make an empty one, or take one that is there."""
        (folder / "letters").mkdir(parents=True, exist_ok=True)
        catalog = LETTERS_CATALOG.replace("const: hotline", f"const: {channel}")
        (folder / "catalog.yaml").write_text(catalog, encoding="utf-8")
        self.folder = folder
        self.library: Library = open_library(folder / "home", folder / "catalog.yaml")
        self._n = len(list((folder / "letters").iterdir()))

    def add(self, *rows: dict[str, object]) -> Library:
        """Take in some letters as one more file."""
        self._n += 1
        write_lines(self.folder / "letters" / f"{self._n:03d}.jsonl", list(rows))
        report = ingest(self.library, "test_letters")
        assert report.tallies["letters"].n_quarantined == 0
        return self.library


@pytest.fixture
def letters(tmp_path: Path) -> Letters:
    return Letters(tmp_path / "province")
