"""Regions as offices write them in a column of their own: 某市某区, 某省/某市/某区, a name of before, a code of 12 digits.

Here a text is nothing but a place. Where a text speaks of places among other things, ``shuju.text.places`` reads it.
"""

from __future__ import annotations

import re
from functools import cache

from shuju.standard.pack import pack
from shuju.standard.regions import province, regions

_OF_THE_PROVINCE = ("省本级", "省直")  # what offices call the province itself
_CODE = re.compile(r"^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})$")
_BETWEEN = re.compile(r"[\s/\\\-—_>＞→·•,，、|．.:：;；()（）]+")
# What may follow the name of a county: a place within it. Of a zone only the prefecture before it is sure.
_WITHIN = re.compile(
    r"(?:街道|镇|乡|村|社区|居委会|路|街|大道|巷|号|组|小区|农场|林场|园区|开发区|高新区|经开区|新区|管理区|示范区)$"
)


@cache
def _names() -> dict[str, str]:
    """Return every name of a region → its code; a prefecture before a county of the same short name."""
    known: dict[str, str] = {}
    for level in ("province", "prefecture", "county"):
        for one in regions(level):
            known.setdefault(one.name, one.code)
    known |= {row["name"]: row["code"] for row in pack().rows("other_names")}
    known |= dict.fromkeys(_OF_THE_PROVINCE, province().code)
    for level in ("province", "prefecture", "county"):
        for one in regions(level):
            if len(one.short_name) > 1:
                known.setdefault(one.short_name, one.code)
                if level == "county" and one.name.endswith(("市", "自治县", "区")):
                    known.setdefault(one.short_name + "县", one.code)
    return known


@cache
def _codes() -> dict[str, str]:
    known = {r.code: r.code for r in regions()} | {r.old_code: r.code for r in regions() if r.old_code}
    return (
        known
        | {code.removesuffix("00"): new for code, new in known.items() if code.endswith("00")}
        | {r.code[:2]: r.code for r in regions("province")}
    )


@cache
def _parents() -> dict[str, str | None]:
    return {r.code: r.parent_code for r in regions()}


def read_region(text: str) -> str | None:
    """Return the code of the region that ``text`` names, None where it names none or might be several.

    A code may be of 2, 4, 6, 9 or 12 digits (GB/T 2260, GB/T 10114), old or new. Names may be full, short or former, one
    within the other with or without signs between; a township, road or zone after them is taken for lying in it.
    O(length).
    """
    text = text.strip()
    if _CODE.match(text):
        return _codes().get(text[:6] if len(text) > 6 else text)
    return _read_names(text) or _read_names(_simplified(text))


def _read_names(text: str) -> str | None:
    names, parents = _names(), _parents()
    here: str | None = None
    for part in filter(None, _BETWEEN.split(text)):
        rest = part
        while rest:
            found = _longest(rest, here)
            if found is None:
                break
            code = names[found]
            if here is not None and code != here and not _lies_in(code, here, parents):
                return None  # two places, neither in the other
            here, rest = code, rest[len(found) :]
        if rest and (here is None or not _WITHIN.search(rest) or _names_another(rest, here)):
            return None
    return here


def _longest(text: str, here: str | None) -> str | None:
    """Return the longest name that ``text`` begins with; within a region only what names a place in it."""
    names, parents = _names(), _parents()
    for end in range(min(len(text), 16), 1, -1):
        code = names.get(text[:end])
        if code is not None and (here is None or code == here or _lies_in(code, here, parents)):
            return text[:end]
    return None


def _names_another(text: str, here: str) -> bool:
    return any(text.startswith(name) for name in _names() if len(name) > 2 and _names()[name] != here)


def _lies_in(code: str, outer: str, parents: dict[str, str | None]) -> bool:
    at: str | None = code
    while at is not None and at != outer:
        at = parents[at]
    return at == outer


@cache
def _converter() -> object:
    from opencc import OpenCC

    return OpenCC("t2s")


def _simplified(text: str) -> str:
    return _converter().convert(text)  # type: ignore[attr-defined]
