"""How far copies are apart, against plain Python sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuju.spread.edits import Edits
from shuju.spread.edits_apart import edits_apart

# Even marks are cuts, odd ones added words; many, so that sets take more than one word of bits.
MARKS = st.lists(st.integers(0, 200), max_size=150, unique=True)
COPIES = st.lists(st.tuples(MARKS, st.sets(st.integers(0, 127))), min_size=1, max_size=6)


def edits_of(copies: list[tuple[list[int], set[int]]]) -> Edits:
    missing = np.zeros((len(copies), 2), np.uint64)
    for row, (_, parts) in enumerate(copies):
        for part in parts:
            missing[row, part // 64] |= np.uint64(1) << np.uint64(part % 64)
    marks = [mark for own, _ in copies for mark in own]
    starts = np.concatenate([[0], np.cumsum([len(own) for own, _ in copies])])
    return Edits(np.array(marks, np.uint64), starts.astype(np.int64), missing)


def apart(edits: Edits, first: int, end: int) -> np.ndarray:
    return edits_apart(edits.marks, edits.starts, edits.missing, first, end)


def by_sets(copies: list[tuple[list[int], set[int]]]) -> list[list[float]]:
    held = [mark for own, _ in copies for mark in own]
    shared = {mark for mark in held if held.count(mark) > 1}
    nodes = [(set(), set()), *((set(own) & shared, parts) for own, parts in copies)]
    return [
        [
            sum(2.0 if mark % 2 else 0.4 for mark in marks ^ others) + 3.0 * min(5, len(lacks - parts))
            for others, lacks in nodes
        ]
        for marks, parts in nodes[1:]
    ]


@given(COPIES)
def test_equals_sets(copies: list[tuple[list[int], set[int]]]) -> None:
    found = apart(edits_of(copies), 0, len(copies))
    assert found.shape == (len(copies), len(copies) + 1)
    np.testing.assert_allclose(found, by_sets(copies))


@pytest.mark.parametrize(("first", "end"), [(0, 2), (1, 3), (2, 3)])
def test_a_part_of_the_copies_is_alone(first: int, end: int) -> None:
    copies = [([1, 3], {0}), ([1, 4], {0, 127}), ([1, 4, 6], set())]
    found = apart(edits_of(copies), first, end)
    np.testing.assert_allclose(found, by_sets(copies[first:end]))


def test_untouched_copies_are_as_near_as_can_be() -> None:
    assert not apart(Edits.none(3), 0, 3).any()
