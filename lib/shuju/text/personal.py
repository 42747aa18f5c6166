"""Personal data (个人信息): identity numbers, phones, cards and accounts in text, found and masked.

The text is folded, and read kind by kind; what is found is blanked before the next kind is looked
for. Readings are repeated until one finds nothing, so masked text holds no item.
``docs/methods/personal.md`` has the rules, their limits and the measured quality.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuju.text import candidates as could
from shuju.text.buffers import utf8
from shuju.text.candidates import candidates
from shuju.text.fold import fold
from shuju.text.identity import birth_year, sex
from shuju.text.personal_documents import documents
from shuju.text.personal_handles import emails, plates, qqs, wechats
from shuju.text.personal_item import BLANK, OTHER, Item
from shuju.text.personal_numbers import numbers, worded_numbers

__all__ = ["TAGS", "birth_year", "find", "mask", "mask_array", "sex", "without_identity_numbers"]

TAGS = {
    "identity_number": "[身份证号]",
    "mobile_phone": "[手机号]",
    "fixed_phone": "[电话号]",
    "bank_card": "[银行卡号]",
    "passport": "[护照号]",
    "travel_permit": "[通行证号]",
    "plate": "[车牌号]",
    "email": "[邮箱]",
    "wechat": "[微信号]",
    "qq": "[QQ号]",
}
# What an answering department needs to reach the writer, and how a line of it begins.
_CONTACTS = {"mobile_phone": "", "fixed_phone": "", "email": "", "wechat": "微信：", "qq": "QQ："}
_READINGS = (
    (could.EMAIL, emails),
    (could.HANDLE, wechats),
    (could.HANDLE, qqs),
    (could.DOCUMENT, documents),
    (could.PLATE, plates),
    (could.NUMBER, numbers),
    (could.WORDED, worded_numbers),
)
_TAG = "|".join(tag[1:-1] for tag in TAGS.values())
# Tags, and web addresses; an address ends before a parameter that says it holds a phone.
_NOT_ITEMS = re.compile(
    rf"[\[0-9A-Za-z](?i:(?<=\[)(?:{_TAG})\]"
    r"|(?:(?:(?<=h)ttps?|(?<=f)tp)://|(?<![0-9a-z@.-][0-9a-z])(?:(?<=w)ww\.|[0-9a-z-]{0,62}\.(?:[0-9a-z-]{1,63}\.){0,7}(?:cn|com|net|org)(?=[/:?])))"
    r"(?:(?!(?:phone|mobile|tel|sjh|email|mail|sfz|idcard)=)[!#-&*+\--:=?-Z\\^-z~])*)"
)
# A time of day (with its date): its digits belong to no number that follows.
_TIME = re.compile(
    r"[0-9](?<![0-9:][0-9])(?:(?:(?<=1)9|(?<=2)0)[0-9]{2}([-/.])[0-9]{1,2}\1[0-9]{1,2}[ T]{1,2}[0-9]{1,2}"
    r"|[0-9]?):[0-9]{2}(?::[0-9]{2})?(?![0-9:])"
)


def find(text: str) -> list[tuple[int, int, str]]:
    """Return the personal data in ``text``: start, end (characters of ``text``) and kind of each.

    Sorted, not overlapping; the kinds are the keys of ``TAGS``. O(characters).
    """
    (flags,) = _flags([text])
    return [(item.start, item.end, item.kind) for item in _items(text, flags)]


def mask(texts: Sequence[str | None]) -> list[str | None]:
    """Return the texts with each item replaced by the tag of its kind; None stays None.

    Masked text holds no item: ``mask(mask(x)) == mask(x)``.
    """
    masked = list(texts)
    flags = _flags([text or "" for text in masked])
    for row in np.flatnonzero(flags & could.ITEMS):
        masked[row], _ = _mask(texts[row], flags[row])
    return masked


def without_identity_numbers(text: str) -> str:
    """Return ``text`` with each identity number replaced by what it tells: ``[身份证号 1949 女]``.

    For texts that must stay usable (quarantined rows, private tables) without holding the number.
    """
    found = [(start, end) for start, end, kind in find(text) if kind == "identity_number"]
    for start, end in reversed(found):
        number = pa.array([text[start:end]])
        year, is_male = birth_year(number)[0].as_py(), sex(number)[0].as_py() == "male"
        told = f"[身份证号 {year} {'男' if is_male else '女'}]" if year else TAGS["identity_number"]
        text = text[:start] + told + text[end:]
    return text


def mask_array(texts: pa.Array | pa.ChunkedArray) -> tuple[pa.Array, pa.Array]:
    """Return the masked texts, and the contacts found in each text, one a line.

    Contacts are phones, e-mail, WeChat and QQ in plain form (ASCII, no blanks); identity numbers,
    bank cards, passports, permits and plates are never among them; null where there are none. A row that
    cannot hold an item costs one pass over its bytes, without the GIL.
    """
    offsets, data, texts = utf8(texts)
    flags = candidates(offsets, data)
    rows = flags & could.ITEMS != 0
    if texts.null_count:
        rows &= np.asarray(texts.is_valid())
    masked, contacts = {}, {}
    for row, text in zip(np.flatnonzero(rows), texts.filter(pa.array(rows)).to_pylist(), strict=True):
        result, items = _mask(text, flags[row])
        if items:
            masked[row] = result
        lines = dict.fromkeys(_CONTACTS[i.kind] + i.value for i in items if i.kind in _CONTACTS)
        if lines:
            contacts[row] = "\n".join(lines)
    return _with(texts, masked), _with(pa.nulls(len(texts), texts.type), contacts)


def _with(texts: pa.Array, rows: dict[int, str]) -> pa.Array:
    """Return ``texts`` with the given rows (ascending) replaced."""
    if not rows:
        return texts
    chosen = np.zeros(len(texts), np.bool_)
    chosen[list(rows)] = True
    return pc.replace_with_mask(texts, pa.array(chosen), pa.array(list(rows.values()), texts.type))


def _flags(texts: list[str]) -> np.ndarray:
    """Return what each text could hold."""
    data = [text.encode("utf-8", "surrogatepass") for text in texts]
    return candidates(np.cumsum([0, *map(len, data)]), np.frombuffer(b"".join(data), np.uint8))


def _mask(text: str, flags: int) -> tuple[str, list[Item]]:
    """Return the masked text and what was found in it."""
    found: list[Item] = []
    while items := _items(text, flags):  # once more: a tag is shorter than its item, so cues move nearer
        found += items
        parts, last = [], 0
        for item in items:
            parts += [text[last : item.start], TAGS[item.kind]]
            last = item.end
        text = "".join([*parts, text[last:]])
        (flags,) = _flags([text])
    return text, found


def _items(text: str, flags: int) -> list[Item]:
    """Return the items of ``text``, which could hold what ``flags`` say, in order."""
    readings = [reading for flag, reading in _READINGS if flags & flag]
    if not readings:
        return []
    plain, folded, places = fold(text)
    if flags & could.ADDRESS:
        folded = _blank(folded, [m.span() for m in _NOT_ITEMS.finditer(plain)])
    if flags & could.TIME:
        folded = _TIME.sub(lambda m: OTHER * len(m[0]), folded)
    items: list[Item] = []
    while True:
        before = len(items)
        for reading in readings:
            read = list(reading(folded))
            items += read
            folded = _blank(folded, [(item.start, item.end) for item in read])
        if len(items) == before:
            break
    if places is not None:
        items = [
            replace(i, start=int(places[i.start]), end=_with_marks(text, places[i.end - 1])) for i in items
        ]
    return sorted(items, key=lambda item: item.start)


def _with_marks(text: str, place: int) -> int:
    """Return the end of the character at ``place`` together with the marks that are set on it."""
    end = int(place) + 1
    while end < len(text) and unicodedata.category(text[end])[0] == "M":
        end += 1
    return end


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    if not spans:
        return text
    parts, last = [], 0
    for start, end in spans:
        parts += [text[last:start], BLANK * (end - start)]
        last = end
    return "".join([*parts, text[last:]])
