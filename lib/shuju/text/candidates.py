"""Which personal data a text could hold: one pass over UTF-8 bytes that rules out most of a library.

The pass says yes too often (a long number, a word after 微信), never no to a text in which
``shuju.text.personal`` finds something.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from shuju.text.fold import FOLDED, INVISIBLE, LOOKALIKE

# What a text could hold, and what stands in the way of reading it.
NUMBER, WORDED, HANDLE, DOCUMENT, PLATE, EMAIL, ADDRESS, TIME = (1 << k for k in range(8))
ITEMS = NUMBER | WORDED | HANDLE | DOCUMENT | PLATE | EMAIL

_CODES = 0x20000  # beyond, there is nothing to look for
_NOTHING, _SIGN, _GAP, _INVISIBLE, _LOOKALIKE, _PLACE, _DIGIT = range(7)
_PLACES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_CUES = "信微加扣球鹅话机真打电照证胞卡民居留份分众艾圈【➕"
_HANDLE_WITHIN, _PHONE_WITHIN, _PLATE_WITHIN = 16, 6, 7  # characters
_DOCUMENT_WITHIN = 22  # sixteen characters, a word's last one (证件), three letters, a blank, a digit


def _classes() -> np.ndarray:
    folded = FOLDED[:_CODES]
    classes = np.full(_CODES, _NOTHING, np.uint8)
    classes[folded < 128] = _SIGN
    classes[[ord(c) for c in _CUES]] = _SIGN
    classes[np.isin(folded, [ord(c) for c in " \n.-()/_"])] = _GAP
    classes[np.isin(folded, list(LOOKALIKE))] = _LOOKALIKE
    classes[[ord(c) for c in _PLACES]] = _PLACE
    classes[(folded >= ord("0")) & (folded <= ord("9"))] = _DIGIT
    classes[INVISIBLE[:_CODES]] = _INVISIBLE
    return classes


_CLASS = _classes()
_PLAIN = FOLDED[:_CODES].astype(np.int32)


def candidates(offsets: np.ndarray, data: np.ndarray) -> np.ndarray:
    """Return what each UTF-8 text could hold, as flags (uint8). Text k is
    ``data[offsets[k]:offsets[k + 1]]``.

    O(bytes), without the GIL.
    """
    return _each(offsets, data, _CLASS, _PLAIN)


@nb.njit(cache=True, nogil=True)
def _each(offsets, data, classes, plain):  # tables are arguments: what is cached must not hold them
    rows = len(offsets) - 1
    flags = np.zeros(rows, np.uint8)
    for row in range(rows):
        flags[row] = _candidates(data, offsets[row], offsets[row + 1], classes, plain)
    return flags


@nb.njit(cache=True, nogil=True)
def _is_letter(c):
    return 65 <= c <= 90 or 97 <= c <= 122


@nb.njit(cache=True, nogil=True)
def _led(b1, b2):
    """Whether letters stand before a run, perhaps with a blank or a dash between."""
    return _is_letter(b1) or ((b1 == ord(" ") or b1 == ord("-")) and _is_letter(b2))


@nb.njit(cache=True, nogil=True)
def _candidates(data, i, end, classes, plain):
    flags = 0
    run = gap = worded = 0  # digits near each other, the characters since the last, those not plain digits
    of_letter = of_phone = of_handle = False  # what the run began after
    word, word_of_handle = 0, False  # letters and digits that touch
    at = 0  # characters read
    phone = handle = plate = document = -1  # up to where one may begin, or a plate go on
    plate_digits = 0
    c1 = c2 = np.int64(0)  # the last two characters
    tight = since = 0  # plain digits with blanks or dashes at most between, and where they began,
    b1, b2 = c1, c2  # after which characters
    while i < end:
        c = np.int64(data[i])
        if c < 0x80:
            i += 1
        elif c < 0xE0:
            c = (c & 0x1F) << 6 | (np.int64(data[i + 1]) & 0x3F)
            i += 2
        elif c < 0xF0:
            c = (c & 0x0F) << 12 | (np.int64(data[i + 1]) & 0x3F) << 6 | (np.int64(data[i + 2]) & 0x3F)
            i += 3
        else:
            c = (c & 0x07) << 18 | (np.int64(data[i + 1]) & 0x3F) << 12
            c |= (np.int64(data[i + 2]) & 0x3F) << 6 | (np.int64(data[i + 3]) & 0x3F)
            i += 4
            if c >= _CODES:
                if 0xE0000 <= c < 0xE0080:  # invisible tags
                    continue
                c = np.int64(0xFFFD)
        kind = classes[c]
        if kind == _NOTHING:
            at += 1
            run = word = 0
            if phone >= 0 and c != ord("号") and c != ord("码") and c != ord("为") and c != ord("是"):
                phone = -1
            c2, c1 = c1, c
            continue
        if kind == _INVISIBLE:
            continue
        at += 1
        c = np.int64(plain[c])
        letter = _is_letter(c)

        if kind in (_DIGIT, _LOOKALIKE):
            if run == 0:
                worded = 0
                of_letter = _is_letter(c1) and (
                    c1 | 32 == ord("e") or c1 | 32 == ord("g") or c2 | 32 == ord("e")
                )
                of_letter |= (letter or _led(c1, c2)) and at <= document
                of_phone = at <= phone and 50 <= c <= 56
                of_handle = at <= handle
            run, gap = run + 1, 0
            worded += kind == _LOOKALIKE
            if run == 1 or kind == _LOOKALIKE:
                tight = 0
            if kind == _DIGIT:
                if tight == 0:
                    b1, b2, since = c1, c2, at
                tight += 1
            if run >= 11:
                flags |= NUMBER | (WORDED if worded else 0)
            elif run >= 7 and of_phone:
                flags |= NUMBER
            if run >= 6 and (
                of_letter or (tight >= 7 and since <= document) or (tight == 12 and _led(b1, b2))
            ):
                flags |= DOCUMENT
            if run >= 5 and of_handle:
                flags |= HANDLE
            if at <= plate and kind == _DIGIT:
                plate_digits += 1
                if plate_digits == 3:
                    flags |= PLATE
        elif kind == _GAP and run and gap < 3:
            gap += 1
            if c not in (ord(" "), ord("-")):
                tight = 0
        else:
            run = 0

        if letter or kind == _DIGIT or c == ord("_") or c == ord("-"):
            if word == 0:
                word_of_handle = at <= handle
            word += 1
            if word >= 5 and word_of_handle:
                flags |= HANDLE
        else:
            word = 0

        if letter:
            low, low1, low2 = c | 32, c1 | 32, c2 | 32
            is_id = low == ord("d") and low1 == ord("i") and not _is_letter(c2)
            if classes[c1] == _PLACE or (c1 == 32 and classes[c2] == _PLACE):
                plate, plate_digits = at + _PLATE_WITHIN, 0
            if c1 == ord("."):
                flags |= ADDRESS
            if low == ord("q") or low == ord("v") or (low == ord("x") and low1 == ord("w")):
                # Within a name that may begin after 微信 already (wxid_2), it is a part of it.
                handle, word = at + _HANDLE_WITHIN, word if word_of_handle else 0
            elif is_id or (low == ord("t") and low1 == ord("r")):  # passport
                document = at + _DOCUMENT_WITHIN
            elif low == ord("t") and low1 == ord("a"):
                if low2 == ord("h"):  # wechat
                    handle, word = at + _HANDLE_WITHIN, word if word_of_handle else 0
                elif c2 == ord("(") or c2 == ord("[") or c2 == ord("{") or c2 == ord("<") or c2 == ord("【"):
                    flags |= EMAIL
            elif low == ord("n") and low1 == ord("i") and low2 == ord("x"):  # weixin
                handle, word = at + _HANDLE_WITHIN, word if word_of_handle else 0
            if low == ord("l") or low == ord("e") or low == ord("x"):  # tel, phone, fax
                phone = at + _PHONE_WITHIN
            elif low == ord("w") and low1 == ord("w"):
                flags |= ADDRESS
        elif c < 128:
            if c != ord(" ") and c != ord(":") and c != ord(".") and c != ord("("):
                phone = -1
            if c == ord("@"):
                flags |= EMAIL
            elif c == ord("[") or (c == ord("/") and c1 == c):
                flags |= ADDRESS
            elif c == ord(":") and 48 <= c1 <= 57:
                flags |= TIME
        elif c == ord("信"):
            if (
                c1 == ord("微")
                or c1 == ord("威")
                or c1 == ord("薇")
                or c1 == ord("徽")
                or c1 | 32 == ord("v")
            ):
                handle = at + _HANDLE_WITHIN
        elif c == ord("微"):
            if c1 == ord("加"):
                handle = at + _HANDLE_WITHIN
        elif c == ord("众"):  # 微信公众号
            handle = -1 if c1 == ord("公") else handle
        elif c == ord("扣") or c == ord("球") or c == ord("鹅"):
            handle = at + _HANDLE_WITHIN
        elif c == ord("话") or c == ord("机") or c == ord("真") or c == ord("打") or c == ord("电"):
            phone = at + _PHONE_WITHIN
        elif (
            c == ord("照")
            or c == ord("证")
            or c == ord("胞")
            or ((c == ord("份") or c == ord("分")) and c1 == ord("身"))
            or (c == ord("卡") and c1 == ord("乡"))  # 回乡卡
            or (c == ord("民") and c1 == ord("居") and c2 == ord("湾"))  # 台湾居民
            or (c == ord("留") and c1 == ord("居"))
            or (c == ord("居") and c1 == ord("永"))
        ):
            document = at + _DOCUMENT_WITHIN
        elif c == ord("艾") or c == ord("圈"):
            flags |= EMAIL
        c2, c1 = c1, c
    return flags
