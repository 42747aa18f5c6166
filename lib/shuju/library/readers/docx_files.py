"""Word documents (.docx), one record each; tables are read as lines of cells.

Raw fields: ``title`` (its property, else the first heading or line), ``main_text``, ``author``, ``created`` (the property),
``file_name``. There are no options.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from shuju.library.batch import BrokenRow, RawBatch, strings
from shuju.library.readers.files import Unit, file_units

MAX_UNPACKED_BYTES = 200 << 20


def units(files: str | None, location: Path, options: Mapping[str, Any]) -> Iterator[Unit]:
    """Yield the documents under ``location``, one unit each."""
    return file_units(files or "**/*.docx", location)


def read(unit: Unit, options: Mapping[str, Any]) -> Iterator[RawBatch]:
    """Read one document as one row; what is no document is a broken row."""
    try:
        fields = _fields(unit.at)
    except Exception as error:  # noqa: BLE001 - python-docx raises whatever a damaged part makes it
        reason = (
            "是旧版 .doc，请另存为 .docx"
            if _is_old(unit.at)
            else f"不是完整的 Word 文档（{type(error).__name__}）"
        )
        yield RawBatch(strings({}), np.empty(0, np.int64), (BrokenRow(1, reason, ""),))
        return
    fields["file_name"] = unit.name
    yield RawBatch(strings({name: [value] for name, value in fields.items()}), np.array([1], np.int64))


def _is_old(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\xd0\xcf\x11\xe0"


def _fields(path: Path) -> dict[str, str | None]:
    from docx import Document
    from docx.table import Table

    with zipfile.ZipFile(path) as packed:
        if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED_BYTES:
            raise ValueError("unpacked it is too large")
    document = Document(str(path))
    lines: list[str] = []
    heading = None
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            lines += ["\t".join(cell.text.strip() for cell in row.cells) for row in block.rows]
            continue
        text = block.text.strip()
        lines += [text] if text else []
        if (
            heading is None
            and text
            and block.style is not None
            and str(block.style.name).startswith(("Heading", "Title", "标题"))
        ):
            heading = text
    about = document.core_properties
    return {
        "title": about.title.strip() or heading or (lines[0] if lines else None),
        "main_text": "\n".join(lines).replace("\x00", "\ufffd") or None,
        "author": about.author or None,
        "created": about.created.isoformat() if about.created else None,
    }
