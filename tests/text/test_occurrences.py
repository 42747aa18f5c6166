"""Names in texts: those that a plain search finds, and no others."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuju.text.occurrences import occurrences
from shuju.text.trie import trie


@pytest.mark.parametrize(
    ("texts", "names", "found"),
    [
        ([], ["新城"], []),
        (["新城花园"], [], []),
        ([None, ""], ["新城"], []),
        (["新城花园业主", "花园"], ["新城花园", "花园"], [(0, 0), (0, 1), (1, 1)]),
        (["搅拌站搅拌站"], ["搅拌站"], [(0, 0)]),
        (["新城", "花园"], ["新城花园"], []),
        (["新新城"], ["新城"], [(0, 0)]),
        (["a𠀀b", "ab"], ["𠀀b"], [(0, 0)]),
        (["新城花"], ["新城花园", "新城"], [(0, 1)]),
    ],
)
def test_names_in_texts(texts, names, found):
    rows, numbers = occurrences(pa.array(texts, pa.string()), trie(names))
    assert list(zip(rows.tolist(), numbers.tolist(), strict=True)) == found


@given(
    st.lists(st.one_of(st.none(), st.text("新城花a𠀀\n", max_size=12)), max_size=8),
    st.lists(st.text("新城花a𠀀", min_size=1, max_size=4), unique=True, max_size=5),
    st.integers(0, 3),
)
def test_as_a_plain_search(texts, names, skipped):
    array = pa.array(texts, pa.large_string()).slice(skipped)
    rows, numbers = occurrences(array, trie(names))
    expected = [
        (r, n)
        for r, text in enumerate(texts[skipped:])
        for n, name in enumerate(names)
        if text and name in text
    ]
    assert list(zip(rows.tolist(), numbers.tolist(), strict=True)) == expected
