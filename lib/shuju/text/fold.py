"""Folding: the many ways to write a digit, a letter, a blank or a dash, reduced to one character each.

Folding keeps one character for one character, except that invisible characters are left out, so
that a place in the folded text leads back to its place in the original.
"""

from __future__ import annotations

import sys
import unicodedata

import numpy as np

# Written for a digit only where enough of them stand together (二〇二四 is a year, ① an item of a list).
_LOOKALIKE = {
    "0": "零〇○◯洞OoОоΟο",
    "1": "一壹幺弌Il丨㊀㈠",
    "2": "二贰貳两兩弍㊁㈡",
    "3": "三叁參弎㊂㈢",
    "4": "四肆㊃㈣",
    "5": "五伍㊄㈤",
    "6": "六陆陸㊅㈥",
    "7": "七柒拐㊆㈦",
    "8": "八捌㊇㈧",
    "9": "九玖勾㊈㈨",
}
_ALIKE = {
    "-": "─━ー⁃˗−~～",
    ".": "·•‧∙⋅・･",
    "X": "×✕✖ⅩХхΧχ",
    " ": "\t\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029\u3164\u2800",
    "\n": "\r",
}


def _tables() -> tuple[np.ndarray, np.ndarray, dict[int, str]]:
    folded = np.arange(sys.maxunicode + 1, dtype=np.uint32)
    invisible = np.zeros(sys.maxunicode + 1, np.bool_)
    lookalike = {ord(c): digit for digit, alike in _LOOKALIKE.items() for c in alike}
    invisible[0x300:0x370] = invisible[0xFE00:0xFE10] = True  # combining marks, variation selectors
    invisible[0xE0000:0xE0080] = invisible[0x20E3] = True  # tags, the key-cap
    folded[0xFF01:0xFF5F] = np.arange(0x21, 0x7F)  # full-width ASCII
    for code in range(0x20000):
        char = chr(code)
        category = unicodedata.category(char)
        if category == "Nd":
            folded[code] = ord("0") + unicodedata.decimal(char)
        elif category == "No" and unicodedata.digit(char, None) is not None:
            lookalike[code] = str(unicodedata.digit(char))
        elif category == "Zs":
            folded[code] = ord(" ")
        elif category == "Pd":
            folded[code] = ord("-")
        elif category == "Cf":
            invisible[code] = True
    for target, alike in _ALIKE.items():
        folded[[ord(char) for char in alike]] = ord(target)
    return folded, invisible, lookalike


FOLDED, INVISIBLE, LOOKALIKE = _tables()


def fold(text: str) -> tuple[str, str, np.ndarray | None]:
    """Return ``text`` without invisible characters, the same folded, and where each character stood.

    Both strings have one length; the places are ``None`` where nothing was left out. O(characters).
    """
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    invisible = INVISIBLE[codes]
    places = None
    if invisible.any():
        places = np.flatnonzero(~invisible)
        codes = codes[places]
        text = _text(codes)
    return text, _text(FOLDED[codes]), places


def _text(codes: np.ndarray) -> str:
    return codes.tobytes().decode("utf-32-le", "surrogatepass")
