"""Side by side: blocks tile both texts, equal parts are equal, and a reader sees what was done."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuju.text.compare import Comparison, compare

A, B, C = "甲乙丙丁戊己庚辛壬癸子丑", "一二三四五六七八九十百千", "金木水火土日月星辰山川河"


def told(comparison: Comparison) -> list[tuple[str, str, str]]:
    return [(b.status, *comparison.texts(b)) for b in comparison.blocks]


@pytest.mark.parametrize(
    ("original", "copy", "expected"),
    [
        ("", "", []),
        ("", "全文", [("added", "", "全文")]),
        ("全文", "", [("cut", "全文", "")]),
        (A, A, [("same", A, A)]),
        (A, B, [("changed", A, B)]),
        (A + B, A + C + B, [("same", A, A), ("added", "", C), ("same", B, B)]),
        (A + C + B, A + B, [("same", A, A), ("cut", C, ""), ("same", B, B)]),
        (A + "三" + B, A + "五" + B, [("same", A, A), ("changed", "三", "五"), ("same", B, B)]),
        ("啊" * 300, "啊" * 299, [("same", "啊" * 299, "啊" * 299), ("cut", "啊", "")]),
        ("\ud800x", "\ud800y", [("same", "\ud800", "\ud800"), ("changed", "x", "y")]),
    ],
)
def test_what_was_done(original: str, copy: str, expected: list[tuple[str, str, str]]) -> None:
    assert told(compare(original, copy)) == expected


def test_a_passage_in_another_order_is_moved() -> None:
    found = compare(A + "，" + B + C * 2, B + C * 2 + A)
    assert [b.status for b in found.blocks] == ["moved_out", "cut", "same", "moved_in"]
    assert (found.blocks[0].partner, found.blocks[3].partner) == (3, 0)
    assert found.kept == pytest.approx(1 - 1 / (len(A) + 1 + len(B) + 2 * len(C)))


def test_chance_characters_between_changes_are_no_text_kept() -> None:
    found = told(compare(A + "今天的会议很好啊" + B, A + "昨日的天气不错吗" + B))
    assert found == [("same", A, A), ("changed", "今天的会议很好啊", "昨日的天气不错吗"), ("same", B, B)]


def test_texts_too_far_apart_are_changed_as_a_whole() -> None:
    random = np.random.default_rng(7)
    one, other = ("".join(map(chr, random.integers(0x4E00, 0x9FA5, 3000))) for _ in range(2))
    assert [b.status for b in compare(A + one + B, A + other + B).blocks] == ["same", "changed", "same"]


PIECES = st.lists(
    st.sampled_from([A, B, C, A[:7], B[3:], "的", "，", "啊啊啊啊", "ab", "<b>", "😀"])
    | st.text(max_size=12),
    max_size=14,
)


@given(PIECES, PIECES, st.randoms())
def test_blocks_tile_both_texts_and_equal_parts_are_equal(one: list[str], other: list[str], random) -> None:
    shuffled = one[:]
    random.shuffle(shuffled)
    for copy in ("".join(other), "".join(shuffled), "".join(one[::2])):
        original = "".join(one)
        found = compare(original, copy)
        assert "".join(found.texts(b)[0] for b in found.blocks) == original
        assert "".join(found.texts(b)[1] for b in found.blocks) == copy
        i = j = 0
        for number, block in enumerate(found.blocks):
            assert (block.original_start, block.copy_start) == (i, j)
            i, j = block.original_end, block.copy_end
            a, b = found.texts(block)
            assert a or b
            match block.status:
                case "same":
                    assert a == b
                case "changed":
                    assert a
                    assert b
                case "cut" | "moved_out":
                    assert not b
                case "added" | "moved_in":
                    assert not a
            assert (block.partner is not None) == block.status.startswith("moved")
            if block.partner is not None:
                partner = found.blocks[block.partner]
                assert partner.partner == number
                assert a + b == "".join(found.texts(partner))
        assert 0 <= found.kept <= 1
