"""The text of a page: its article alone, without navigation, counters and what the page says of itself."""

from __future__ import annotations

import re
from typing import Any

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
    return block_text(smallest)


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


def block_text(root: Any) -> str | None:
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
