"""A copy side by side with its original: what is refused, what the rows say, what is folded."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuju.facts.selection import Selection
from shuju.spread.side_by_side import Row, folded, rows, side_by_side_data
from shuju.text.compare import compare
from tests.spread.spread_library import HOSTILE


def test_the_first_copy_where_none_is_named(documents: Selection) -> None:
    found = side_by_side_data(documents, "a")
    assert [side.record_id for side in found.sides] == ["a", "a3"]
    assert (found.kept, found.changes) == (1, ())


def test_what_was_cut_and_changed(documents: Selection) -> None:
    cut = side_by_side_data(documents, "a", "a1")
    assert [change[:2] for change in cut.changes] == [("cut", 1)]
    changed = side_by_side_data(documents, "a", "a2")
    assert ("changed", "七") in [piece for row in flat(changed.rows) for piece in row.original]


@pytest.mark.parametrize("name", ["b1", "none", HOSTILE])
def test_what_is_no_copy_of_the_document_is_not_compared(documents: Selection, name: str) -> None:
    assert side_by_side_data(documents, "a", name).refused == name


def test_a_document_without_copies(documents: Selection) -> None:
    assert not side_by_side_data(documents, "c")


@given(st.text(max_size=200), st.text(max_size=200))
def test_rows_say_both_texts_whole(original: str, copy: str) -> None:
    aligned = rows(compare(original, copy))
    assert "".join(text for row in aligned for _, text in row.original) == original
    assert "".join(text for row in aligned for _, text in row.copy) == copy
    assert list(flat(folded(aligned))) == aligned


def test_long_passages_in_common_are_folded() -> None:
    lines = [
        f"第{k}条　各地各部门要高度重视，结合实际抓好贯彻落实，确保各项任务落到实处见到成效。"
        for k in range(40)
    ]
    changed = [*lines[:20], "新增一条。", *lines[20:]]
    parts = folded(rows(compare("\n".join(lines), "\n".join(changed))))
    assert sum(isinstance(part, tuple) for part in parts) == 2
    assert [part.is_same for part in parts if isinstance(part, Row)] == [True, False, True]


def flat(parts: Iterable[Row | tuple[Row, ...]]) -> Iterable[Row]:
    for part in parts:
        yield from part if isinstance(part, tuple) else (part,)
