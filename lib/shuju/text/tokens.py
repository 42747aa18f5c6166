"""Words (词): jieba's, by the speed of rjieba.

rjieba walks the same dictionary and the same hidden Markov model, but takes other characters together:
it leaves ``2016.1.4`` and ``0731-1234`` whole where jieba cuts ``2016.1 . 4``, and it knows rare Chinese
characters (past U+9FD5) that jieba takes for punctuation (and refuses lone surrogates). Texts without either, nine in ten, are cut by
rjieba alone; the others are mended by the very expressions that jieba cuts with.

Source: jieba 0.42.1, ``re_han_default``, ``re_skip_default`` of ``jieba`` and ``re_skip`` of
``jieba.finalseg``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import rjieba

from shuju.text.user_dictionary import tokenizer

# A place told by a code (A3区) is a region, not a name: cut with it, the next word loses its beginning (区丽发).
PLACE_CODE = re.compile(r"[A-Z][0-9]{0,2}[市区县]")
_HAN = re.compile(r"([\u4e00-\u9fd5a-zA-Z0-9+#&._%\-]+)")
_SPACE = re.compile(r"(\r\n|\s)")
_LATIN = re.compile(r"([a-zA-Z0-9]+(?:\.\d+)?%?)")
_SIGN = re.compile(
    r"[+#&._%\-]"
)  # what makes a compound: looked for by itself, in one pass over a text of Latin letters alone
_COMPOUND = re.compile(r"[a-zA-Z0-9+#&._%\-]*[+#&._%\-][a-zA-Z0-9+#&._%\-]*")
_UNLIKE = re.compile(r"[\ud800-\udfff\u3400-\u4dbf\u9fd6-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def cut(texts: Sequence[str | None], extra: tuple[str, ...] = ()) -> list[list[str]]:
    """Return the words of each text, equal to ``jieba.lcut(text)`` with the same user dictionary.

    Spaces and punctuation are words too, as in jieba: joined, the words are the text. A missing text has
    none. ``extra`` are words besides the user dictionary; keep one tuple and pass it each time, for the
    first call with it loads a dictionary (0.3 s). Time is linear in the characters.
    """
    words = tokenizer(extra)
    return [_cut(text, words) if text else [] for text in texts]


def _cut(text: str, words: rjieba.Jieba) -> list[str]:
    found = _cut_blocks(text, words) if _UNLIKE.search(text) else words.cut(text)
    return _split_latin(found, words) if _SIGN.search(text) else found


def _cut_blocks(text: str, words: rjieba.Jieba) -> list[str]:
    """Return the words of a text that holds characters on which jieba and rjieba disagree."""
    found: list[str] = []
    for number, block in enumerate(_HAN.split(text)):
        if number % 2:
            found += words.cut(block)
        else:
            for part in _SPACE.split(block):
                found += [part] if _SPACE.match(part) else part
    return found


def _split_latin(found: list[str], words: rjieba.Jieba) -> list[str]:
    """Split what rjieba left whole of Latin letters, digits and signs, but for words of the dictionary."""
    split: list[str] = []
    for word in found:
        if len(word) > 1 and _COMPOUND.fullmatch(word) and not words.has_word(word):
            split += filter(None, _LATIN.split(word))
        else:
            split.append(word)
    return split
