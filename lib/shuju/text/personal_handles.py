"""E-mail, WeChat and QQ said as such, and car plates, in folded text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shuju.text.personal_item import Item

_AT = r"(?: ?@ ?| ?[\[({<【](?:at|@|艾特|圈a)[\])}>】] ?)"
_DOT = r"(?:\.| ?[\[({<【](?:dot|点)[\])}>】] ?| ?[.。] ?(?=(?:com|cn|net|org|edu|gov)(?![0-9a-z])))"
_EMAIL = re.compile(
    rf"(?<![0-9a-z._%+-])[0-9a-z_](?:[0-9a-z._%+-]{{0,62}}[0-9a-z_-])?{_AT}"
    rf"(?:[0-9a-z-]{{1,63}}{_DOT}){{1,8}}[a-z]{{2,24}}(?![a-z])",
    re.IGNORECASE,
)
_HINT_OF_EMAIL = re.compile("@|艾特|圈a|[\\[({<【]at", re.IGNORECASE)

# What follows a number that counts something: 微信2024年, QQ 10000人.
_COUNTED = re.compile(r" ?[年月日人万亿个次级版元条%]")
# These patterns begin with a class of characters, so that re skips to one of them.
_WECHAT = re.compile(
    r"[微威薇徽加wWvV](?i:"
    r"(?:(?:(?<=[微威薇徽v])信|(?<=加)微|(?<=w)(?:echat|eixin))"
    r"(?! ?(?:公众|小程序|视频号|平台|服务号|订阅|群|支付|搜))"
    r"|(?<![0-9a-z][wv])x(?![0-9a-z_])"
    r"|(?<=[加+➕]v)(?![0-9a-z_])|(?<=[加+➕] v)(?![0-9a-z_])|(?<![0-9a-z]v)(?<=v)(?= ?:))"
    r" ?(?P<said>(?:号码?|账号|帐号|id)? ?(?:同号|联系|添加|请加|加)?[(]? ?(?:是|为|[:=])?) ?[\"“'(\[「]? ?"
    # A phone number, bare or after letters that say so, is one.
    r"(?!(?:wx|vx|v|qq|tel|sj|dh)?1[3-9][0-9]{9}(?![0-9]))"
    r"(?P<name>[a-z][0-9a-z_-]{5,19}"
    r"|[1-9][0-9]{4,11}(?![ \n-]{0,2}[0-9〇零一幺二三四五六七八九]))(?![0-9a-z_-]))",
)
_NO_NAMES = frozenset(
    ("wechat", "weixin", "alipay", "android", "iphone", "windows", "official", "public", "douyin", "weibo")
)
_QQ = re.compile(
    r"[qQ扣球企](?i:(?:(?<![a-z]q)(?<=q)q|(?<=扣)扣|(?<=球)球|(?<=企)鹅号?|(?<![0-9a-z]q)(?<=q)(?= ?[号:]))"
    r"(?! ?(?:[0-9]? ?群|音乐|空间|浏览器|游戏))"
    r" ?(?:号码|号|账号|帐号|联系)? ?(?:[(]? ?(?:为|是|[:=,]))?[ (\[]{0,2}"
    r"(?!1[3-9][0-9](?:[ -]?[0-9]){8}(?![0-9]))(?P<number>[1-9](?:[ -]?[0-9]){4,10})(?![0-9a-z]))"
)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼](?<![最全更重创].)"
    r"(?i: ?[a-hj-np-z][ .-]?"
    r"(?:[a-hj-np-z0-9]{4}[挂学警港澳领试超]|[a-hjk][a-hj-np-z0-9][0-9]{4}|[0-9]{5}[a-hjk]|[a-hj-np-z0-9]{5})"
    r"(?![0-9a-z]))",
)


def emails(s: str) -> Iterator[Item]:
    """Yield the e-mail addresses, also those written with [at] and (dot)."""
    if _HINT_OF_EMAIL.search(s):
        for m in _EMAIL.finditer(s):
            plain = re.sub(_DOT, ".", re.sub(_AT, "@", m[0], flags=re.I), flags=re.I)
            yield Item(*m.span(), "email", plain)


def wechats(s: str) -> Iterator[Item]:
    """Yield the WeChat names and numbers said as such; a phone number is left to the phones."""
    for m in _WECHAT.finditer(s):
        name = m["name"]
        if name.isdigit():
            fits = m["said"].strip(" (") and not _COUNTED.match(s, m.end())
        else:
            fits = m["said"].strip(" (") or not name.isalpha() or (name.islower() and name not in _NO_NAMES)
        if fits:
            yield Item(*m.span("name"), "wechat", name)


def qqs(s: str) -> Iterator[Item]:
    """Yield the QQ numbers said as such; a phone number is left to the phones."""
    for m in _QQ.finditer(s):
        if not _COUNTED.match(s, m.end()):
            yield Item(*m.span("number"), "qq", re.sub("[ -]", "", m["number"]))


def plates(s: str) -> Iterator[Item]:
    """Yield the car plates of GA 36, new-energy ones too: at least three digits."""
    for m in _PLATE.finditer(s):
        if sum("0" <= c <= "9" for c in m[0]) >= 3:
            yield Item(*m.span(), "plate", m[0])
