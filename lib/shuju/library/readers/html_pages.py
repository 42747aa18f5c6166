"""A folder of HTML pages: the standard <meta> tags and the main text.

Raw fields: ``meta.<Name>`` for every <meta name>, ``title`` (the <title>), ``main_text`` (without
navigation, header and footer), ``file_name``. The encoding is the page's own: byte-order mark,
<meta charset>, else detected; option ``encoding`` overrides it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from shuju.library.batch import BrokenRow, RawBatch, strings
from shuju.library.readers.files import Unit, file_units
from shuju.library.readers.text_encoding import BOMS, detect_encoding

# One page is little to read and much to work out: ingest reads pages in worker processes.
IN_PROCESSES = True

MAX_PAGE_BYTES = 20 << 20

# Where the common content management systems of government sites put the article.
ARTICLE = (
    "//*[@id='zoomcon' or @id='zoom' or @id='UCAP-CONTENT' or @id='artibody' or @id='ArticleContent'"
    " or @id='xxgk_content' or @id='article-content'"
    " or contains(concat(' ', normalize-space(@class), ' '), ' TRS_Editor ')"
    " or contains(concat(' ', normalize-space(@class), ' '), ' TRS_UEDITOR ')"
    " or contains(concat(' ', normalize-space(@class), ' '), ' article-content ')"
    " or contains(concat(' ', normalize-space(@class), ' '), ' content_article ')"
    " or contains(concat(' ', normalize-space(@class), ' '), ' pages_content ')"
    " or contains(concat(' ', normalize-space(@class), ' '), ' article_con ')]"
)
FURNITURE = [
    "//nav|//header|//footer|//aside|//form|//button|//script|//style|//noscript|//iframe",
    "//*[contains(@class, 'modal') or contains(@class, 'zoom-') or contains(@class, 'share')"
    " or contains(@class, 'qrcode') or contains(@class, 'ewm') or contains(@class, 'breadcrumb')"
    " or contains(@class, 'related') or contains(@class, 'search') or contains(@class, 'sidebar')"
    " or contains(@class, 'listbox') or contains(@class, 'xxgkcontop') or contains(@class, 'copyright')]",
]


def units(files: str | None, location: Path, options: Mapping[str, Any]) -> Iterator[Unit]:
    """Yield the pages under ``location``, one unit each."""
    return file_units(files or "**/*.htm*", location)


def read(unit: Unit, options: Mapping[str, Any]) -> Iterator[RawBatch]:
    """Read one page as one row; a page that is no HTML is a broken row."""
    data = unit.at.read_bytes()
    one = np.array([1], np.int64)
    if len(data) > MAX_PAGE_BYTES:
        yield _broken(f"页面过大：{len(data):,} 字节，上限 {MAX_PAGE_BYTES:,} 字节", data)
        return
    encoding = options.get("encoding") or page_encoding(data)
    text = data.decode(encoding, "replace").removeprefix("\ufeff")
    fields = page_fields(text.replace("\x00", "\ufffd"))
    if fields is None:
        yield _broken("不是 HTML 页面：没有任何元素", data)
        return
    yield RawBatch(strings({k: [v] for k, v in (fields | {"file_name": unit.name}).items()}), one)


def _broken(reason: str, data: bytes) -> RawBatch:
    raw = data[:2000].decode("utf-8", "replace")
    return RawBatch(strings({}), np.empty(0, np.int64), (BrokenRow(1, reason, raw),))


def page_encoding(data: bytes) -> str:
    """Return the encoding that a page declares and that Python knows, else the one detected."""
    if any(data.startswith(bom) for bom in BOMS):
        return detect_encoding(data[:4])
    declared = re.search(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w-]+)", data[:4096], re.IGNORECASE)
    if declared:
        name = declared[1].decode("ascii").lower()
        if name in ("gb2312", "gbk", "gb18030"):
            return "gb18030"
        if name in ("utf-8", "utf8"):
            return detect_encoding(data[: 1 << 20])
    return detect_encoding(data[: 1 << 20])


def page_fields(text: str) -> dict[str, str | None] | None:
    """Return the raw fields of a page's text, or None where there is no element in it."""
    import lxml.html
    from lxml.etree import ParserError

    try:
        # Encoded again, because lxml refuses text that declares an encoding of its own.
        page = lxml.html.document_fromstring(
            text.encode("utf-8", "replace"), parser=lxml.html.HTMLParser(encoding="utf-8")
        )
    except ParserError:
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
    fields["main_text"] = main_text(page)
    return fields


def main_text(page: Any) -> str | None:
    """Return the text of a page's article, paragraphs on lines of their own.

    The article's container is taken where a known content management system marks it, else
    trafilatura finds the main text (Barbaresi 2021, ACL demo).
    """
    import lxml.etree
    import lxml.html
    import trafilatura

    lxml.etree.strip_elements(page, "script", "style", "noscript", with_tail=False)
    marked = [element for element in page.xpath(ARTICLE) if len(element.text_content().strip()) >= 50]
    root = page
    if marked:
        root = lxml.html.document_fromstring("<html><body></body></html>")
        root.body.append(max(marked, key=lambda element: len(element.text_content())))
    text = trafilatura.extract(
        root,
        include_comments=False,
        include_tables=True,
        favor_recall=True,
        deduplicate=False,
        prune_xpath=FURNITURE,
    )
    return text or _plain_text(root) if marked else text


def _plain_text(root: Any) -> str | None:
    lines = (line.strip() for line in root.text_content().splitlines())
    return "\n".join(line for line in lines if line) or None
