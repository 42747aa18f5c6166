"""Watermarks (水印) of what leaves the server: who took it, and when, in pictures, Word files, workbooks, CSV and Parquet.

A row that is copied out of a file still tells it: each row has it in a last column. A line of comment would not do, for a CSV
file must begin with its head; a last row would be summed up with the others.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pyarrow as pa
from markupsafe import escape

from shuju.access import present
from shuju.charts.printing import chinese_font
from shuju.clock import now

COLUMN, TITLE = "export_mark", "导出标识"
TILT, PALE, STRIP, LINE = 24, 26, 34, 9  # degrees; of 255; pixels, and points, of the line below a picture
HEIGHT = re.compile(r'height="([\d.]+)pt" viewBox="0 0 ([\d.]+) ([\d.]+)"')
BELOW = '<text x="99%" y="99.2%" text-anchor="end" font-family="sans-serif" font-size="6" fill="#667085" fill-opacity="0.8">{text}</text>'
ACROSS = (
    '<defs><pattern id="shuju-mark" width="150" height="90" patternUnits="userSpaceOnUse" patternTransform="rotate(-{tilt})">'
    '<text x="4" y="45" font-family="sans-serif" font-size="8" fill="gray" fill-opacity="0.1">{text}</text></pattern></defs>'
    '<rect width="100%" height="100%" fill="url(#shuju-mark)" pointer-events="none"/>'
)


def mark() -> str:
    """Return what tells who asks, and when: ``wang 2026-11-27 09:05``; empty where nobody is signed in."""
    subject = present()
    return "" if subject is None else f"{subject.account} {now():%Y-%m-%d %H:%M}"


def in_name() -> str:
    """Return the same as a part of a file's name."""
    subject = present()
    return f"{now():%Y%m%d-%H%M}" if subject is None else f"{now():%Y%m%d-%H%M}-{subject.account}"


def marked_rows(pieces: Iterable[pa.Table], text: str) -> Iterator[pa.Table]:
    """Yield rows with a last column that holds the mark."""
    for piece in pieces:
        yield piece.append_column(COLUMN, pa.repeat(text, piece.num_rows)) if text else piece


def marked_titles(titles: Mapping[str, str], text: str) -> dict[str, str]:
    """Return the titles of columns with that of the mark."""
    return dict(titles) | ({COLUMN: TITLE} if text else {})


def marked_svg(picture: str, text: str) -> str:
    """Return a picture with the mark across it, pale, and on a line below it."""
    if not text:
        return picture
    drawn = (ACROSS + BELOW).format(text=escape(text), tilt=TILT)
    head, _, tail = HEIGHT.sub(_taller, picture, count=1).rpartition("</svg>")
    return f"{head}{drawn}</svg>{tail}"


def marked_png(picture: bytes, text: str) -> bytes:
    """Return a picture with the mark across it, pale, on a line below it, and among what the file tells of itself."""
    from PIL import Image, ImageDraw
    from PIL.PngImagePlugin import PngInfo

    if not text:
        return picture
    drawn = Image.open(io.BytesIO(picture)).convert("RGB")
    width, height = drawn.size
    whole = Image.new("RGB", (width, height + STRIP), "white")
    whole.paste(drawn)
    side = width + height
    tile = Image.new("L", (side, side))
    pen, font = ImageDraw.Draw(tile), _font(22)
    step = int(pen.textlength(text, font)) + 90
    for line, y in enumerate(range(0, side, 150)):
        for x in range(-(line % 2) * step // 2, side, step):
            pen.text((x, y), text, PALE, font)
    tile = tile.rotate(TILT).crop(
        ((side - width) // 2, (side - height) // 2, (side + width) // 2, (side + height) // 2)
    )
    whole.paste("gray", (0, 0), tile)
    ImageDraw.Draw(whole).text((width - 12, height + STRIP // 2), text, "#667085", _font(20), anchor="rm")
    told, file = PngInfo(), io.BytesIO()
    told.add_itxt("Comment", text)
    whole.save(file, "PNG", pnginfo=told, dpi=Image.open(io.BytesIO(picture)).info.get("dpi"))
    return file.getvalue()


def mark_word(path: Path, text: str) -> None:
    """Write the mark into the head of every page of a Word file, small and grey."""
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt, RGBColor

    if not text:
        return
    document = Document(str(path))
    for section in document.sections:
        line = section.header.paragraphs[0]
        line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        run = line.add_run(text)
        run.font.size, run.font.color.rgb = Pt(8), RGBColor(0x98, 0xA2, 0xB3)
    document.core_properties.comments = text
    document.save(str(path))


def _taller(found: re.Match[str]) -> str:
    return f'height="{float(found[1]) + LINE:g}pt" viewBox="0 0 {found[2]} {float(found[3]) + LINE:g}"'


@cache
def _font(size: int):
    from matplotlib import font_manager
    from PIL import ImageFont

    return ImageFont.truetype(font_manager.findfont(chinese_font()), size)
