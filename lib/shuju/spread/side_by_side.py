"""A copy side by side with its original (逐字对照): aligned rows, long passages in common folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shuju.facts.selection import Selection
from shuju.spread.one_document import document_data
from shuju.text.compare import ADDED, CHANGED, CUT, MOVED_IN, MOVED_OUT, SAME, Comparison, compare

NAMES = {CUT: "删去", ADDED: "增加", CHANGED: "改动", MOVED_OUT: "移位"}
LONG = 160  # characters of a row, after which it ends with its sentence
FOLDED = 400  # characters in common in one piece that are folded
MOST = 100_000  # characters of either text that are held against each other

Piece = tuple[str, str]  # status, text


@dataclass(frozen=True)
class Row:
    """A paragraph (or sentence) of both texts in pieces: what is ``same`` stands in both."""

    original: tuple[Piece, ...]
    copy: tuple[Piece, ...]

    @property
    def is_same(self) -> bool:
        """Whether both say the same."""
        return all(status == SAME for status, _ in (*self.original, *self.copy))

    @property
    def length(self) -> int:
        """How many characters of the original it holds."""
        return sum(len(text) for _, text in self.original)


@dataclass(frozen=True)
class Side:
    """One of the two records: who published it and when, its id, whether it was too long to be compared whole."""

    name: str
    site: str
    record_id: str
    published_at: Any
    is_cut: bool


@dataclass(frozen=True)
class SideBySide:
    """A copy against its original. ``rows`` are rows, or tuples of rows to be folded; ``changes`` (status, places, characters).

    ``refused`` is the id that was asked for and is no copy of the document; nothing else is there then.
    """

    refused: str | None = None
    sides: tuple[Side, ...] = ()
    kept: float = 1.0
    changes: tuple[tuple[str, int, int], ...] = ()
    rows: tuple[Row | tuple[Row, ...], ...] = ()


def side_by_side_data(
    selection: Selection, document_id: str = "", copy: str = ""
) -> SideBySide | dict[str, str]:
    """Return a document's copy (its first if none is named) against the original; an empty dict where there is none.

    O(differences × characters).
    """
    shown = document_data(selection, document_id)
    wanted = copy or (str(shown.copies["record_id"].iloc[0]) if shown.is_carried else "")
    if not wanted:
        return {}
    sites = dict(zip(shown.linked["record_id"], shown.linked["site"], strict=True))
    sites |= dict(zip(shown.copies["record_id"], shown.copies["site"], strict=True))
    origin = str(shown.row["origin_id"])
    records = [selection.resources.get("records", key) for key in (origin, wanted)]
    if wanted not in sites or None in records:
        return SideBySide(refused=wanted)
    texts = [f"{r['title'] or ''}\n{r['body'] or ''}" for r in records if r is not None]
    sides = tuple(
        Side(name, str(site), str(r["record_id"]), r["published_at"], len(text) > MOST)
        for name, site, r, text in zip(
            ("原文", "转载"), (shown.row["site_name"], sites[wanted]), records, texts
        )
        if r is not None
    )
    found = compare(*(text[:MOST] for text in texts))
    return SideBySide(None, sides, found.kept, changes(found), folded(rows(found)))


def changes(found: Comparison) -> tuple[tuple[str, int, int], ...]:
    """Return for each status that occurs (``NAMES``): in how many places, how many characters."""
    told = []
    for status in NAMES:
        own = [found.texts(block) for block in found.blocks if block.status == status]
        if own:
            told.append((status, len(own), sum(max(map(len, sides)) for sides in own)))
    return tuple(told)


def rows(found: Comparison) -> list[Row]:
    """Return the aligned rows: a paragraph (or sentence) of both a row."""
    done: list[Row] = []
    left: list[Piece] = []
    right: list[Piece] = []
    length = 0

    def close() -> None:
        if left or right:
            done.append(Row(tuple(left), tuple(right)))
            left.clear()
            right.clear()

    for block in found.blocks:
        a, b = found.texts(block)
        if block.status != SAME:
            status = MOVED_OUT if block.status == MOVED_IN else block.status
            left += [(status, a)] if a else []
            right += [(status, b)] if b else []
            length += max(len(a), len(b))
            continue
        for piece, ends in _pieces(a, length):
            left.append((SAME, piece))
            right.append((SAME, piece))
            length = 0 if ends else length + len(piece)
            if ends:
                close()
    close()
    return done


def folded(rows: Sequence[Row]) -> tuple[Row | tuple[Row, ...], ...]:
    """Return the rows with long runs of same ones as tuples; the row before and the row after a change stay."""
    parts: list[Row | tuple[Row, ...]] = []
    same: list[Row] = []

    def close(tail: int) -> None:
        head = 1 if parts else 0
        inner = same[head : len(same) - tail]
        if sum(row.length for row in inner) > FOLDED:
            parts.extend([*same[:head], tuple(inner), *same[len(same) - tail :]])
        else:
            parts.extend(same)
        same.clear()

    for row in rows:
        if row.is_same:
            same.append(row)
        else:
            close(tail=1)
            parts.append(row)
    close(tail=0)
    return tuple(parts)


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
