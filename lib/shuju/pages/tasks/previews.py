"""What of an attachment is shown in place (预览): the beginning of a text or a table; of anything else, that it is to be saved."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from sqlalchemy import Engine

from shuju.desk.tasks.attachments import Attachment, parts_of_file

TEXTS, TABLES = (".txt", ".md", ".log"), {".csv": ",", ".tsv": "\t"}
ENCODINGS = ("utf-8-sig", "gb18030")  # what Excel here saves is the second
READ = 64 << 10  # bytes
LINES, COLUMNS, CELL = 30, 12, 60


@dataclass(frozen=True)
class Preview:
    """The beginning of a file as a text, or as rows of a table; ``is_part`` where there is more, ``why`` where nothing can be shown."""

    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    is_part: bool = False
    why: str = ""


def preview_of(desk: Engine, file: Attachment) -> Preview | None:
    """Return what is shown of a file, None of a picture or a PDF, which the browser shows itself. O(``READ``)."""
    if file.kind != "application/octet-stream":
        return None
    suffix = file.name[file.name.rfind(".") :].lower() if "." in file.name else ""
    if suffix not in (*TEXTS, *TABLES):
        return Preview(why="不能预览，请下载")
    begin = next(parts_of_file(desk, file.sha256), b"")[:READ]
    text = _decoded(begin, is_whole=file.size <= READ)
    if text is None:
        return Preview(why="不是可读的文本，不能预览，请下载")
    if suffix in TEXTS:
        lines = text.splitlines()
        return Preview("\n".join(lines[:LINES]), is_part=len(lines) > LINES or file.size > READ)
    rows = [
        row
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=TABLES[suffix], strict=False)
        if row
    ]
    shown = tuple(tuple(cell[:CELL] for cell in row[:COLUMNS]) for row in rows[:LINES])
    is_part = len(rows) > LINES or file.size > READ or any(len(row) > COLUMNS for row in rows[:LINES])
    return Preview(rows=shown, is_part=is_part)


def _decoded(content: bytes, *, is_whole: bool) -> str | None:
    """Return bytes as text, None where they are none; the last characters of what is cut off may be broken."""
    for encoding in ENCODINGS:
        for end in (0,) if is_whole else range(4):
            try:
                text = content[: len(content) - end].decode(encoding)
            except UnicodeDecodeError:
                continue
            return None if "\0" in text else text
    return None
