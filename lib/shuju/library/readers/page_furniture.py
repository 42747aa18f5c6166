"""Furniture (页面杂项) of a site: lines of text that most of its pages have at the same place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from shuju.library.readers.files import Unit

Lines = frozenset[tuple[int, str]]
ALIKE = 0.6  # of a site's pages: a line in so many of them is furniture
LEAST_PAGES = 5
END_LINES = 8  # furniture stands within so many lines of either end


def site_of(unit: Unit, fields: Mapping[str, str | None]) -> str:
    """Return what tells the pages of one site: its number, else its domain, else the folder they lie in."""
    told = fields.get("meta.SiteIDCode") or fields.get("meta.SiteDomain")
    return told or unit.name.rpartition("/")[0]


def shared_lines(texts: Iterable[tuple[str, str | None]]) -> dict[str, Lines]:
    """Return by site the lines that most of its pages have at the same place, counted from either end.

    ``texts`` are (site, text of a page). A site of fewer than ``LEAST_PAGES`` pages has none. O(pages).
    """
    pages: dict[str, list[set[tuple[int, str]]]] = {}
    for site, text in texts:
        pages.setdefault(site, []).append(set(_at_ends(text)))
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


def without_furniture(text: str | None, known: Lines | None) -> str | None:
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
