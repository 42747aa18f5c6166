"""A folder of HTML pages: the standard <meta> tags and the main text.

Raw fields: ``meta.<Name>`` for every <meta name>, ``title`` (the <title>), ``main_text`` (without
navigation, header and footer), ``date`` (by its selector, else beside 发布时间 and the like), ``file_name``.
Options of the catalog: ``body``, ``title``, ``date`` (CSS selectors of where these stand; else they are found),
``encoding`` (default: what the page declares, where its bytes can be that; else detected), ``compare`` (pages of one site are
compared, and lines of the text that stand in most of them at the same place are left out).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from shuju.catalog.selectors import xpath_of
from shuju.library.batch import BrokenRow, RawBatch, strings
from shuju.library.readers.files import Unit, file_units
from shuju.library.readers.page_furniture import Lines, shared_lines, site_of, without_furniture
from shuju.library.readers.page_text import SHOWN_DATE, block_text, main_text
from shuju.library.readers.text_encoding import (
    BOMS,
    ENOUGH,
    UNLIKELY,
    decoded_twice,
    detect_encoding,
    likelihood,
    wider,
)

# One page is little to read and much to work out: ingest reads pages in worker processes.
IN_PROCESSES = True

MAX_PAGE_BYTES = 20 << 20
COMPARED_PAGES = 300


def units(files: str | None, location: Path, options: Mapping[str, Any]) -> Iterator[Unit]:
    """Yield the pages under ``location``, one unit each."""
    return file_units(files or "**/*.*htm*", location)


def read(unit: Unit, options: Mapping[str, Any]) -> Iterator[RawBatch]:
    """Read one page as one row; a page that is no HTML is a broken row."""
    data = unit.at.read_bytes()
    one = np.array([1], np.int64)
    if len(data) > MAX_PAGE_BYTES:
        yield _broken(f"页面过大：{len(data):,} 字节，上限 {MAX_PAGE_BYTES:,} 字节", data)
        return
    text = data.decode(page_encoding(data, options.get("encoding")), "replace").removeprefix("\ufeff")
    if (spoilt := _spoilt(text)) is not None:
        yield _broken(spoilt, data)
        return
    fields = page_fields(text.replace("\x00", "\ufffd"), options)
    if fields is None:
        yield _broken("不是 HTML 页面：没有任何元素", data)
        return
    if "furniture" in options:
        fields["main_text"] = without_furniture(
            fields["main_text"], options["furniture"].get(site_of(unit, fields))
        )
    yield RawBatch(strings({k: [v] for k, v in (fields | {"file_name": unit.name}).items()}), one)


def furniture(units: Sequence[Unit], options: Mapping[str, Any]) -> dict[str, Lines]:
    """Return by site the lines of text that most of its pages share; of many pages ``COMPARED_PAGES`` are looked at."""
    looked_at = units[:: max(1, len(units) // COMPARED_PAGES)]
    return shared_lines(
        (site_of(unit, row), row["main_text"])
        for unit in looked_at
        for batch in read(unit, options)
        for row in batch.rows.to_pylist()
    )


def _broken(reason: str, data: bytes) -> RawBatch:
    raw = data[:2000].decode("utf-8", "replace")
    return RawBatch(strings({}), np.empty(0, np.int64), (BrokenRow(1, reason, raw),))


def _spoilt(text: str) -> str | None:
    """Return why the text of a page is none: mojibake within, or an encoding that nobody could tell."""
    share, n = likelihood(re.sub(r"<[^<>]*>", "", text))
    if n < ENOUGH or share >= UNLIKELY:
        return None
    twice = decoded_twice(text)
    return f"网页文字已成乱码（{twice}）" if twice else None


def page_encoding(data: bytes, told: str | None = None) -> str:
    """Return the encoding of a page: what the catalog tells, or it declares, where its bytes can be that; else as detected."""
    if any(data.startswith(bom) for bom in BOMS):
        return detect_encoding(data[:4])
    declared = re.search(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w-]+)", data[:4096], re.IGNORECASE)
    name = told or (declared[1].decode("ascii") if declared else None)
    return detect_encoding(data[: 1 << 20], _known(name))


def _known(name: str | None) -> str | None:
    try:
        return name and codecs.lookup(wider(name)).name and wider(name)
    except LookupError:
        return None


def page_fields(text: str, options: Mapping[str, Any] | None = None) -> dict[str, str | None] | None:
    """Return the raw fields of a page's text, or None where there is no element in it; ``options`` hold selectors."""
    import lxml.html
    from lxml.etree import LxmlError

    try:
        # Encoded again, because lxml refuses text that declares an encoding of its own.
        page = lxml.html.document_fromstring(
            text.encode("utf-8", "replace"), parser=lxml.html.HTMLParser(encoding="utf-8")
        )
    except (LxmlError, ValueError):
        return None
    if not any(
        isinstance(element.tag, str) for element in page.iterdescendants("meta", "p", "div", "title", "body")
    ):
        return None
    fields: dict[str, str | None] = {}
    for meta in page.iter("meta"):
        name = meta.get("name")
        if name and name not in ("viewport", "renderer"):
            fields.setdefault(f"meta.{name.strip()}", (meta.get("content") or "").strip() or None)
    title = page.find(".//title")
    fields["title"] = title.text_content().strip() or None if title is not None else None
    where = options or {}
    if "title" in where:
        fields["title"] = selected_text(page, where["title"])
    shown = selected_text(page, where["date"]) if "date" in where else page.text_content()
    found = SHOWN_DATE.search(shown or "")
    date = next(filter(None, found.groups()), None) if found else (shown if "date" in where else None)
    fields["date"] = date and date.strip()
    fields["main_text"] = selected_text(page, where["body"]) if "body" in where else main_text(page)
    return fields


def selected_text(page: Any, selector: str) -> str | None:
    """Return the text of the first element of a CSS selector, its paragraphs on lines of their own; None if there is none."""
    found = page.xpath(xpath_of(selector))
    return block_text(found[0]) if found else None
