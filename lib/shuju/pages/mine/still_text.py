"""What a card says, as lines of text: for Word, and wherever there is no page."""

from __future__ import annotations

import lxml.html

MOST_LINES = 16
# What one line is: a row of a table or a list, a figure with its note, a paragraph.
LINES = "//tr[td] | //li | //div[contains(concat(' ', @class, ' '), ' kpi ')] | //p | //*[contains(concat(' ', @class, ' '), ' row ')]"
# What a page shows beside its words: signs that explain on hover, and small pictures with their own account.
BESIDE = "descendant::*[contains(concat(' ', @class, ' '), ' explained ')] | descendant::svg"


def lines_of(html: str, most: int = MOST_LINES) -> list[str]:
    """Return the lines of a card's HTML, each once, at most ``most`` and how many are left out. O(characters)."""
    if not html.strip():
        return []
    found, seen = [], set()
    page = lxml.html.fromstring(f"<div>{html}</div>")
    for node in page.xpath(BESIDE):
        node.drop_tree()
    for node in page.xpath(LINES):
        if node.xpath("ancestor::li | ancestor::tr | ancestor::div[contains(@class, 'kpi ')]"):
            continue
        line = "　".join(text for part in node.itertext() if (text := " ".join(part.split())))
        if line and line not in seen:
            seen.add(line)
            found.append(line)
    return found if len(found) <= most else [*found[:most], f"（另有 {len(found) - most} 行，见网页）"]
