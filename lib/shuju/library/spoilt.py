"""Texts that were spoilt before they came (乱码): one among many good ones, found in one pass over the bytes.

A kernel looks for what spoilt texts are made of, and passes over all others; a text that it suspects is tried: read back as the
encoding that it was taken for, it must give likely Chinese.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pyarrow as pa
from numba import njit

from shuju.library.readers.text_encoding import LIKELY, likelihood, shown
from shuju.text.buffers import utf8

QUESTIONS, LATIN, RARE = np.uint8(1), np.uint8(2), np.uint8(4)
LEAST_QUESTIONS = 4
LEAST_RUN = 4  # signs of Latin alphabets that follow each other
LEAST_MENDED = 2  # characters that come out right
SAMPLE = 4_000
RARE_SHARE = 4  # one in so many Chinese characters begins as UTF-8 does, read as GBK
_FAMILIAR = re.compile("锟斤拷|烫烫烫|屯屯屯屯")


def spoilt(texts: pa.Array) -> list[tuple[int, str]]:
    """Return (position, what happened to it) of each spoilt text.

    O(bytes), without the GIL, and a trial of each suspected text.
    """
    offsets, data, texts = utf8(texts)
    flags = np.zeros(len(texts), np.uint8)
    _suspect(offsets, data, _begins_as_utf8(), flags)
    if texts.null_count:
        flags[np.asarray(texts.is_null())] = 0
    found = []
    for i in np.flatnonzero(flags):
        if flags[i] & QUESTIONS:
            found.append((int(i), "文字成了问号"))
            continue
        text = texts[int(i)].as_py()
        said = "文字编码转换出错" if _FAMILIAR.search(text) else _misread(text, bool(flags[i] & LATIN))
        if said:
            found.append((int(i), said))
    return found


def _misread(text: str, is_latin: bool) -> str | None:
    """Return as which encoding a text was read that is another; a short one too."""
    ways = [("gb18030", "utf-8")]
    if is_latin:
        text = "".join(c for c in text if c < "\u2e80")  # what is good Chinese beside it
        ways = [("cp1252", "utf-8"), ("latin-1", "utf-8"), ("latin-1", "gb18030")]
    sample = text[:SAMPLE].replace("\ufffd", "")
    for wrong, right in ways:
        mended = sample.encode(wrong, "ignore").decode(right, "ignore")
        share, n = likelihood(mended)
        n_before = sum(c > "\x7f" for c in sample)
        if n >= LEAST_MENDED and share > LIKELY + 0.15 and n > n_before // 5:
            return f"{shown(right)} 文字被当作 {shown(wrong)} 读过"
    return None


@cache
def _begins_as_utf8() -> np.ndarray:
    """Return by code point whether a character's two bytes in GBK could begin three bytes of UTF-8 (鐨, 涓); 锟, 烫, 屯 too."""
    begins = np.zeros(1 << 16, np.bool_)
    for first in (*range(0xE3, 0xEA), 0xEF):
        for second in range(0x80, 0xC0):
            text = bytes((first, second)).decode("gbk", "ignore")
            if len(text) == 1:
                begins[ord(text)] = True
    begins[[ord(c) for c in "锟烫屯"]] = True
    return begins


@njit(nogil=True, cache=True)
def _suspect(offsets, data, begins, flags):
    for i in range(len(flags)):
        at, end = offsets[i], offsets[i + 1]
        n_han = n_rare = n_questions = run = questions = longest = 0
        while at < end:
            byte = data[at]
            if byte == 0x3F:
                questions += 1
                at += 1
                run = 0
                continue
            if questions > 1:
                n_questions += questions
            questions = 0
            if byte < 0x80:
                at += 1
                run = 0
            elif byte < 0xE0:
                # Middle dot, degree, plus-minus, squares, multiplied and divided by stand in good texts.
                code = ((byte & 0x1F) << 6) | (data[at + 1] & 0x3F) if at + 1 < end else 0
                if byte <= 0xC3 and code not in (0xA0, 0xB0, 0xB1, 0xB2, 0xB3, 0xB7, 0xD7, 0xF7):
                    run += 1
                    longest = max(longest, run)
                at += 2
            elif byte < 0xF0:
                if at + 2 < end:
                    code = ((byte & 0x0F) << 12) | ((data[at + 1] & 0x3F) << 6) | (data[at + 2] & 0x3F)
                    if 0x3400 <= code <= 0x9FFF:
                        n_han += 1
                        run = 0
                        if begins[code]:
                            n_rare += 1
                at += 3
            else:
                at += 4
        if questions > 1:
            n_questions += questions
        if n_questions >= LEAST_QUESTIONS and n_questions > 2 * n_han:
            flags[i] |= QUESTIONS
        if longest >= LEAST_RUN:
            flags[i] |= LATIN
        if n_rare * RARE_SHARE >= n_han and n_rare > 0:
            flags[i] |= RARE
