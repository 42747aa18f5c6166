"""PDF documents that hold text, one record each; scans are refused by name.

Raw fields: ``title`` (its property, else the first line), ``main_text`` (page numbers left out, broken lines joined),
``author``, ``created`` (the property), ``file_name``. There are no options.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shuju.library.batch import BrokenRow, RawBatch, strings
from shuju.library.readers.files import Unit, file_units
from shuju.library.readers.text_encoding import ENOUGH, UNLIKELY, likelihood

if TYPE_CHECKING:
    from pypdf import PdfReader

# Of broken objects the parser says what it guessed; what matters is told as the reason of a row.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)

MAX_BYTES = 200 << 20
PAGES = 2_000
FULL = 0.85  # of the usual length: a line that long goes on in the next
LEAST = 10  # characters a page: fewer are the stamp of a scanner
_PAGE_NUMBER = re.compile(
    r"[-—–－\s]*(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[/共,，]\s*(?:共\s*)?\d{1,4}(?:\s*页)?)?[-—–－\s]*"
)
_ENDS = "。；：！？.;:!?”）)》】"
_BEGINS = re.compile(
    r"[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[）)]|第[一二三四五六七八九十百\d]{1,4}[章节条]|\d{1,3}[.．、]|附件"
)
_WITHOUT_NAME = re.compile(
    r"^(?:Microsoft Word|untitled|无标题|文档\d*|.*\.(?:docx?|wps|pdf|xlsx?|tif)$)", re.IGNORECASE
)


class _RefusedError(ValueError):
    """Why a document is none; the message is for the reader of the quarantine."""


def units(files: str | None, location: Path, options: Mapping[str, Any]) -> Iterator[Unit]:
    """Yield the documents under ``location``, one unit each."""
    return file_units(files or "**/*.pdf", location)


def read(unit: Unit, options: Mapping[str, Any]) -> Iterator[RawBatch]:
    """Read one document as one row; a scan, and what is no document, is a broken row."""
    try:
        fields = _fields(unit.at)
    except _RefusedError as refusal:
        reason = str(refusal)
    except ImportError:  # no fault of the document
        raise
    except Exception as error:  # noqa: BLE001 - the parser raises whatever a damaged object makes it
        reason = f"不是完整的 PDF（{type(error).__name__}）"
    else:
        fields["file_name"] = unit.name
        yield RawBatch(strings({name: [value] for name, value in fields.items()}), np.array([1], np.int64))
        return
    yield RawBatch(strings({}), np.empty(0, np.int64), (BrokenRow(1, reason, ""),))


def _fields(path: Path) -> dict[str, str | None]:
    from pypdf import PdfReader

    if path.stat().st_size > MAX_BYTES:
        raise _RefusedError(f"PDF 过大：上限 {MAX_BYTES >> 20} MB")
    document = PdfReader(path)
    if document.is_encrypted and not document.decrypt(""):
        raise _RefusedError("PDF 有密码，打不开：请提供没有密码的文件")
    if len(document.pages) > PAGES:
        raise _RefusedError(f"PDF 有 {len(document.pages):,} 页，上限 {PAGES:,} 页")
    texts = [page.extract_text() or "" for page in document.pages]
    _refuse_scans(document, texts)
    lines = [line for text in texts for line in _lines(text)]
    about = document.metadata
    named = str(about.title or "").strip() if about else ""
    return {
        "title": named if named and not _WITHOUT_NAME.match(named) else (lines[0] if lines else None),
        "main_text": "\n".join(_paragraphs(lines)).replace("\x00", "\ufffd") or None,
        "author": str(about.author).strip() or None if about and about.author else None,
        "created": about.creation_date.isoformat() if about and about.creation_date else None,
    }


def _refuse_scans(document: PdfReader, texts: list[str]) -> None:
    """Refuse pages that are pictures, and texts whose fonts do not tell which characters they draw."""
    text = "".join("".join(texts).split())
    if len(text) < LEAST * max(1, len(texts)):
        has_pictures = any(len(page.images) for page in list(document.pages)[:3])
        if has_pictures:
            raise _RefusedError("PDF 是扫描件（每页只有图片），没有文字：请先识别文字（OCR）或提供电子版")
        if not text:
            raise _RefusedError("PDF 中没有文字")
    share, n = likelihood(text)
    if n >= ENOUGH and share < UNLIKELY:
        raise _RefusedError("PDF 的文字读不出（字体没有字符编码）：请另存为带文字的 PDF，或提供 Word 文件")


def _lines(text: str) -> list[str]:
    """Return the lines of a page without its number."""
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not _PAGE_NUMBER.fullmatch(line)]


def _paragraphs(lines: list[str]) -> list[str]:
    """Return the lines joined where one is full and the sentence goes on."""
    if not lines:
        return []
    usual = float(np.percentile([len(line) for line in lines], 90))
    joined = [lines[0]]
    last = lines[0]
    for line in lines[1:]:
        if len(last) >= FULL * usual and last[-1] not in _ENDS and not _BEGINS.match(line):
            joined[-1] += line
        else:
            joined.append(line)
        last = line
    return joined
