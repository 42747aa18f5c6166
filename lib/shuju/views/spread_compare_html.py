"""A copy side by side with its original (逐字对照) as HTML: texts are hostile input, every character is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import quote

from shuju.text.compare import ADDED, CHANGED, CUT, MOVED_IN, MOVED_OUT, SAME, Block, Comparison, compare
from shuju.views.formats import moment

NAMES = {CUT: "删去", ADDED: "增加", CHANGED: "改动", MOVED_OUT: "移位"}
LONG = 160  # characters of a row, after which it ends with its sentence
FOLDED = 400  # characters in common in one piece that are folded
MOST = 100_000  # characters of either text that are held against each other


def compare_html(original: Mapping[str, object], copy: Mapping[str, object], names: tuple[str, str]) -> str:
    """Return two records (title, body, published_at, record_id) side by side; ``names`` are their sites."""
    texts = [_whole(record)[:MOST] for record in (original, copy)]
    found = compare(*texts)
    cut = "；".join(
        f"{side}过长，只比对前 {MOST:,} 字"
        for side, record in (("原文", original), ("转载", copy))
        if len(_whole(record)) > MOST
    )
    heads = "".join(
        f'<div class="side"><b>{side}</b>　{escape(name)}　<span class="muted">{moment(record["published_at"])}</span> '
        f'<a href="record?id={quote(str(record["record_id"]), safe="")}">全文</a></div>'
        for side, name, record in zip(("原文", "转载"), names, (original, copy), strict=True)
    )
    return (
        f'<div class="told">{summary(found)}{f"（{cut}）" if cut else ""}</div>'
        f'<div class="diff" role="table" aria-label="逐字对照"><div class="pairs heads" role="row">{heads}</div>{rows_html(found)}</div>'
    )


def _whole(record: Mapping[str, object]) -> str:
    return f"{record['title'] or ''}\n{record['body'] or ''}"


def summary(found: Comparison) -> str:
    """Return in words what was kept, cut, added, changed and moved, with the marks as their legend."""
    if all(b.status == SAME for b in found.blocks):
        return "<b>一字不差</b>"
    told = [f"保留原文 <b>{found.kept:.0%}</b>"]
    for status, name in NAMES.items():
        own = [b for b in found.blocks if b.status == status]
        if own:
            sides = [found.texts(b) for b in own]
            n = sum(max(map(len, side)) for side in sides)
            told.append(f'<mark class="{_class(status)}">{name}</mark> {len(own)} 处 {n:,} 字')
    return "　".join(told)


def rows_html(found: Comparison) -> str:
    """Return the aligned rows: a paragraph (or sentence) of both a row, long passages in common folded."""
    rows: list[tuple[str, str, bool]] = []
    left, right = [], []

    def close() -> None:
        if left or right:
            pair = "".join(p for p, _ in left), "".join(p for p, _ in right)
            rows.append((*pair, all(is_same for _, is_same in (*left, *right))))
            left.clear()
            right.clear()

    length = 0
    for block in found.blocks:
        a, b = found.texts(block)
        if block.status != SAME:
            if a:
                left.append((_mark(block, a), False))
            if b:
                right.append((_mark(block, b, is_copy=True), False))
            length += max(len(a), len(b))
            continue
        for piece, ends in _pieces(a, length):
            left.append((escape(piece), True))
            right.append((escape(piece), True))
            length = 0 if ends else length + len(piece)
            if ends:
                close()
    close()
    return _folded(rows)


def _pieces(text: str, length: int) -> list[tuple[str, bool]]:
    """Return a text in pieces that end a row (with its paragraph, or after ``LONG`` characters with its sentence) or do not."""
    pieces, start = [], 0
    for at, character in enumerate(text):
        length += 1
        if character == "\n" or (length >= LONG and character in "。！？；"):
            pieces.append((text[start : at + 1], True))
            start, length = at + 1, 0
    if start < len(text):
        pieces.append((text[start:], False))
    return pieces


def _folded(rows: Sequence[tuple[str, str, bool]]) -> str:
    parts, same = [], []

    def close(is_last: bool) -> None:
        """Show the first row after and the last before a change, fold what is between."""
        head = 1 if parts else 0
        tail = 0 if is_last else 1
        inner = same[head : len(same) - tail]
        is_long = sum(len(row[0]) for row in inner) > FOLDED
        shown = [*same[:head], None, *same[len(same) - tail :]] if is_long else same
        for row in shown:
            if row is None:
                n = sum(len(r[0].strip()) for r in inner)
                parts.append(
                    f'<details class="fold"><summary>相同 {n:,} 字</summary>{"".join(_row(*r) for r in inner)}</details>'
                )
            else:
                parts.append(_row(*row))
        same.clear()

    for row in rows:
        if row[2]:
            same.append(row)
        else:
            close(is_last=False)
            parts.append(_row(*row))
    close(is_last=True)
    return "".join(parts)


def _row(left: str, right: str, is_same: bool) -> str:
    return f'<div class="pairs{"" if is_same else " differs"}" role="row"><div role="cell">{left}</div><div role="cell">{right}</div></div>'


def _mark(block: Block, text: str, *, is_copy: bool = False) -> str:
    name = _class(block.status)
    tag = (
        "ins"
        if is_copy and block.status in (ADDED, CHANGED)
        else "del"
        if block.status in (CUT, CHANGED)
        else "mark"
    )
    return f'<{tag} class="{name}">{escape(text)}</{tag}>'


def _class(status: str) -> str:
    return "moved" if status in (MOVED_OUT, MOVED_IN) else status
