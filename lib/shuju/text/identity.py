"""Identity numbers (公民身份号码): the one rule that says whether digits are one, and what they tell.

GB 11643-1999: six digits of region, eight of birth date, three of order (odd: male), one check
character by ISO 7064 MOD 11-2. Numbers given before 1999 have fifteen digits: a two-digit year,
no check character. Of the same build are the residence permits of people from Hong Kong, Macao and
Taiwan (港澳台居民居住证, region 810000, 820000, 830000) and, since December 2023, the permanent
residence of foreigners (外国人永久居留身份证: 9, two digits of province, three of nation).
"""

from __future__ import annotations

import numba as nb
import numpy as np
import pyarrow as pa

from shuju.clock import today
from shuju.text.buffers import utf8

EARLIEST_YEAR = 1900
_PROVINCES = np.zeros(100, np.bool_)
_PROVINCES[[11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46]] = True
_PROVINCES[[50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83]] = True
_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)


def is_identity_number(digits: str) -> bool:
    """Return whether ``digits`` (15, or 18 of which the last may be X) is an identity number."""
    values = np.frombuffer(digits.upper().encode("latin-1", "replace"), np.uint8).astype(np.int64) - ord("0")
    return bool(_birth_year(values, len(values), _today()))


def birth_year(numbers: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return the birth year (int16, years AD) that each identity number tells; null where it is none.

    ``numbers`` are strings; full-width digits, blanks and dashes are allowed. O(bytes), no GIL.
    """
    years, _, unknown = _read_array(numbers)
    return pa.array(years, mask=unknown)


def sex(numbers: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return ``male`` or ``female`` as each identity number tells; null where it is none."""
    _, is_male, unknown = _read_array(numbers)
    codes = pa.array(is_male.view(np.int8), mask=unknown)
    return pa.DictionaryArray.from_arrays(codes, pa.array(["female", "male"])).cast(pa.string())


def _read_array(numbers: pa.Array | pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    offsets, data, numbers = utf8(numbers)
    years, is_male = _read(offsets, data, _today())
    unknown = years == 0
    if numbers.null_count:
        unknown |= np.asarray(numbers.is_null())
    return years, is_male, unknown


def _today() -> int:
    day = today()
    return day.year * 10_000 + day.month * 100 + day.day


@nb.njit(cache=True, nogil=True)
def _birth_year(v, n, today):
    """Return the birth year that the digits ``v[:n]`` tell (X is 40), 0 if they are no identity number."""
    if n not in (15, 18):
        return 0
    for k in range(n - (n == 18)):
        if v[k] < 0 or v[k] > 9:
            return 0
    if v[0] == 9:
        if n == 15 or not _PROVINCES[v[1] * 10 + v[2]] or v[3] * 100 + v[4] * 10 + v[5] == 0:
            return 0
    elif not _PROVINCES[v[0] * 10 + v[1]]:
        return 0
    elif v[0] == 8:
        if n == 15 or v[2] or v[3] or v[4] or v[5]:
            return 0
    elif v[2] * 10 + v[3] == 0:
        return 0
    if n == 18:
        total = 0
        for k in range(17):
            total = (total + v[k]) * 2 % 11
        check = (12 - total) % 11
        if v[17] != (40 if check == 10 else check):
            return 0
        year, rest = v[6] * 1000 + v[7] * 100 + v[8] * 10 + v[9], 10
    else:
        year, rest = 1900 + v[6] * 10 + v[7], 8
    month, day = v[rest] * 10 + v[rest + 1], v[rest + 2] * 10 + v[rest + 3]
    if year < EARLIEST_YEAR or year * 10_000 + month * 100 + day > today or month < 1 or month > 12:
        return 0
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if day < 1 or day > _DAYS[month] or (month == 2 and day == 29 and not leap):
        return 0
    return year


@nb.njit(cache=True, nogil=True)
def _read(offsets, data, today):
    """Return the birth year (0: none) and whether male of each UTF-8 text."""
    rows = len(offsets) - 1
    years, is_male = np.zeros(rows, np.int16), np.zeros(rows, np.bool_)
    v = np.empty(18, np.int64)
    for row in range(rows):
        n, i, end = 0, offsets[row], offsets[row + 1]
        while i < end:
            c = np.int64(data[i])
            if c == 0xEF and i + 2 < end and data[i + 1] == 0xBC:  # U+FF00..U+FF3F: full-width ASCII
                c, i = np.int64(data[i + 2]) - 0x60, i + 2
            elif c == 0xEF and i + 2 < end and data[i + 1] == 0xBD:  # U+FF40..U+FF5E
                c, i = np.int64(data[i + 2]) - 0x20, i + 2
            elif c == 0xE3 and i + 2 < end and data[i + 1] == 0x80 and data[i + 2] == 0x80:  # blank of one em
                c, i = 32, i + 2
            i += 1
            if c in (9, 10, 13, 32, 45):
                continue
            if n == 18:
                n = 19
                break
            v[n] = 40 if c in (88, 120) else c - 48
            n += 1
        year = _birth_year(v, n, today)
        if year:
            years[row] = year
            is_male[row] = v[16 if n == 18 else 14] % 2 == 1
    return years, is_male
