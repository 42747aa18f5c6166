"""Tables of HTML pages, as systems export them under the name .xls."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from typing import Any

from shuju.library.errors import SourceError
from shuju.library.readers.files import Unit
from shuju.library.readers.html_pages import page_encoding


def html_rows(unit: Unit, options: Mapping[str, Any]) -> Generator[list[str | None]]:
    """Return the rows of one table of a page, names and all, as texts.

    Raises:
        SourceError: the page is empty or has no such table.
    """
    import lxml.html
    from lxml.etree import LxmlError

    data = unit.at.read_bytes()
    text = (
        data.decode(page_encoding(data, options.get("encoding")), "replace")
        .removeprefix("\ufeff")
        .replace("\x00", "")
    )
    text = re.sub(r"(?is)<(style|script)\b.*?</(?:style|script)\s*>", "", text)
    try:
        page = lxml.html.document_fromstring(
            text.encode("utf-8", "replace"), parser=lxml.html.HTMLParser(encoding="utf-8")
        )
    except (LxmlError, ValueError):
        raise SourceError(f"{unit.name}：像是网页，却没有内容；请重新导出") from None
    tables = [t for t in page.iter("table") if len(t.xpath("./tr|./*/tr")) > 1]
    number = options.get("sheet", 0)
    if isinstance(number, str) or not 0 <= number < len(tables):
        raise SourceError(
            f"{unit.name}：是网页而不是工作簿，其中有 {len(tables)} 个表格，没有第 {number!r} 个（从 0 数起）"
        )
    below: dict[
        int, tuple[int, str | None]
    ] = {}  # by column: how many rows more a cell reaches down, and its text
    for line in tables[number].xpath("./tr|./*/tr"):
        cells = [
            (
                " ".join(cell.text_content().split()) or None,
                _span(cell.get("rowspan")),
                _span(cell.get("colspan")),
            )
            for cell in line.iterchildren("td", "th")
        ]
        row, below = _laid_over(cells, below)
        yield row


def _laid_over(
    cells: list[tuple[str | None, int, int]], above: dict[int, tuple[int, str | None]]
) -> tuple[list[str | None], dict[int, tuple[int, str | None]]]:
    """Return one row of an HTML table, cells that reach down into it included, and what reaches below it."""
    row: list[str | None] = []
    below: dict[int, tuple[int, str | None]] = {}
    waiting = iter(cells)
    while True:
        if len(row) in above:
            left, value = above[len(row)]
            if left > 1:
                below[len(row)] = (left - 1, value)
            row.append(value)
            continue
        cell = next(waiting, None)
        if cell is None:
            return row, below
        value, down, across = cell
        for i in range(across):
            if down > 1:
                below[len(row)] = (down - 1, value)
            row.append(value if i == 0 else None)


def _span(text: str | None) -> int:
    return min(max(int(text), 1), 1000) if text and text.isdigit() else 1
