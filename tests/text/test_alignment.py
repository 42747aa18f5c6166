"""Which passages two texts have in common."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuju.text.alignment import align, covered

RNG = np.random.default_rng(4)
A, B, C, D = (RNG.integers(0x4E00, 0x9FA5, 80, np.uint32) for _ in range(4))


def joined(*parts: np.ndarray) -> np.ndarray:
    return np.concatenate([np.asarray(p, np.uint32) for p in parts])


def changed(text: np.ndarray, *places: int) -> np.ndarray:
    text = text.copy()
    text[list(places)] = 0x3400
    return text


@pytest.mark.parametrize(
    ("document", "page", "passages"),
    [
        (A, A, [[0, 80, 0, 80, 80]]),
        (A, B, []),
        ([], A, []),
        (A, [], []),
        (A[:10], joined(B, A[:10]), [[0, 10, 80, 90, 10]]),
        (A, joined(B, A, C), [[0, 80, 80, 160, 80]]),
        (joined(A, B, C), joined(A, C), [[0, 80, 0, 80, 80], [160, 240, 80, 160, 80]]),
        (joined(A, B), joined(B, A), [[80, 160, 0, 80, 80], [0, 80, 80, 160, 80]]),
        (A, changed(A, 30, 31, 60), [[0, 80, 0, 80, 77]]),
        (A, joined(A[:40], D[:5], A[40:]), [[0, 80, 0, 85, 80]]),
        (A, joined(A, A), [[0, 80, 0, 80, 80], [0, 80, 80, 160, 80]]),
    ],
    ids=[
        "same",
        "none",
        "no-document",
        "no-page",
        "short",
        "framed",
        "cut",
        "reordered",
        "slips",
        "inserted",
        "twice",
    ],
)
def test_passages(document: np.ndarray, page: np.ndarray, passages: list[list[int]]) -> None:
    found = align(np.asarray(document, np.uint32), np.asarray(page, np.uint32))
    assert found.tolist() == passages


def test_a_passage_that_stands_twice_covers_its_letters_once() -> None:
    assert covered(align(A, joined(A, A)), len(A)) == 80
    assert covered(align(joined(A, B), A), 160) == 80


def test_a_text_of_one_letter_repeated_is_read_in_linear_steps() -> None:
    text = np.full(200_000, 0x4E00, np.uint32)
    assert covered(align(text, text), len(text)) == len(text)


@given(st.data())
def test_passages_lie_within_both_texts_and_do_not_overlap_on_the_page(data: st.DataObject) -> None:
    alphabet = st.integers(0x4E00, 0x4E04)
    document, page = (np.array(data.draw(st.lists(alphabet, max_size=80)), np.uint32) for _ in range(2))
    found = align(document, page)
    for first, end, page_first, page_end, common in found:
        assert 0 <= first < end <= len(document)
        assert 0 <= page_first < page_end <= len(page)
        assert 0 < common <= page_end - page_first
    assert np.all(found[1:, 2] >= found[:-1, 3])
    assert covered(found, len(document)) <= len(document) + 1e-3
