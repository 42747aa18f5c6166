"""Identity numbers, bank cards and phones among the digits of folded text.

Digits that stand near each other are one run, whatever parts them. A run is read from the left as
a sequence of items; each kind says whether one of it begins at a digit, from its own shape and
from what stands on either side.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace

from shuju.text.fold import LOOKALIKE
from shuju.text.identity import is_identity_number
from shuju.text.personal_item import Item
from shuju.text.personal_run import AREA, LIST_NUMBER, WINDOW, Run, fits, is_card, letters_fit

_GAP = r"[ \n.\-()/_]{0,3}"
_RUN = re.compile(rf"[0-9](?:{_GAP}[0-9]){{6,}}(?:[ \n.-]?[Xx])?")
_ONE_AS_DASH = re.compile("(?<=[0-9])一(?=[0-9])")
_ALIKE = "".join(map(chr, LOOKALIKE))
_WORDED_RUN = re.compile(rf"[0-9{_ALIKE}](?:{_GAP}[0-9{_ALIKE}]){{10,}}[Xx]?")
_WORDED = re.compile(f"[{_ALIKE}]")
_WORD_END = re.compile("[A-Za-z]{2,}")
_LETTERS = re.compile("[A-Za-zΑ-я]")

_PREFIXED_MOBILE = re.compile("(0086|86|0|)(1[3-9][0-9]{9})")
_MOBILE_GROUPS = {  # how a mobile number is written in groups where nothing says that it is one
    *((3, 4, 4), (3, 3, 5), (3, 5, 3), (4, 3, 4), (4, 4, 3), (5, 3, 3), (3, 6, 2)),
    *((1, 3, 3, 4), (3, 4, 2, 2), (3, 3, 3, 2), (3, 2, 2, 2, 2), (1,) * 11),
}
_LOCAL_GROUPS = {(8,), (7,), (4, 4), (3, 4), (2, 2, 4), (2, 3, 3), (2, 2, 2, 2), (3, 5), (1, 3, 4)}
_DATE = re.compile("20[12][0-9](?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_DATE_BEFORE = re.compile(r"(?:19|20)[0-9]{2}([-/.])[0-9]{1,2}\1[0-9]{1,2} {1,2}$")
_EXTENSION = re.compile(
    r" ?(?:转接?|转?分机号?|ext\.?|[x#]) ?:?(?P<said>[0-9]{1,6})(?![0-9])"
    r"|-{1,2}(?P<dashed>[0-9]{1,6})(?![0-9.-])|\((?P<inside>[0-9]{1,6})\)",
    re.IGNORECASE,
)

# What is said before (or, of cards, after) a number; a sentence's end or another item ends the saying.
_PHONE_CUE = re.compile(
    r"(?:电话|手机|手提|座机|固话|联系|致电|拨打|来电|热线|号码|微信|短信|传真|tel|phone|mobile|fax|wechat)[^。;!?\0]{0,14}$",
    re.IGNORECASE,
)
_LOCAL_CUE = re.compile(
    r"(?:电话|座机|固话|传真|致电|拨打|(?<![a-z])(?:tel|phone|fax))(?:号码?)?[为是:. (]{0,3}$", re.IGNORECASE
)
# Between phones of one office: 88881234（考核）88881235.
_LOCAL_CHAIN = re.compile(r"(?:\([^()\n0-9]{1,12}\))?[ \n/、,;或和及()]{0,3}|转[^0-9。;!?]{1,8}[,、 ]")
_IDENTITY_CUE = re.compile(
    r"(?:身份|证件|证号|居住证|居留|永居|(?<![a-z])(?:ID|sfzh?))[^。;!?\0]{0,14}$", re.IGNORECASE
)
_CARD_CUE = re.compile(
    "银行|卡号|账号|帐号|账户|帐户|开户|转账|汇款|信用卡|储蓄卡|借记卡|社保卡|[工农建中交]行|邮储|农商|信用社"
)
_LOOSE = " \n()/"  # what may stand between two numbers, each written without a gap


def numbers(s: str) -> Iterator[Item]:
    """Yield the identity numbers, bank cards and phones written with digits."""
    return _read(_ONE_AS_DASH.sub("-", s))


def worded_numbers(s: str) -> Iterator[Item]:
    """Yield the numbers of which some digits are written otherwise: 一三八, ①③⑧, O for 0."""
    for m in _WORDED_RUN.finditer(s):
        begin, stop = m.span()
        if begin and (word := _WORD_END.match(s, begin - 1)):  # the l of tel
            begin = word.end()
        if not _WORDED.search(s, begin, stop) or len(_LETTERS.sub("", s[begin:stop])) < 6:
            continue
        for start, end in _worded_ends(begin, stop):
            items = list(_read(s[:start] + s[start:end].translate(LOOKALIKE) + s[end:], start, end))
            if items:
                yield from items
                break


def _worded_ends(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where worded digits may begin and end: 三 may be of a name, 一 of the word that follows."""
    yield from ((start + a, end - b) for a, b in ((0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (0, 2)))


def _read(s: str, start: int = 0, end: int | None = None) -> Iterator[Item]:
    last = None
    for m in _RUN.finditer(s, start, len(s) if end is None else end):
        at = [k for k in range(*m.span()) if s[k] in "0123456789Xx"]
        run, k = Run(s, "".join([s[p] for p in at]), at, last), 0
        while k <= len(at) - 7:
            kinds = _KINDS if len(at) - k >= 11 else (_local_phone,)
            item = next((item for kind in kinds if (item := kind(run, k))), None)
            if item:
                yield item
                last, run = item, replace(run, last=item)
                while k < len(at) and at[k] < item.end:
                    k += 1
            else:
                k += 1
                while k < len(at) and at[k] - at[k - 1] == 1:
                    k += 1


def _identity_number(run: Run, k: int) -> Item | None:
    digits = run.digits
    for length in (18, 15):
        end = k + length
        if len(digits) < end or digits[k] == "0" or not run.closes(end):
            continue
        if not is_identity_number(digits[k:end]):
            continue
        start, stop = run.at[k], run.at[end - 1] + 1
        said = bool(_IDENTITY_CUE.search(run.before(start)))
        if length == 15 and _begins_card(run, k, start):
            continue
        if length == 15 and not (
            run.groups(k, end) in ((15,), (6, 6, 3))
            and (said or not (run.parted(k).strip(_LOOSE) or run.tied(end).strip(_LOOSE)))
            and (said or fits(run, start, stop, said))
        ):
            continue
        if run.parted(k) == "." or not letters_fit(run.s, start, stop, said and length == 18):
            continue
        if digits[k] == "9" and not (
            said or fits(run, start, stop, said)
        ):  # a credit code begins with it, too
            continue
        return Item(start, stop, "identity_number", digits[k:end])
    return None


def _begins_card(run: Run, k: int, start: int) -> bool:
    """Return whether the text says card and one begins here: its first fifteen digits may look like an old number."""
    is_said = _CARD_CUE.search(run.before(start))
    return bool(is_said) and any(is_card(run.digits[k : k + n], n) for n in (19, 16))


def _bank_card(run: Run, k: int) -> Item | None:
    digits = run.digits
    for length in (19, 18, 17, 16):
        end = k + length
        if not is_card(digits[k:end], length) or not run.closes(end):
            continue
        start, stop = run.at[k], run.at[end - 1] + 1
        said = bool(_CARD_CUE.search(run.before(start)) or _CARD_CUE.search(run.s, stop, stop + 10))
        groups = run.groups(k, end)
        fours = set(groups[:-1]) == {4} and groups[-1] <= 4
        if not said and (
            (digits[k : k + 2] != "62" and not (fours and length == 16))
            or (length == 18 and _DATE.match(digits, k + 6))
            or not (len(groups) == 1 or fours or groups[0] == 6)
            or run.parted(k)
            or run.tied(end)
            or _LOCAL_CUE.search(run.before(start))  # two local phones, glued
        ):
            continue
        if fits(run, start, stop, said):
            return Item(start, stop, "bank_card", digits[k:end])
    return None


def _mobile_phone(run: Run, k: int) -> Item | None:
    digits, s = run.digits, run.s
    prefixed = _PREFIXED_MOBILE.match(digits, k)
    if not prefixed or not run.closes(prefixed.end()):
        return None
    body, end = prefixed.span(2)
    if body > k and (run.gap(body).strip() if prefixed[1] == "0" else "." in run.gap(body)):
        return None
    start, stop = _opening(s, run.at[k], run.at[end - 1] + 1, body > k), run.at[end - 1] + 1
    said = bool(_PHONE_CUE.search(run.before(start)))
    if _grouped_well(run, k, body, end, said) and fits(run, start, stop, said):
        return Item(start, stop, "mobile_phone", digits[body:end])
    return None


def _opening(s: str, start: int, stop: int, prefixed: bool) -> int:
    """Return where a phone begins: at the plus of its prefix, at the parenthesis that it closes."""
    if prefixed and s[start - 1 : start] == "+":
        start -= 1
    return start - (s[start - 1 : start] == "(" and ")" in s[start:stop])


def _grouped_well(run: Run, k: int, body: int, end: int, said: bool) -> bool:
    """Return whether the eleven digits are grouped as a mobile number is, given what stands beside them."""
    groups = run.groups(body, end)
    gaps = [run.gap(j) for j in range(body + 1, end) if run.at[j] - run.at[j - 1] > 1]
    left, right = run.parted(k), run.tied(end)
    before = run.s[max(0, run.at[k] - WINDOW) : run.at[k]]
    if not gaps:
        loose = not left.strip(_LOOSE) or LIST_NUMBER.search(before)
        return said or bool(loose and not right.strip(_LOOSE))
    if groups[0] == 4 and len(groups) > 2 and max(groups[1:3]) <= 2:  # a date
        return False
    if said:
        return True
    alone = _apart(left) or LIST_NUMBER.search(before) or _DATE_BEFORE.search(before)
    if not (alone and _apart(right)):
        return False
    if len(groups) == 2:
        usual = groups in ((3, 8), (7, 4)) and gaps[0] != "."
        return usual or (bool(set(gaps[0]) & set("\n-")) and groups[0] > 1)
    return groups == (3, 4, 4) or (groups in _MOBILE_GROUPS and not set("".join(gaps)) & set("/_"))


def _fixed_phone(run: Run, k: int) -> Item | None:
    """Read area code, number and extension (区号、号码、分机)."""
    digits, s = run.digits, run.s
    for prefix in ("", "0086", "86"):
        zero = "0" if prefix and not digits.startswith("0", k + len(prefix)) else ""
        area = digits.startswith(prefix, k) and AREA.match(
            zero + digits[k + len(prefix) : k + len(prefix) + 4]
        )
        if not area:
            continue
        body = k + len(prefix) + len(area[0]) - len(zero)
        for length in (8, 7)[: 1 if len(area[0]) == 3 else 2]:
            end = body + length
            if len(digits) < end or not digits[body:end].isdigit():
                continue
            groups, gap = run.groups(body, end), run.gap(body)
            start, stop = run.at[k], run.at[end - 1] + 1
            start = _opening(s, start, stop, bool(prefix))
            said = bool(_PHONE_CUE.search(run.before(start)))
            if not (run.closes(end) or (said and _more_local(run, end, length))):
                continue
            first = "123456789" if gap.strip() or said else "2345678"
            if (
                len(run.groups(body - len(area[0]) + len(zero), body)) > 1
                or groups not in _LOCAL_GROUPS
                or (len(groups) > 1 and not (said or (_apart(run.parted(k)) and _apart(run.tied(end)))))
                or (prefix and not gap)
                or digits[body] not in first
                or (_DATE.fullmatch(digits[body:end]) and not said)
                or (run.parted(k).strip(_LOOSE) and not said)
            ):
                continue
            plain = f"{area[0]}-{digits[body:end]}"
            if item := _extended(run, start, stop, plain, said):
                return item
    return None


def _local_phone(run: Run, k: int) -> Item | None:
    """Read a number without its area code, where the text says phone or after another fixed phone."""
    digits, s, start = run.digits, run.s, run.at[k]
    if digits[k] not in "2345678":
        return None
    last = run.last
    chained = last and last.kind == "fixed_phone" and _LOCAL_CHAIN.fullmatch(s[last.end : start])
    if not (chained or _LOCAL_CUE.search(run.before(start))):
        return None
    for length in (8, 7):
        end = k + length
        if len(digits) < end or not digits[k:end].isdigit():
            continue
        if not (run.closes(end) or _more_local(run, end, length)):
            continue
        groups = run.groups(k, end)
        is_glued = last and last.end == start
        if _DATE.fullmatch(digits[k:end]) and not is_glued:
            continue
        if len(groups) > 1 and (groups not in ((4, 4), (3, 4)) or digits[k : k + 3] in ("400", "800")):
            continue
        if item := _extended(run, start, run.at[end - 1] + 1, digits[k:end], True):
            return item
    return None


def _more_local(run: Run, end: int, length: int) -> bool:
    """Return whether local numbers of the same length follow each other from ``end`` on, without a gap, and nothing else."""
    stop = next((j for j in range(end, len(run.at)) if run.gap(j)), len(run.at))
    starts = range(end, stop, length)
    return (stop - end) % length == 0 and len(starts) > 0 and all(run.digits[j] in "2345678" for j in starts)


def _extended(run: Run, start: int, stop: int, plain: str, said: bool) -> Item | None:
    """Return the fixed phone with the extension that follows it, if it fits where it stands."""
    if extension := _EXTENSION.match(run.s, stop):
        stop = extension.end()
        plain += f"-{extension[extension.lastgroup]}"
    elif run.tied(bisect_left(run.at, stop)).strip(_LOOSE) and not said:
        return None
    return Item(start, stop, "fixed_phone", plain) if fits(run, start, stop, said) else None


def _apart(gap: str) -> bool:
    """Return whether digits on either side of ``gap`` are surely no groups of one number."""
    return not gap or bool(set(gap) & set("\n()"))


_KINDS = (_identity_number, _bank_card, _mobile_phone, _fixed_phone, _local_phone)
