"""Which texts could hold personal data: one pass over UTF-8 bytes that rules out most of a library.

Says yes too often (a long number, a name after 微信), never no to a text in which
``shuju.text.personal`` finds something.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from shuju.text.fold import FOLDED, INVISIBLE, LOOKALIKE

_CODES = 0x20000  # beyond, there is nothing to look for
_NOTHING, _GAP, _INVISIBLE, _LOOKALIKE, _PLACE, _DIGIT = range(6)
_PLACES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"


def _classes() -> np.ndarray:
    folded = FOLDED[:_CODES]
    classes = np.full(_CODES, _NOTHING, np.uint8)
    classes[np.isin(folded, [ord(c) for c in " \n.-()/_"])] = _GAP
    classes[list(LOOKALIKE)] = _LOOKALIKE
    classes[[ord(c) for c in _PLACES]] = _PLACE
    classes[(folded >= ord("0")) & (folded <= ord("9"))] = _DIGIT
    classes[INVISIBLE[:_CODES]] = _INVISIBLE
    return classes


_CLASS = _classes()
_PLAIN = FOLDED[:_CODES].astype(np.int32)


@nb.njit(cache=True, nogil=True)
def could_hold(offsets, data):
    """Return for each text ``data[offsets[k]:offsets[k + 1]]`` whether it could hold an item. O(bytes)."""
    rows = len(offsets) - 1
    marks = np.zeros(rows, np.bool_)
    for row in range(rows):
        marks[row] = _could_hold(data, offsets[row], offsets[row + 1])
    return marks


@nb.njit(cache=True, nogil=True)
def _is_letter(c):
    return 65 <= c <= 90 or 97 <= c <= 122


@nb.njit(cache=True, nogil=True)
def _could_hold(data, i, end):
    run = gap = 0  # digits near each other, and the characters since the last of them
    of_letter = of_phone = of_handle = False  # what the run began after
    word, word_of_handle = 0, False  # letters and digits that touch
    phone = handle = plate = (
        0  # characters still to come that may begin a local phone, a name; or be of a plate
    )
    plate_digits = 0
    c1 = c2 = 0  # the last two characters
    while i < end:
        c = np.int64(data[i])
        if c < 0x80:
            i += 1
        elif c < 0xE0:
            c = (c & 0x1F) << 6 | (data[i + 1] & 0x3F)
            i += 2
        elif c < 0xF0:
            c = (c & 0x0F) << 12 | (np.int64(data[i + 1]) & 0x3F) << 6 | (data[i + 2] & 0x3F)
            i += 3
        else:
            c = (c & 0x07) << 18 | (np.int64(data[i + 1]) & 0x3F) << 12
            c |= (np.int64(data[i + 2]) & 0x3F) << 6 | (data[i + 3] & 0x3F)
            i += 4
            if c >= _CODES:
                if 0xE0000 <= c < 0xE0080:  # invisible tags
                    continue
                c = 0xFFFD
        kind = _CLASS[c]
        if kind == _INVISIBLE:
            continue
        c = np.int64(_PLAIN[c])
        phone -= 1
        handle -= 1
        plate -= 1
        letter = _is_letter(c)

        if kind == _DIGIT or kind == _LOOKALIKE:
            if run == 0:
                of_letter = letter or _is_letter(c1)
                of_phone = phone >= 0 and 50 <= c <= 56
                of_handle = handle >= 0
            run, gap = run + 1, 0
            if run >= 11 or (run >= 7 and of_phone) or (run >= 6 and of_letter) or (run >= 5 and of_handle):
                return True
            if plate >= 0 and kind == _DIGIT:
                plate_digits += 1
                if plate_digits == 3:
                    return True
        elif kind == _GAP and run and gap < 3:
            gap += 1
        else:
            run = 0

        if letter or kind == _DIGIT or c == 95 or c == 45:  # _ -
            if word == 0:
                word_of_handle = handle >= 0
            word += 1
            if word >= 5 and word_of_handle:
                return True
        else:
            word = 0

        if letter:
            low = c | 32
            if (c1 < _CODES and _CLASS[c1] == _PLACE) or (c1 == 32 and c2 < _CODES and _CLASS[c2] == _PLACE):
                plate, plate_digits = 7, 0
            if low == ord("t") and c1 | 32 == ord("a"):
                if c2 == ord("(") or c2 == ord("[") or c2 == ord("{") or c2 == ord("<") or c2 == ord("【"):
                    return True
                if c2 | 32 == ord("h"):  # wechat
                    handle, word = 16, 0
            elif low == ord("n") and c1 | 32 == ord("i") and c2 | 32 == ord("x"):  # weixin
                handle, word = 16, 0
            elif low == ord("x") and (c1 | 32 == ord("w") or c1 | 32 == ord("v")):
                handle, word = 16, 0
            elif low == ord("q") or low == ord("v"):
                handle, word = 16, 0
            if low == ord("l") or low == ord("e") or low == ord("x"):  # tel, phone, fax
                phone = 6
        elif c == ord("@") or c == ord("艾") or c == ord("圈"):
            return True
        elif c == ord("信"):
            if (
                c1 == ord("微")
                or c1 == ord("威")
                or c1 == ord("薇")
                or c1 == ord("徽")
                or c1 | 32 == ord("v")
            ):
                handle = 16
        elif c == ord("微"):
            if c1 == ord("加"):
                handle = 16
        elif c == ord("扣") or c == ord("球") or c == ord("鹅"):
            handle = 16
        elif c == ord("话") or c == ord("机") or c == ord("真") or c == ord("打") or c == ord("电"):
            phone = 6
        c2, c1 = c1, c
    return False
