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
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from shuju.catalog.selectors import xpath_of
from shuju.library.batch import BrokenRow, RawBatch, strings
from shuju.library.readers.files import Unit, file_units
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
    " or contains(@class, 'crumb') or contains(@class, 'navbar') or contains(@class, 'toolbar')"
    " or contains(concat(' ', normalize-space(@class), ' '), ' nav ')"
    " or contains(concat(' ', normalize-space(@class), ' '), ' position ')"
    " or contains(concat(' ', normalize-space(@class), ' '), ' location ')"
    " or contains(concat(' ', normalize-space(@class), ' '), ' header ')"
    " or contains(concat(' ', normalize-space(@class), ' '), ' footer ')"
    " or contains(concat(' ', normalize-space(@class), ' '), ' foot ')"
    " or contains(@class, 'listbox') or contains(@class, 'xxgkcontop') or contains(@class, 'copyright')]",
]


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


COMPARED_PAGES = 300
ALIKE = 0.6  # of a site's pages: a line in so many of them is furniture
LEAST_PAGES = 5
END_LINES = 8  # furniture stands within so many lines of either end


def site_of(unit: Unit, fields: Mapping[str, str | None]) -> str:
    """Return what tells the pages of one site: its number, else its domain, else the folder they lie in."""
    told = fields.get("meta.SiteIDCode") or fields.get("meta.SiteDomain")
    return told or unit.name.rpartition("/")[0]


def furniture(units: Sequence[Unit], options: Mapping[str, Any]) -> dict[str, frozenset[tuple[int, str]]]:
    """Return by site the lines that most of its pages have at the same place, counted from either end.

    Of many pages ``COMPARED_PAGES`` are looked at. A site of fewer than ``LEAST_PAGES`` among them has none.
    """
    pages: dict[str, list[set[tuple[int, str]]]] = {}
    step = max(1, len(units) // COMPARED_PAGES)
    for unit in units[::step]:
        for batch in read(unit, {**options, "furniture": {}}):
            for row in batch.rows.to_pylist():
                pages.setdefault(site_of(unit, row), []).append(set(_at_ends(row["main_text"])))
    found = {}
    for site, lines in pages.items():
        if len(lines) >= LEAST_PAGES:
            counts = Counter(line for page in lines for line in page)
            found[site] = frozenset(line for line, n in counts.items() if n >= ALIKE * len(lines))
    return found


def _at_ends(text: str | None) -> Iterator[tuple[int, str]]:
    lines = text.split("\n") if text else []
    for n in range(min(END_LINES, len(lines))):
        yield n, lines[n]
        yield -1 - n, lines[-1 - n]


def without_furniture(text: str | None, known: frozenset[tuple[int, str]] | None) -> str | None:
    """Return an article without the lines that its site has at these places."""
    if not text or not known:
        return text
    lines = text.split("\n")
    kept = [
        line
        for n, line in enumerate(lines)
        if not (n < END_LINES and (n, line) in known)
        and not (n - len(lines) >= -END_LINES and (n - len(lines), line) in known)
    ]
    return "\n".join(kept) or None


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
    return _block_text(found[0]) if found else None


def main_text(page: Any) -> str | None:
    """Return the text of a page's article, paragraphs on lines of their own, without what the page says of itself.

    The article's container is taken where a known content management system marks it or its name says so; else
    trafilatura finds the main text (Barbaresi 2021, ACL demo), and of a short notice the densest block is taken.
    """
    import lxml.etree
    import lxml.html
    import trafilatura

    lxml.etree.strip_elements(page, "script", "style", "noscript", with_tail=False)
    marked = [element for element in page.xpath(ARTICLE) if len(element.text_content().strip()) >= 50]
    if not marked:
        marked = _named_as_text(page)
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
    if not text:
        text = _plain_text(root) if marked else _densest_text(page)
    return _without_remarks(text)


# Names that only the text of an article has: article-cont, news_content, detail-body, TRS_Editor.
_TEXT_NAME = re.compile(
    r"^(?:article|news|detail|info|zw|xl|content|main)?[-_]?(?:article|news|content|detail|text|zw|xl)[-_]?"
    r"(?:cont|con|content|text|body|main|txt|box|nr|neirong|detail)?$",
    re.IGNORECASE,
)


def _named_as_text(page: Any) -> list[Any]:
    """Return the innermost elements whose class or id says that they hold the text, and that hold one."""
    found = []
    for element in page.iter("div", "td", "section", "article"):
        names = [*(element.get("class") or "").split(), element.get("id") or ""]
        if any(_TEXT_NAME.match(name) for name in names) and _own_length(element) >= 20:
            found.append(element)
    return [
        e
        for e in found
        if not any(inner is not e and inner in found for inner in e.iterdescendants("div", "td"))
    ]


def _own_length(element: Any) -> int:
    """Return how many characters of an element's text are no links."""
    links = sum(len(link.text_content().strip()) for link in element.iter("a"))
    return len(element.text_content().strip()) - 2 * links


def _densest_text(page: Any) -> str | None:
    """Return the text of the block that holds most characters beside links, furniture left out."""
    for xpath in FURNITURE:
        for element in page.xpath(xpath):
            if element.getparent() is not None:
                element.drop_tree()
    blocks = [e for e in page.iter("div", "td", "section", "article", "main", "body") if _own_length(e) >= 20]
    if not blocks:
        return None
    most = max(_own_length(block) for block in blocks)
    smallest = [block for block in blocks if _own_length(block) >= 0.8 * most][-1]
    return _block_text(smallest)


# What pages say of themselves at the head and foot of an article; counters change with every visit.
_REMARK = re.compile(
    r"^[\s|｜·]*(?:"
    r"(?:(?:发布|发表|更新|录入|成文|公布)?(?:时间|日期)|来\s*源|信息来源|文章来源|作\s*者|责任编辑|编\s*辑|审\s*核|浏览(?:次数|量)?|阅读(?:次数|量)?|点击(?:数|率|量|次数)?"
    r"|访问(?:次数|量)?|字\s*[号体]|字体大小|分享(?:到|至)?|扫一扫|当前位置|您(?:的|现在的)?位置|打印(?:本页)?|关闭(?:窗口|本页)?|收藏|返回顶部|上一[篇条]|下一[篇条])"
    r"\s*(?:[:：【\[（(]|\d|$|[|｜\s]).{0,80}|【?(?:大|中|小|打印|关闭|收藏|字号|我要纠错)】?(?:[\s|【】\[\]]*(?:大|中|小|打印|关闭|收藏|纠错))*"
    r")\s*$"
)
SHOWN_DATE = re.compile(
    r"(?:发布|发表|更新|公布|成文|^\s*)(?:时间|日期)\s*[:：]\s*((?:19|20)\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?)"
    r"|^\s*((?:19|20)\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?)\s*$",
    re.MULTILINE,
)
_REMARK_LINES = 4  # so many lines at either end may be remarks


def _without_remarks(text: str | None) -> str | None:
    """Return an article without the lines at its ends that tell of the page: 发布时间, 来源, 浏览量, 字号, 打印."""
    if text is None:
        return None
    lines = text.split("\n")
    first, last = 0, len(lines)
    for n in range(min(_REMARK_LINES, len(lines))):
        if _REMARK.match(lines[n]):
            first = n + 1
    for n in range(len(lines) - 1, max(first, len(lines) - 1 - _REMARK_LINES) - 1, -1):
        if _REMARK.match(lines[n]):
            last = n
    return "\n".join(lines[first:last]).strip() or None


_BREAKS = frozenset(("p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "table", "section"))


def _block_text(root: Any) -> str | None:
    """Return the text below an element, one line a paragraph."""
    parts: list[str] = []

    def walk(element: Any) -> None:
        is_break = element.tag in _BREAKS
        if is_break:
            parts.append("\n")
        parts.append(element.text or "")
        for child in element:
            if isinstance(child.tag, str) and child.tag not in ("script", "style", "noscript"):
                walk(child)
            parts.append(child.tail or "")
        if is_break:
            parts.append("\n")

    walk(root)
    lines = (re.sub(r"[ \t\r\u3000\xa0]+", " ", line).strip() for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line) or None


def _plain_text(root: Any) -> str | None:
    lines = (line.strip() for line in root.text_content().splitlines())
    return "\n".join(line for line in lines if line) or None
