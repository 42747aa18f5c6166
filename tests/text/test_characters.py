"""The scan never misses what a slower step would change, and says little of tidy text."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuju.library.conversion import _multi_line, _tidied
from shuju.text.characters import NUL, REPLACEMENT, UNTIDY, scan

CASES = {
    "": UNTIDY,
    "正文": 0,
    "第一段\n第二段": 0,
    "a b  c": 0,
    "a\x00b": NUL,
    "乱\ufffd码": REPLACEMENT,
    "全角\u3000空格": 0,
    "行\n\u3000\u3000首": UNTIDY,
    "行尾 \n下": UNTIDY,
    "空\n\n行": UNTIDY,
    "回\r\n车": UNTIDY,
    "段\u2029落": UNTIDY,
    " 首": UNTIDY,
    "尾\ufeff": UNTIDY,
    "尾\u00a0": UNTIDY,
    "é©\u200b\n": UNTIDY,
    "\x00 \ufffd": NUL | REPLACEMENT,
    "😀": 0,
}


@pytest.mark.parametrize(("text", "flags"), CASES.items(), ids=map(ascii, CASES))
def test_flags(text: str, flags: int) -> None:
    assert scan(pa.array(["前", text, None, "后"])).tolist() == [0, flags, 0, 0]


def test_bytes_under_a_null_say_nothing() -> None:
    texts = pa.array(["a\x00", " b"]).slice(0)
    hidden = pa.Array.from_buffers(pa.string(), 2, [pa.py_buffer(b"\x00"), *texts.buffers()[1:]])
    assert scan(hidden).tolist() == [0, 0]
    assert scan(pa.array([], pa.string())).tolist() == []


ALPHABET = "中aé😀 \t\n\r\v\f\x00\u00a0\u3000\u200b\ufeff\u2028\u2029\ufffd\u3001\uff0c"


@given(st.lists(st.none() | st.text(ALPHABET, max_size=12), max_size=6))
def test_tidying_some_is_tidying_all(texts: list[str | None]) -> None:
    column = pa.array(texts, pa.string())
    assert _tidied(column, scan(column)).equals(_multi_line(column))
    flags = scan(column)
    assert [bool(f & NUL) for f in flags] == ["\x00" in (t or "") for t in texts]
    assert [bool(f & REPLACEMENT) for f in flags] == ["\ufffd" in (t or "") for t in texts]
