"""One pass over the bytes of a column: which texts hold characters that need a closer look.

Most texts hold none, and the slower steps that would find nothing in them are left out.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numba import njit

from shuju.text.buffers import utf8

NUL = np.uint8(1)
REPLACEMENT = np.uint8(2)  # U+FFFD: bytes that were no text
UNTIDY = np.uint8(4)  # line ends other than \n, empty lines, blanks beside a line end or at either end

_OTHER, _BLANK, _LINE_END = 0, 1, 2


def scan(texts: pa.Array) -> np.ndarray:
    """Return the flags (uint8) of each text: ``NUL``, ``REPLACEMENT``, ``UNTIDY``; none for null.

    A blank is a space, a tab, U+00A0, U+3000, U+200B or U+FEFF. O(bytes), without the GIL.
    """
    offsets, data, texts = utf8(texts)
    flags = np.zeros(len(texts), np.uint8)
    _scan(offsets, data, flags)
    if texts.null_count:
        flags[np.asarray(texts.is_null())] = 0
    return flags


@njit(nogil=True, cache=True)
def _scan(offsets, data, flags):
    for i in range(len(flags)):
        at, end = offsets[i], offsets[i + 1]
        found = 0
        last = _LINE_END
        while at < end:
            byte = data[at]
            at += 1
            if 0xE3 < byte < 0xEF:  # nearly all Chinese
                at += 2
                last = _OTHER
                continue
            if 0x20 < byte < 0xC2:
                last = _OTHER
                continue
            kind, width = _OTHER, 1
            if byte in (0x20, 0x09):
                kind = _BLANK
            elif byte == 0x0A:
                kind = _LINE_END
            elif 0x0B <= byte <= 0x0D:
                found |= UNTIDY
            elif byte == 0:
                found |= NUL
            elif byte == 0xC2 and at < end:
                if data[at] == 0xA0:
                    kind, width = _BLANK, 2
            elif 0xE2 <= byte <= 0xEF and at + 1 < end:
                width = 3
                code = (np.int64(data[at]) << 8) | data[at + 1]
                if byte == 0xE2:
                    if code == 0x808B:
                        kind = _BLANK
                    elif code in (0x80A8, 0x80A9):
                        found |= UNTIDY
                elif byte == 0xE3:
                    if code == 0x8080:
                        kind = _BLANK
                elif byte == 0xEF:
                    if code == 0xBBBF:
                        kind = _BLANK
                    elif code == 0xBFBD:
                        found |= REPLACEMENT
            at += width - 1
            if (kind == _BLANK and last == _LINE_END) or (kind == _LINE_END and last != _OTHER):
                found |= UNTIDY
            last = kind
        if last != _OTHER:
            found |= UNTIDY
        flags[i] = found
