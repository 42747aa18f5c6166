"""Identity numbers, bank cards and phones among the digits of folded text.

Digits that stand near each other are one run, whatever parts them. A run is read from the left as
a sequence of items; each kind says whether one of it begins at a digit, from its own shape and
from what stands on either side.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from shuju.text.fold import LOOKALIKE
from shuju.text.identity import is_identity_number
from shuju.text.personal_item import BLANK, Item

_GAP = r"[ \n.\-()/_]{0,3}"
_RUN = re.compile(rf"[0-9](?:{_GAP}[0-9]){{6,}}(?:[ \n.-]?[Xx])?")
_ONE_AS_DASH = re.compile("(?<=[0-9])一(?=[0-9])")
_ALIKE = "".join(map(chr, LOOKALIKE))
_WORDED_RUN = re.compile(rf"[0-9{_ALIKE}](?:{_GAP}[0-9{_ALIKE}]){{10,}}[Xx]?")
_WORDED = re.compile(f"[{_ALIKE}]")
_LETTERS = re.compile("[A-Za-zΑ-я]")

_MOBILE = re.compile("1[3-9][0-9]{9}")
_PREFIXED_MOBILE = re.compile("(0086|86|0|)(1[3-9][0-9]{9})")
_MOBILE_GROUPS = {  # how a mobile number is written in groups where nothing says that it is one
    *((3, 4, 4), (3, 3, 5), (3, 5, 3), (4, 3, 4), (4, 4, 3), (5, 3, 3), (3, 6, 2)),
    *((1, 3, 3, 4), (3, 4, 2, 2), (3, 3, 3, 2), (3, 2, 2, 2, 2), (1,) * 11),
}
_LOCAL_GROUPS = {(8,), (7,), (4, 4), (3, 4), (2, 2, 4), (2, 3, 3), (2, 2, 2, 2), (3, 5), (1, 3, 4)}
_AREA = re.compile(
    "010|02[0-57-9]|0(?:31[0-9]|335|349|35[0-9]|37[0-79]|39[1-68]|41[1-9]|42[179]|43[1-9]|440|45[1-9]|46[4789]"
    "|47[0-9]|48[23]|51[0-9]|52[37]|53[0-9]|54[36]|55[0-9]|56[1-6]|57[0-9]|580|59[1-9]|63[1-5]|66[0238]|69[12]"
    "|701|71[0-9]|72[248]|73[0-9]|74[3-6]|75[0-9]|76[023689]|77[0-9]|79[0-9]|81[2-8]|82[5-7]|83[0-9]"
    "|85[1-9]|87[0-9]|88[36-8]|89[1-9]|90[1-9]|91[1-79]|93[0-9]|94[13]|95[1-5]|97[0-7]|99[0-9])"
)
_DATE = re.compile("(?:199|20[0-3])[0-9](?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_YEAR = re.compile("(?:19|20)[0-9]{2}(?![0-9])")
_CARD = re.compile(
    "62|4|5[1-5]|35(?:2[89]|[3-8])|60(?:1382|1428|2907|2969|3265|3367|3506|3601|3694|3708)|9558|103|6858|69"
)
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
_LOCAL_CHAIN = re.compile(r"[ \n/、,;或和及()]{1,3}")
_IDENTITY_CUE = re.compile(r"(?:身份|证件|证号|(?<![a-z])(?:ID|sfzh?))[^。;!?\0]{0,14}$", re.IGNORECASE)
_CARD_CUE = re.compile(
    "银行|卡号|账号|帐号|账户|帐户|开户|转账|汇款|信用卡|储蓄卡|借记卡|社保卡|[工农建中交]行|邮储|农商|信用社"
)
# Right after these words comes the number of a thing, or an amount.
DENIED = re.compile(
    r"(?:编号|编码|代码|标识|单[号据]|订单|合同|案号|案件|流水|凭证|工单|受理|回执|运单|快递|物流|条形?码|序列|货号|批[号次准]|型号|学[号籍]|工号|考号|准考证"
    r"|档案|文号|索引号|记录号|交易号|商户号|会员号|保单|账单|注册号|登记|证书|许可证|备案|发票|票号|税号|户号|表号|房号|图号|资产|专利号?|设备号?|车架"
    r"|发动机|识别码|校验码|验证码|取件码|邮编|邮政|页码"
    r"|金额|总额|总量|合计|共计|总计|资金|投资|预算|收入|支出|产值|面积"
    r"|(?<!微信)(?<!微信 )(?<!qq)(?<![a-z])(?:ID|IMEI|IMSI|ISBN|ISSN|DOI|S/?N|No))"
    r"[号码为是第: .#№(\[“「【《a-z_-]{0,8}$",
    re.IGNORECASE,
)
_SIGN_BEFORE = re.compile("[第№¥￥$€] ?$")
_JOINED_BEFORE = re.compile(r"[0-9a-z][._-]{1,2}$", re.IGNORECASE)
_LIST_NUMBER = re.compile(r"(?:^|[\n;。])\s?[1-9]\.$|[0-9]\. $")
_DATE_BEFORE = re.compile(r"(?:19|20)[0-9]{2}([-/.])[0-9]{1,2}\1[0-9]{1,2} {1,2}$")
_WORD_BEFORE = re.compile(r"(?<![0-9a-z_-])([a-z]+)\.?$|[a-z]$", re.IGNORECASE)
_UNIT_AFTER = re.compile(
    r"\.[0-9]{2}(?![0-9.])"
    r"| ?(?:元(?![旦宵])|圆|美元|港元|欧元|人民币|RMB|吨|千瓦|平方|立方|人次|倍|公里|公顷|亩|㎡|kW|%|‰)",
    re.IGNORECASE,
)
_JOINED_AFTER = re.compile(r"[_-][0-9a-z]|\.[0-9a-z](?![0-9]?[.、)])", re.IGNORECASE)
_WORD_AFTER = re.compile("[a-z]+", re.IGNORECASE)
# Letters that may touch a number: before it they say what it is, after it what follows.
_SAYS_NUMBER = frozenset(
    (
        *("tel", "telephone", "phone", "mobile", "mob", "cell", "call", "ph", "m", "t", "p", "fax", "f"),
        *("dh", "sj", "sjh", "lxdh", "lxfs", "wx", "vx", "v", "qq", "wechat", "weixin", "add"),
        *("id", "sfz", "sfzh", "idcard", "card", "kh", "yhk"),
    )
)
_SAYS_MORE = frozenset(
    ("qq", "wx", "vx", "v", "tel", "wechat", "weixin", "email", "mail", "phone", "mobile", "fax", "ext")
)
_LOOSE = " \n()/"  # what may stand between two numbers, each written without a gap
_WINDOW = 24


@dataclass(frozen=True)
class _Run:
    """Digits near each other in ``s``: ``digits[k]`` (the last may be X) stands at ``at[k]``.

    ``last`` is the item found before.
    """

    s: str
    digits: str
    at: list[int]
    last: Item | None

    def gap(self, k: int) -> str:
        """What stands between digit ``k`` and the one before."""
        return self.s[self.at[k - 1] + 1 : self.at[k]]

    def groups(self, k: int, end: int) -> tuple[int, ...]:
        """How many digits stand together, group by group."""
        cuts = [k, *(j for j in range(k + 1, end) if self.at[j] - self.at[j - 1] > 1), end]
        return tuple(b - a for a, b in pairwise(cuts))

    def parted(self, k: int) -> str:
        """What parts digit ``k`` from a digit before it that belongs to no item."""
        return "" if k == 0 or (self.last and self.at[k - 1] < self.last.end) else self.gap(k)

    def before(self, start: int) -> str:
        """What is written before ``start``, as far as it can matter and back to the last item."""
        begin = max(0, start - _WINDOW)
        if self.last and self.last.end > begin:
            return BLANK + self.s[self.last.end : start]
        return self.s[begin:start]

    def tied(self, end: int) -> str:
        """What ties digit ``end`` to those before, unless it begins a number by itself."""
        if end >= len(self.digits) or any(_lengths(self.digits, end)) or _YEAR.match(self.digits, end):
            return ""
        return self.gap(end)

    def closes(self, end: int, more: int = 3) -> bool:
        """Whether a number may end before digit ``end``: nothing, a gap or ``more`` whole numbers follow."""
        if end >= len(self.digits) or self.gap(end):
            return end <= len(self.digits)
        return more > 0 and any(self.closes(end + n, more - 1) for n in _lengths(self.digits, end))


def numbers(s: str) -> Iterator[Item]:
    """Yield the identity numbers, bank cards and phones written with digits."""
    return _read(_ONE_AS_DASH.sub("-", s))


def worded_numbers(s: str) -> Iterator[Item]:
    """Yield the numbers of which some digits are written otherwise: 一三八, ①③⑧, O for 0."""
    for m in _WORDED_RUN.finditer(s):
        if not _WORDED.search(m[0]) or len(_LETTERS.sub("", m[0])) < 6:
            continue
        for start, end in _worded_ends(*m.span()):
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
        run, k = _Run(s, "".join([s[p] for p in at]), at, last), 0
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


def _lengths(digits: str, k: int) -> Iterator[int]:
    """Yield the lengths of the numbers that digits from ``k`` on begin with, whatever their groups."""
    yield from (n for n in (18, 15) if is_identity_number(digits[k : k + n]) and k + n <= len(digits))
    if _MOBILE.match(digits, k):
        yield 11
    if area := _AREA.match(digits, k):
        yield from (len(area[0]) + n for n in (8, 7) if k + len(area[0]) + n <= len(digits))
    if digits.startswith("62", k):
        yield from (n for n in (19, 16) if _is_card(digits[k : k + n], n))


def _is_card(digits: str, length: int) -> bool:
    """Return whether the digits are a card number: a known issuer and the check digit of ISO/IEC 7812-1."""
    if len(digits) != length or not digits.isdigit() or not _CARD.match(digits):
        return False
    doubled = sum(sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])
    return (doubled + sum(map(int, digits[-1::-2]))) % 10 == 0


def _identity_number(run: _Run, k: int) -> Item | None:
    digits = run.digits
    for length in (18, 15):
        end = k + length
        if len(digits) < end or digits[k] not in "12345678" or not run.closes(end):
            continue
        if not is_identity_number(digits[k:end]):
            continue
        start, stop = run.at[k], run.at[end - 1] + 1
        said = bool(_IDENTITY_CUE.search(run.before(start)))
        if length == 15 and not (
            run.groups(k, end) in ((15,), (6, 6, 3))
            and (said or not (run.parted(k).strip(_LOOSE) or run.tied(end).strip(_LOOSE)))
            and (said or _fits(run, start, stop, said))
        ):
            continue
        if run.parted(k) == "." or not _letters_fit(run.s, start, stop, said):
            continue
        return Item(start, stop, "identity_number", digits[k:end])
    return None


def _bank_card(run: _Run, k: int) -> Item | None:
    digits = run.digits
    for length in (19, 18, 17, 16):
        end = k + length
        if not _is_card(digits[k:end], length) or not run.closes(end):
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
        ):
            continue
        if _fits(run, start, stop, said):
            return Item(start, stop, "bank_card", digits[k:end])
    return None


def _mobile_phone(run: _Run, k: int) -> Item | None:
    digits, s = run.digits, run.s
    prefixed = _PREFIXED_MOBILE.match(digits, k)
    if not prefixed or not run.closes(prefixed.end()):
        return None
    body, end = prefixed.span(2)
    if body > k and (run.gap(body).strip() if prefixed[1] == "0" else "." in run.gap(body)):
        return None
    start, stop = _opening(s, run.at[k], run.at[end - 1] + 1, body > k), run.at[end - 1] + 1
    said = bool(_PHONE_CUE.search(run.before(start)))
    if _grouped_well(run, k, body, end, said) and _fits(run, start, stop, said):
        return Item(start, stop, "mobile_phone", digits[body:end])
    return None


def _opening(s: str, start: int, stop: int, prefixed: bool) -> int:
    """Return where a phone begins: at the plus of its prefix, at the parenthesis that it closes."""
    if prefixed and s[start - 1 : start] == "+":
        start -= 1
    return start - (s[start - 1 : start] == "(" and ")" in s[start:stop])


def _grouped_well(run: _Run, k: int, body: int, end: int, said: bool) -> bool:
    """Return whether the eleven digits are grouped as a mobile number is, given what stands beside them."""
    groups = run.groups(body, end)
    gaps = [run.gap(j) for j in range(body + 1, end) if run.at[j] - run.at[j - 1] > 1]
    left, right = run.parted(k), run.tied(end)
    before = run.s[max(0, run.at[k] - _WINDOW) : run.at[k]]
    if not gaps:
        loose = not left.strip(_LOOSE) or _LIST_NUMBER.search(before)
        return said or bool(loose and not right.strip(_LOOSE))
    if groups[0] == 4 and len(groups) > 2 and max(groups[1:3]) <= 2:  # a date
        return False
    if said:
        return True
    alone = _apart(left) or _LIST_NUMBER.search(before) or _DATE_BEFORE.search(before)
    if not (alone and _apart(right)):
        return False
    if len(groups) == 2:
        usual = groups in ((3, 8), (7, 4)) and gaps[0] != "."
        return usual or (bool(set(gaps[0]) & set("\n-")) and groups[0] > 1)
    return groups == (3, 4, 4) or (groups in _MOBILE_GROUPS and not set("".join(gaps)) & set("/_"))


def _fixed_phone(run: _Run, k: int) -> Item | None:
    """Read area code, number and extension (区号、号码、分机)."""
    digits, s = run.digits, run.s
    for prefix in ("", "0086", "86"):
        zero = "0" if prefix and not digits.startswith("0", k + len(prefix)) else ""
        area = digits.startswith(prefix, k) and _AREA.match(
            zero + digits[k + len(prefix) : k + len(prefix) + 4]
        )
        if not area:
            continue
        body = k + len(prefix) + len(area[0]) - len(zero)
        for length in (8, 7)[: 1 if len(area[0]) == 3 else 2]:
            end = body + length
            if len(digits) < end or not digits[body:end].isdigit() or not run.closes(end):
                continue
            groups, gap = run.groups(body, end), run.gap(body)
            start, stop = run.at[k], run.at[end - 1] + 1
            start = _opening(s, start, stop, bool(prefix))
            said = bool(_PHONE_CUE.search(run.before(start)))
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


def _local_phone(run: _Run, k: int) -> Item | None:
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
        if len(digits) < end or not digits[k:end].isdigit() or not run.closes(end):
            continue
        groups = run.groups(k, end)
        if _DATE.fullmatch(digits[k:end]):
            continue
        if len(groups) > 1 and (groups not in ((4, 4), (3, 4)) or digits[k : k + 3] in ("400", "800")):
            continue
        if item := _extended(run, start, run.at[end - 1] + 1, digits[k:end], True):
            return item
    return None


def _extended(run: _Run, start: int, stop: int, plain: str, said: bool) -> Item | None:
    """Return the fixed phone with the extension that follows it, if it fits where it stands."""
    if extension := _EXTENSION.match(run.s, stop):
        stop = extension.end()
        plain += f"-{extension[extension.lastgroup]}"
    elif run.tied(bisect_left(run.at, stop)).strip(_LOOSE) and not said:
        return None
    return Item(start, stop, "fixed_phone", plain) if _fits(run, start, stop, said) else None


def _apart(gap: str) -> bool:
    """Return whether digits on either side of ``gap`` are surely no groups of one number."""
    return not gap or bool(set(gap) & set("\n()"))


_KINDS = (_identity_number, _bank_card, _mobile_phone, _fixed_phone, _local_phone)


def _fits(run: _Run, start: int, stop: int, said: bool) -> bool:
    """Return whether a phone or card may stand where it does; ``said``: the text says that it is one."""
    s, before = run.s, run.before(start)
    if DENIED.search(before) or _SIGN_BEFORE.search(before) or _UNIT_AFTER.match(s, stop):
        return False
    if said:
        return True
    word = _WORD_BEFORE.search(before)
    if _JOINED_BEFORE.search(before) and not (_says_number(word) or _LIST_NUMBER.search(before)):
        return False
    if _JOINED_AFTER.match(s, stop):
        end = bisect_left(run.at, stop)
        if end == len(run.at) or run.at[end] > stop + 1 or run.tied(end):
            return False
    return _letters_fit(s, start, stop, said)


def _letters_fit(s: str, start: int, stop: int, said: bool) -> bool:
    """Return whether no letters touch the number but those that say what it, or what follows it, is."""
    before = _WORD_BEFORE.search(s[max(0, start - _WINDOW) : start])
    after = _WORD_AFTER.match(s, stop)
    return said or ((not before or _says_number(before)) and (not after or after[0].lower() in _SAYS_MORE))


def _says_number(word: re.Match[str] | None) -> bool:
    return bool(word) and (word[1] or "").lower() in _SAYS_NUMBER
