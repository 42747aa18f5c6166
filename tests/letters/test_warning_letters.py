"""What is behind a warning, in words."""

from __future__ import annotations

import pandas as pd
import pytest

from shuju.letters.warning_letters import issue_behind, share_that_holds


@pytest.mark.parametrize(
    ("letters_of", "told"),
    [
        (["i1", "i1", "i1", None], "主要是一件事：搅拌站（4 封中 3 封）"),
        (["i1", "i1", None, None, None], "涉及多件事；其中最多的一件：搅拌站（2 封）"),
        # A matter of one or two people is no hot issue and has no title.
        (["m1", "m1", "m1", None, None, None, None], "涉及多件事"),
        ([None, None], "涉及多件事"),
    ],
)
def test_a_warning_names_the_hot_issue_behind_it(letters_of: list[str | None], told: str) -> None:
    assert issue_behind(pd.Series(letters_of, dtype="str"), {"i1": "搅拌站"}).told == told


@pytest.mark.parametrize(
    ("texts", "word", "share"),
    [
        ([], "电梯", 0.0),
        ([""], "电梯", 0.0),
        (["电梯坏了，电梯又坏了", "没有水", "电梯"], "电梯", 2 / 3),
        (["没有电", "梯子"], "电梯", 0.0),  # a word never lies across two texts
        (["坏电梯", "", "电梯"], "电梯", 2 / 3),
    ],
)
def test_how_many_texts_hold_a_word(texts: list[str], word: str, share: float) -> None:
    told = share_that_holds(pd.Series(texts, dtype="str"))
    assert told(word) == told(word) == pytest.approx(share)
