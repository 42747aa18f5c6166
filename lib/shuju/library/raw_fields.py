"""Raw fields of an unknown file: what their values look like, and which standard field each may be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuju.catalog import Column
from shuju.library.field_names import LONG, PERSONAL, TIMES
from shuju.library.value_words import READ, code_of
from shuju.standard.dates import parse_datetimes
from shuju.standard.region_names import read_region
from shuju.text import personal


@dataclass(frozen=True)
class Seen:
    """What the values of a raw field look like: shares of the values that are not empty, and their usual length.

    ``values`` are the first distinct ones.
    """

    name: str
    filled: float
    distinct: float
    usual: float
    times: float
    numbers: float
    regions: float
    addresses: float
    tags: float
    phones: float
    identity: float
    of_list: Mapping[str, float]
    values: Sequence[str] = ()


def look_at(column: pa.ChunkedArray, name: str) -> Seen:
    """Return what the values of a raw field look like. O(values)."""
    values = pc.utf8_trim_whitespace(column.cast(pa.string())).combine_chunks()
    values = values.filter(pc.fill_null(pc.not_equal(values, ""), False))
    n = len(values)
    if not n:
        return Seen(name, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {})

    def share(pattern: str) -> float:
        return float(pc.mean(pc.match_substring_regex(values, pattern)).as_py() or 0)

    _, why = parse_datetimes(values)
    distinct = pc.unique(values).to_pylist()
    some = distinct[:60]
    lists = {
        listed: sum(code_of(listed, value) is not None for value in some) / len(some)
        for listed in (*READ, "genres")
    }
    plain = share(r"^\d{5}(\.\d+)?$|^\d{10}$|^\d{13}$")  # numbers that may be times, and most often are not
    return Seen(
        name,
        filled=n / max(len(column), 1),
        distinct=len(distinct) / n,
        usual=float(np.median(np.asarray(pc.utf8_length(values)))),
        times=float((why == 0).mean()) - (plain if not _is_time_name(name) else 0.0),
        numbers=share(r"^[+-]?\d+(\.\d+)?$"),
        regions=sum(read_region(value) is not None for value in some if len(value) > 1) / len(some),
        addresses=share(r"^https?://"),
        tags=share(r"</?(p|div|br|span|a|table)\b|&nbsp;"),
        phones=share(r"^(\+?86)?1[3-9]\d{9}$|^0\d{2,3}-?\d{7,8}$"),
        identity=max(
            share(r"^\d{17}[\dXx]$"), sum("[身份证号" in str(v) for v in personal.mask(some)) / len(some)
        ),
        of_list=lists,
        values=some,
    )


def _is_time_name(name: str) -> bool:
    return re.search(r"时间|日期|time|date|_at$", name, re.IGNORECASE) is not None


def plain_name(name: str) -> str:
    """Return a name as names are compared: the last part of a path too is tried by the caller."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name)).lower()


def score(name: str, words: Sequence[str], column: Column, one: Seen) -> float:
    """Return how surely a raw field is a standard one: by its name, then by whether its values can be that."""
    if one.identity > 0.3 or (one.filled == 0 and name not in PERSONAL):
        return 0.0
    raw = plain_name(one.name)
    tails = {raw, plain_name(one.name.rpartition(".")[2]), plain_name(re.sub(r"[（(].*?[)）]", "", one.name))}
    best = 0.0
    for rank, word in enumerate(words):
        sure = 1.0 - 0.02 * rank
        if tails & {word}:
            best = max(best, sure)
        elif len(word) > 2 and any(word in tail or (len(tail) > 2 and tail in word) for tail in tails):
            best = max(best, 0.75 * sure * min(len(word) / max(len(raw), 1), 1.0) ** 0.5)
    return best * _fits(name, column, one) if best else 0.0


def _fits(name: str, column: Column, one: Seen) -> float:
    """Return whether values can be of a field: 1 they are, 0 they cannot."""
    if one.filled == 0:
        return 1.0
    if name in TIMES or column.type in ("date", "datetime"):
        return 1.0 if one.times > 0.5 else 0.0
    if column.codes == "regions":
        return 1.0 if one.regions > 0.3 else 0.4
    if column.codes in one.of_list:
        if one.of_list[column.codes] > 0.3:
            return 1.0
        return 0.0 if column.required else 0.55  # a row whose required code is unknown would not be stored
    if name == "satisfaction" and one.of_list["satisfaction"] > 0.3:
        return 1.0
    if column.type.startswith(("int", "float")):
        return 1.0 if one.numbers > 0.5 else 0.1
    if name == "url":
        return 1.0 if one.addresses > 0.5 else 0.2
    if name in ("phone",):
        return 1.0 if one.phones > 0.3 else 0.6
    if column.required and name.endswith("_id") and name != "site_id":
        return 1.0 if one.distinct > 0.9 else 0.2
    if name == "title":
        return 1.0 if 2 < one.usual < 120 and one.times < 0.5 and one.numbers < 0.5 else 0.3
    if name in LONG:
        return 1.0 if one.usual >= 8 and one.times < 0.5 else 0.4
    return 0.2 if one.usual > 200 else 1.0
