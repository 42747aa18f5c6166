"""A run of digits in folded text: its groups, what stands beside it, and whether a number may stand there."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from shuju.text.identity import is_identity_number
from shuju.text.personal_item import BLANK, Item

MOBILE = re.compile("1[3-9][0-9]{9}")
AREA = re.compile(
    "010|02[0-57-9]|0(?:31[0-9]|335|349|35[0-9]|37[0-79]|39[1-68]|41[1-9]|42[179]|43[1-9]|440|45[1-9]|46[4789]"
    "|47[0-9]|48[23]|51[0-9]|52[37]|53[0-9]|54[36]|55[0-9]|56[1-6]|57[0-9]|580|59[1-9]|63[1-5]|66[0238]|69[12]"
    "|701|71[0-9]|72[248]|73[0-9]|74[3-6]|75[0-9]|76[023689]|77[0-9]|79[0-9]|81[2-8]|82[5-7]|83[0-9]"
    "|85[1-9]|87[0-9]|88[36-8]|89[1-9]|90[1-9]|91[1-79]|93[0-9]|94[13]|95[1-5]|97[0-7]|99[0-9])"
)
_YEAR = re.compile("(?:19|20)[0-9]{2}(?![0-9])")
_CARD = re.compile(
    "62|4|5[1-5]|35(?:2[89]|[3-8])|60(?:1382|1428|2907|2969|3265|3367|3506|3601|3694|3708)|9558|103|6858|69"
)

# Right after these words comes the number of a thing, or an amount.
DENIED = re.compile(
    r"(?:编号|编码|代码|标识|单[号据]|订单|合同|案号|案件|流水|凭证|工单|受理|回执|运单|条形?码|序列|货号|批[号次准]|型号|学[号籍]|工号|考号|准考证"
    r"|档案|文号|索引号|记录号|交易号|商户号|会员号|保单|账单|注册号|登记[号证]|证号|证书|许可证|备案|发票|票号|税号|户号|表号|房号|图号|资产|专利号?|设备号?|车架"
    r"|发动机|识别码|校验码|验证码|取件码|邮编|邮政|页码"
    r"|金额|总额|总量|合计|共计|总计|资金|投资|预算|收入|支出|产值|面积"
    r"|(?<!微信)(?<!微信 )(?<!qq)(?<![a-z])(?:ID|IMEI|IMSI|ISBN|ISSN|DOI|S/?N|No))"
    r"[号码为是第: .#№(\[“「【《a-z_-]{0,8}$",
    re.IGNORECASE,
)
_SIGN_BEFORE = re.compile("[第№¥￥$€] ?$")
_JOINED_BEFORE = re.compile(r"[0-9a-z][._-]{1,2}$", re.IGNORECASE)
LIST_NUMBER = re.compile(r"(?:^|[\n;。])\s?[1-9]\.$|[0-9]\. $")
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
        *("tel", "telephone", "phone", "mobile", "mob", "cell", "call", "fax"),
        *("dh", "sj", "sjh", "lxdh", "lxfs", "wx", "vx", "v", "qq", "wechat", "weixin", "add"),
        *("id", "sfz", "sfzh", "idcard", "card", "kh", "yhk"),
    )
)
_SAYS_MORE = frozenset(
    ("qq", "wx", "vx", "v", "tel", "wechat", "weixin", "email", "mail", "phone", "mobile", "fax", "ext")
)
WINDOW = 24


@dataclass(frozen=True)
class Run:
    """Digits near each other in ``s``: ``digits[k]`` (the last may be X) stands at ``at[k]``.

    ``last`` is the item found before.
    """

    s: str
    digits: str
    at: list[int]
    last: Item | None

    def gap(self, k: int) -> str:
        """What stands between digit ``k`` and the one before; nothing after the last."""
        return "" if k >= len(self.at) else self.s[self.at[k - 1] + 1 : self.at[k]]

    def groups(self, k: int, end: int) -> tuple[int, ...]:
        """How many digits stand together, group by group."""
        cuts = [k, *(j for j in range(k + 1, end) if self.at[j] - self.at[j - 1] > 1), end]
        return tuple(b - a for a, b in pairwise(cuts))

    def parted(self, k: int) -> str:
        """What parts digit ``k`` from a digit before it that belongs to no item."""
        return "" if k == 0 or (self.last and self.at[k - 1] < self.last.end) else self.gap(k)

    def before(self, start: int) -> str:
        """What is written before ``start``, as far as it can matter and back to the last item."""
        begin = max(0, start - WINDOW)
        if self.last and self.last.end > begin:
            return BLANK + self.s[self.last.end : start]
        return self.s[begin:start]

    def tied(self, end: int) -> str:
        """What ties digit ``end`` to those before, unless it begins a number by itself."""
        if end >= len(self.digits) or any(self.lengths(end)) or _YEAR.match(self.digits, end):
            return ""
        return self.gap(end)

    def closes(self, end: int, more: int = 3) -> bool:
        """Whether a number may end before digit ``end``: nothing, a gap or ``more`` whole numbers follow."""
        if end >= len(self.digits) or self.gap(end):
            return end <= len(self.digits)
        if more == 0 or self.at[min(end + 3, len(self.at) - 1)] - self.at[end] != 3:  # a stray digit follows
            return False
        area = AREA.match(self.digits, end)
        if area and not self.gap(area.end()):  # an area code is known as such by what parts it
            return False
        return any(self.closes(end + n, more - 1) for n in self.lengths(end))

    def lengths(self, k: int) -> Iterator[int]:
        """Yield the lengths of the numbers that digits from ``k`` on begin with, whatever their groups."""
        digits = self.digits
        yield from (n for n in (18, 15) if is_identity_number(digits[k : k + n]) and k + n <= len(digits))
        if MOBILE.match(digits, k):
            yield 11
        if area := AREA.match(digits, k):
            yield from (len(area[0]) + n for n in (8, 7) if k + len(area[0]) + n <= len(digits))
        if digits.startswith("62", k):
            yield from (n for n in (19, 16) if is_card(digits[k : k + n], n))


def is_card(digits: str, length: int) -> bool:
    """Return whether the digits are a card number: a known issuer and the check digit of ISO/IEC 7812-1."""
    if len(digits) != length or not digits.isdigit() or not _CARD.match(digits):
        return False
    doubled = sum(sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])
    return (doubled + sum(map(int, digits[-1::-2]))) % 10 == 0


def fits(run: Run, start: int, stop: int, said: bool) -> bool:
    """Return whether a phone or card may stand where it does; ``said``: the text says that it is one."""
    s, before = run.s, run.before(start)
    if DENIED.search(before) or _SIGN_BEFORE.search(before) or _UNIT_AFTER.match(s, stop):
        return False
    if said:
        return True
    word = _WORD_BEFORE.search(before)
    if _JOINED_BEFORE.search(before) and not (_says_number(word) or LIST_NUMBER.search(before)):
        return False
    if _JOINED_AFTER.match(s, stop):
        end = bisect_left(run.at, stop)
        if end == len(run.at) or run.at[end] > stop + 1 or run.tied(end):
            return False
    return letters_fit(s, start, stop, said)


def letters_fit(s: str, start: int, stop: int, said: bool) -> bool:
    """Return whether no letters touch the number but those that say what it, or what follows it, is."""
    before = _WORD_BEFORE.search(s[max(0, start - WINDOW) : start])
    after = _WORD_AFTER.match(s, stop)
    return said or ((not before or _says_number(before)) and (not after or after[0].lower() in _SAYS_MORE))


def _says_number(word: re.Match[str] | None) -> bool:
    return bool(word) and (word[1] or "").lower() in _SAYS_NUMBER
