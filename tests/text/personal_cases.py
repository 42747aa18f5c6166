"""Planted and hostile texts for personal data, made from a seed; independent of the library's own rules."""

# ruff: noqa: E501 (tables of cases)

from __future__ import annotations

import random
from collections.abc import Callable

Spans = list[tuple[int, int, str]]
Case = tuple[str, Spans]

PREFECTURES = (
    "430102 430103 430111 430181 430202 430302 430407 430521 430602 430702 430802 430921 431002 431126 433101"
)
OTHERS = "110101 120103 310115 320106 330106 350203 370102 410105 420106 440106 450103 500103 510104 530102 610113 650102"
AREAS = (
    "0731 0732 0733 0734 0735 0736 0737 0738 0739 0743 0744 0745 0746 0730 0755 0571 0514 010 021 020 027 028"
)
SURNAMES = "张王李刘陈杨黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
FULL = str.maketrans(
    "0123456789xX-()+ ABCDEFGHJKLMNPQRSTUVWYZ",
    "０１２３４５６７８９ｘＸ－（）＋　ＡＢＣＤＥＦＧＨＪＫＬＭＮＰＱＲＳＴＵＶＷＹＺ",
)
HAN = str.maketrans("0123456789", "零一二三四五六七八九")
HAN_O = str.maketrans("0123456789", "〇一二三四五六七八九")
YAO = str.maketrans("0123456789", "零幺二三四五六七八九")
FORMAL = str.maketrans("0123456789", "零壹贰叁肆伍陆柒捌玖")
CIRCLED = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
MATH = str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")
BREAKS = "\u200b\u200c\u200d\u2060\ufeff\u00ad"


def digits(r: random.Random, n: int) -> str:
    return "".join(r.choices("0123456789", k=n))


def mobile(r: random.Random) -> str:
    return "1" + r.choice("3456789") + digits(r, 9)


def check(first17: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(d) * w for d, w in zip(first17, weights, strict=True)) % 11]


def birth(r: random.Random) -> str:
    return f"{r.randint(1930, 2019)}{r.randint(1, 12):02}{r.randint(1, 28):02}"


def identity(r: random.Random) -> str:
    first = r.choice((PREFECTURES if r.random() < 0.8 else OTHERS).split()) + birth(r) + digits(r, 3)
    number = first + check(first)
    return number.lower() if r.random() < 0.3 else number


def old_identity(r: random.Random) -> str:
    return r.choice(PREFECTURES.split()) + birth(r)[2:] + digits(r, 3)


def local(r: random.Random, area: str) -> str:
    eight = len(area) == 3 or area in ("0731", "0755", "0571") or r.random() < 0.3
    return r.choice("2345678") + digits(r, 7 if eight else 6)


def card(r: random.Random) -> str:
    length = r.choice((16, 19, 19, 19))
    body = r.choice(("621700", "622202", "622848", "621661", "623058", "621081", "622188")) + digits(
        r, length - 7
    )
    total = sum(sum(divmod(2 * int(d), 10)) for d in body[::-2]) + sum(int(d) for d in body[-2::-2])
    return body + str(-total % 10)


def grouped(number: str, sizes: tuple[int, ...], by: str) -> str:
    parts, k = [], 0
    for size in sizes:
        parts.append(number[k : k + size])
        k += size
    return by.join(parts)


def broken(r: random.Random, number: str, by: str) -> str:
    k = r.randint(3, len(number) - 3)
    return number[:k] + by + number[k:]


MOBILE_WAYS: dict[str, Callable[[random.Random, str], str]] = {
    "plain": lambda r, m: m,
    "3-4-4": lambda r, m: grouped(m, (3, 4, 4), r.choice("- —－·.　–─")),
    "3-3-5": lambda r, m: grouped(m, (3, 3, 5), r.choice("- ")),
    "4-3-4": lambda r, m: grouped(m, (4, 3, 4), r.choice("- ")),
    "4-4-3": lambda r, m: grouped(m, (4, 4, 3), r.choice("- ")),
    "3-8": lambda r, m: grouped(m, (3, 8), r.choice("- ")),
    "7-4": lambda r, m: grouped(m, (7, 4), r.choice("- ")),
    "spaced dash": lambda r, m: grouped(m, (3, 4, 4), " - "),
    "two blanks": lambda r, m: grouped(m, (3, 4, 4), "  "),
    "each apart": lambda r, m: " ".join(m),
    "each dashed": lambda r, m: "-".join(m),
    "+86": lambda r, m: r.choice(("+86", "+86 ", "+86-", "86", "86-", "86 ", "0086", "0086-", "(+86)", "（+86）", "＋86 ")) + m,
    "+86 3-4-4": lambda r, m: r.choice(("+86 ", "+86-", "86-", "0086 ", "(86)")) + grouped(m, (3, 4, 4), r.choice("- ")),
    "0": lambda r, m: "0" + m,
    "full width": lambda r, m: m.translate(FULL),
    "full width 3-4-4": lambda r, m: grouped(m, (3, 4, 4), r.choice("- ")).translate(FULL),
    "half full": lambda r, m: m[:5] + m[5:].translate(FULL),
    "zero width": lambda r, m: r.choice(BREAKS).join(m),
    "zero width once": lambda r, m: broken(r, m, r.choice(BREAKS)),
    "newline": lambda r, m: broken(r, m, "\n"),
    "CR LF": lambda r, m: grouped(m, (3, 8), "\r\n"),
    "tab": lambda r, m: grouped(m, (3, 4, 4), "\t"),
    "no-break": lambda r, m: grouped(m, (3, 4, 4), "\u00a0"),
    "han": lambda r, m: m.translate(r.choice((HAN, HAN_O, YAO, FORMAL))),
    "han 3-4-4": lambda r, m: grouped(m.translate(HAN), (3, 4, 4), r.choice("- ")),
    "half han": lambda r, m: m[:3] + m[3:].translate(HAN),
    "some han": lambda r, m: "".join(d.translate(HAN) if r.random() < 0.4 and k else d for k, d in enumerate(m)),
    "circled": lambda r, m: m.translate(CIRCLED),
    "mathematical": lambda r, m: m.translate(MATH),
    "key caps": lambda r, m: "".join(d + "\ufe0f\u20e3" for d in m),
    "O for 0": lambda r, m: m.replace("0", r.choice("Oo")) if 0 < m.count("0") <= 5 else m,
    "l for 1": lambda r, m: m[0] + m[1:].replace("1", r.choice("lI")),
    "parenthesis": lambda r, m: f"({m[:3]}){m[3:]}",
    "han one as dash": lambda r, m: grouped(m, (3, 4, 4), "一"),
    "struck": lambda r, m: "".join(d + "\u0336" for d in m),
}  # fmt: skip
FIXED_WAYS: dict[str, Callable[[random.Random, str, str], str]] = {
    "dash": lambda r, a, n: f"{a}-{n}",
    "wide dash": lambda r, a, n: a + r.choice(("—", "－", "–", "——", " - ", "一", "--", "―")) + n,
    "blank": lambda r, a, n: f"{a} {n}",
    "parenthesis": lambda r, a, n: r.choice((f"({a}){n}", f"（{a}）{n}", f"({a}) {n}", f"（{a}）-{n}", f"({a})-{n}")),
    "joined": lambda r, a, n: a + n,
    "grouped": lambda r, a, n: f"{a}-{n[:4]}-{n[4:]}" if len(n) == 8 else f"{a}-{n[:3]}-{n[3:]}",
    "grouped blank": lambda r, a, n: f"{a} {n[:4]} {n[4:]}" if len(n) == 8 else f"{a} {n[:3]} {n[3:]}",
    "extension": lambda r, a, n: f"{a}-{n}{r.choice(('-', '转', ' 转 ', '转分机', 'ext.', ' 分机'))}{digits(r, r.randint(2, 4))}",
    "+86": lambda r, a, n: f"{r.choice(('+86-', '0086-', '+86 '))}{a[1:]}-{n}",
    "+86 0": lambda r, a, n: f"+86-{a}-{n}",
    "full width": lambda r, a, n: f"{a}-{n}".translate(FULL),
    "zero width": lambda r, a, n: f"{a}-{n[:3]}\u200b{n[3:]}",
    "newline": lambda r, a, n: f"{a}-\n{n}",
    "han": lambda r, a, n: f"{a}-{n}".translate(HAN),
}  # fmt: skip
IDENTITY_WAYS: dict[str, Callable[[random.Random, str], str]] = {
    "plain": lambda r, i: i,
    "6-8-4": lambda r, i: grouped(i, (6, 8, 4), r.choice("- —　.")),
    "6-4-4-4": lambda r, i: grouped(i, (6, 4, 4, 4), r.choice("- ")),
    "4s": lambda r, i: grouped(i, (4, 4, 4, 4, 2), r.choice("- ")),
    "3s": lambda r, i: grouped(i, (3,) * 6, r.choice("- ")),
    "each apart": lambda r, i: " ".join(i),
    "full width": lambda r, i: i.translate(FULL),
    "half full": lambda r, i: i[:9] + i[9:].translate(FULL),
    "zero width": lambda r, i: r.choice(BREAKS).join(i),
    "newline": lambda r, i: broken(r, i, r.choice(("\n", "\r\n"))),
    "han": lambda r, i: i.translate(r.choice((HAN, HAN_O))),
    "circled": lambda r, i: i.translate(CIRCLED),
    "mathematical": lambda r, i: i.translate(MATH),
    "times for X": lambda r, i: i.replace("X", "×").replace("x", "×"),
    "O for 0": lambda r, i: i.replace("0", "O"),
}  # fmt: skip

# {} is the item; what stands beside it is what people write.
ANY_CARRIERS = (
    "{}", "我是{}，请回复", "他（{}）一直没有回音", "张三{}李四", "\n{}\n", "反映人：刘某，{}，住岳麓区", "请核实{}。谢谢！",
    "“{}”", "【{}】", "详情见附件,{},望处理", "2024年7月29日{}来信", "（1）{}；（2）无", "以下是我的信息：{}！",
    "姓名 李四 {} 住址 长沙", "1、{}\n2、无", "记录如下|{}|完毕", "<p>{}</p>", "A3区某小区业主{}反映物业问题", "在2栋3单元502室。{}",
)  # fmt: skip
MOBILE_CARRIERS = (
    *ANY_CARRIERS, "联系电话：{}", "手机{}，随时可打", "请拨打{}联系我", "电话:{}(微信同号)", "Tel:{}", "TEL {}", "tel{}", "手机号码是{}。",
    "联系人：王女士{}", "致电{}无人接听", "我的号码为{}请回电", "微信同号{}", "{}（李先生）", "电话{}或0731-88888888", "拨打{}多次无人接听",
    "陈先生 {} 2019年8月", "本人{}元旦后有空", "电话：1.{}", "快递员电话{}", "手机尾号不对，是{}才对", "M:{}", "联系方式：{}；邮箱无",
    "微信/手机：{}", "{}微信同号", "{}/QQ同号", "张三,{},长沙", "打过{}次都是忙音", "客服让我留电话{}",
)  # fmt: skip
FIXED_CARRIERS = (
    *ANY_CARRIERS, "联系电话：{}", "办公电话{}", "请拨打{}咨询", "电话:{}", "Tel:{}", "传真：{}", "座机{}，上班时间打", "电话（{}）", "热线电话：{}。",
    "拨打{}无人接听", "咨询电话{}，监督电话12345",
)  # fmt: skip
IDENTITY_CARRIERS = (
    *ANY_CARRIERS, "身份证号：{}", "身份证{}", "公民身份号码{}，男", "证件号码:{}", "ID:{}", "身份证号码为{}的村民", "sfz{}", "户主身份证：{}（已核）",
    "本人张三（身份证{}）", "张三,{},长沙", "身份证号{}元旦前到期",
)  # fmt: skip


def carried(r: random.Random, carriers: tuple[str, ...], item: str, kind: str) -> Case:
    before, after = r.choice(carriers).split("{}")
    lead = r.choice(
        (
            "",
            "尊敬的领导：",
            "您好，我是一名普通市民。",
            "反映问题：小区停水3天，门牌12号。\n",
            "2019/9/19 16:36:22 ",
        )
    )
    text = lead + before
    if kind == "fixed_phone" and before.endswith("（") and item[0] in "(（":
        text = text[:-1] + "，"
    start = len(text)
    return text + item + after, [(start, start + len(item), kind)]


def mobiles(r: random.Random, way: str) -> Case:
    return carried(r, MOBILE_CARRIERS, MOBILE_WAYS[way](r, mobile(r)), "mobile_phone")


def fixed_phones(r: random.Random, way: str) -> Case:
    area = r.choice(AREAS.split())
    return carried(r, FIXED_CARRIERS, FIXED_WAYS[way](r, area, local(r, area)), "fixed_phone")


def identities(r: random.Random, way: str) -> Case:
    return carried(r, IDENTITY_CARRIERS, IDENTITY_WAYS[way](r, identity(r)), "identity_number")


def old_identities(r: random.Random, way: str) -> Case:
    number = old_identity(r)
    number = {
        "plain": number,
        "6-6-3": grouped(number, (6, 6, 3), " "),
        "full width": number.translate(FULL),
    }[way]
    return carried(r, IDENTITY_CARRIERS, number, "identity_number")


def several(r: random.Random, way: str) -> Case:
    """Items that touch or nearly touch."""
    makers = {
        "i": (identity, "identity_number"),
        "m": (mobile, "mobile_phone"),
        "f": (_dashed, "fixed_phone"),
    }
    kinds, by = way.split("|")
    text, spans = r.choice(("", "信息：", "张三")), []
    for k, letter in enumerate(kinds):
        text += by if k else ""
        item = makers[letter][0](r)
        spans.append((len(text), len(text) + len(item), makers[letter][1]))
        text += item
    return text + r.choice(("", "。", "请联系")), spans


def _dashed(r: random.Random) -> str:
    area = r.choice(AREAS.split())
    return f"{area}-{local(r, area)}"


SEVERAL_WAYS = [f"{kinds}|{by}" for kinds in ("im", "mi", "mm", "ii", "imm", "mim", "fm") for by in ("", ",", " ", "、", "/", "\n", "；")] + [
    "mf|、", "mf|,", "mf| ", "ff|、", "ff| ", "mf|/", "if| ",
]  # fmt: skip


def planted(seed: int, each: int) -> list[tuple[str, str, Spans]]:
    """Return (name of the way, text, spans), ``each`` cases of every way to write a phone or identity number."""
    r = random.Random(seed)
    families = (
        ("mobile", MOBILE_WAYS, mobiles),
        ("fixed", FIXED_WAYS, fixed_phones),
        ("identity", IDENTITY_WAYS, identities),
        ("old identity", ("plain", "6-6-3", "full width"), old_identities),
        ("several", SEVERAL_WAYS, several),
    )
    return [
        (f"{family} {way!r}", *make(r, way))
        for family, ways, make in families
        for way in ways
        for _ in range(each)
    ]


def wrong_check(r: random.Random) -> str:
    number = identity(r).upper()
    return number[:-1] + r.choice([c for c in "0123456789X" if c != number[-1]])


def wrong_date(r: random.Random) -> str:
    date = r.choice(
        ("19901301", "19900230", "18500101", "20991231", "19900100", "00000000", "19900431", "20010229")
    )
    first = "430102" + date + digits(r, 3)
    return first + check(first)


def wrong_place(r: random.Random) -> str:
    first = r.choice(("990102", "000000", "100101", "770102", "290101")) + birth(r) + digits(r, 3)
    return first + check(first)


def credit_code(r: random.Random) -> str:
    while True:
        code = (
            "91" + r.choice(PREFECTURES.split()) + "".join(r.choices("0123456789ABCDEFGHJKLMNPQRTUWXY", k=10))
        )
        if any(c.isalpha() for c in code[:-1]):
            return code


def when(r: random.Random) -> str:
    y, m, d, h, n, s = (
        r.randint(1990, 2025),
        r.randint(1, 12),
        r.randint(1, 28),
        r.randint(0, 23),
        r.randint(0, 59),
        r.randint(0, 59),
    )
    return r.choice((
        f"{y}-{m:02}-{d:02} {h:02}:{n:02}", f"{y}{m:02}{d:02}", f"{y}{m:02}{d:02}{h:02}{n:02}{s:02}", f"{y}/{m}/{d} {h:02}:{n:02}:{s:02}",
        f"{y}年{m}月{d}日", f"{y}.{m}.{d}-{y}.{m}.{d}", f"{y}-{m:02}-{d:02}T{h:02}:{n:02}:{s:02}+08:00", f"{y}{m:02}{d:02}{h:02}{n:02}{s:02}{digits(r, 3)}",
        f"{y}-{m:02}-{d:02} {h:02}-{n:02}", f"{y} {m:02} {d:02} {h:02} {n:02}", f"自{y}-{m:02}-{d:02}至{y}-{m:02}-{d:02}", "二〇二四年七月二十九日",
        f"{h:02}:{n:02}:{s:02}.{digits(r, 6)}", f"{y}{m:02}{d:02}-{y}{m:02}{d:02}", f"169{digits(r, 7)}", f"169{digits(r, 10)}",
    ))  # fmt: skip


NEGATIVES: dict[str, Callable[[random.Random], str]] = {
    "document": lambda r: f"湘政办发〔{r.randint(2000, 2025)}〕{r.randint(1, 200)}号",
    "time": when,
    "amount": lambda r: r.choice((
        f"总投资{mobile(r)}元", f"￥{mobile(r)}", f"资金{digits(r, 8)}.{digits(r, 2)}元", f"{r.randint(1, 999)},{digits(r, 3)},{digits(r, 3)},{digits(r, 3)}.00元",
        f"金额：{mobile(r)}.00", f"人民币{mobile(r)}元整", f"1{digits(r, 10)}美元", f"{digits(r, 4)}.{digits(r, 4)}万元", f"预算{mobile(r)}.{digits(r, 2)}",
        f"合计¥{mobile(r)}.00", f"发电量1{digits(r, 10)}千瓦时",
    )),
    "credit code": lambda r: r.choice(("统一社会信用代码：", "代码", "", "信用代码")) + credit_code(r),
    "wrong check": lambda r: r.choice(("", "身份证号", "号码：", "编号")) + wrong_check(r),
    "wrong date": lambda r: r.choice(("", "身份证号", "号码：")) + wrong_date(r),
    "wrong place": lambda r: r.choice(("", "身份证号", "号码：")) + wrong_place(r),
    "order": lambda r: r.choice(("订单号", "订单编号：", "合同编号", "快递单号：", "运单号", "工单编号 ", "受理编号：", "流水号", "编号为", "序列号:", "案号", "交易流水号：",
        "留言编号：", "物流单号 ", "办件编号：", "信访件编号")) + r.choice((mobile(r), digits(r, 12), digits(r, 13), digits(r, 15), digits(r, 18), digits(r, 20), "1" + digits(r, 14))),
    "order with letters": lambda r: r.choice(("SF", "HT", "DD", "NO", "CN", "WZ", "X", "GD")) + r.choice(("", "-", "_")) + r.choice((mobile(r), digits(r, 12), digits(r, 18), identity(r)[:17] + "5A")),
    "case": lambda r: f"（{r.randint(2010, 2025)}）湘{digits(r, 4)}{r.choice(('民初', '刑终', '行初', '执'))}{digits(r, r.randint(2, 5))}号",
    "contract": lambda r: f"HT-{r.randint(2010, 2025)}-{digits(r, 4)}-{digits(r, 8)}",
    "record id": lambda r: r.choice((f"t{when(r)[:0]}20240729_{digits(r, 8)}.html", f"W0202407{digits(r, 14)}.pdf", f"content_{digits(r, 8)}", f"IMG_20240729_{digits(r, 6)}.jpg",
        f"t20190812_{mobile(r)}.shtml", f"P0{digits(r, 20)}.doc", f"{mobile(r)}.jpg", f"id={digits(r, 7)}")),
    "long run": lambda r: digits(r, r.choice((12, 13, 14, 16, 17, 19, 20, 21, 23, 24, 25, 28, 30, 32, 40, 64, 100))),
    "address": lambda r: ".".join(str(r.randint(100, 255)) for _ in range(4)) + r.choice(("", ":8080", "/24")),
    "coordinate": lambda r: f"{r.randint(108, 114)}.{digits(r, r.choice((6, 8, 11, 14)))},{r.randint(24, 30)}.{digits(r, r.choice((6, 8, 11)))}",
    "decimal": lambda r: f"{r.choice(('0', '3', '12', '0', '7'))}.1{r.choice('3456789')}{digits(r, 9)}" + r.choice(("", "%", "倍")),
    "percent": lambda r: f"增长{digits(r, 2)}.{digits(r, 2)}%，占{digits(r, 2)}.{digits(r, 1)}％",
    "site code": lambda r: f"网站标识码：{r.choice(('43', '44', '13', '15'))}{digits(r, 8)}",
    "site code bare": lambda r: f"标识码{r.choice(('43', '13', '15', '36'))}{digits(r, 8)} 湘ICP备{digits(r, 8)}号 湘公网安备 430{digits(r, 11)}号",
    "url": lambda r: r.choice((f"http://www.hunan.gov.cn/{mobile(r)}/t{mobile(r)}.html", f"https://x.cn/a?id={mobile(r)}&t=169{digits(r, 10)}", f"www.changsha.gov.cn/{digits(r, 4)}/{mobile(r)}",
        f"http://wlwz.changsha.gov.cn/webapp/{digits(r, 18)}", f"https://weibo.com/{mobile(r)}/status", f"hunan.gov.cn/xxgk/{mobile(r)}.html", f"http://a.com/{identity(r)}.htm")),
    "hotline": lambda r: r.choice(("12345", "拨打12345热线", "96309", "0731-12345", f"400-{digits(r, 3)}-{digits(r, 4)}", "400" + digits(r, 7), "800-820-" + digits(r, 4), "110、119、120",
        "12315投诉", "95598供电", "4008-123-123", f"电话：400-8{digits(r, 2)}-{digits(r, 4)}", "10086", "12345-3")),
    "statistics": lambda r: f"{r.randint(100, 199)} {digits(r, 4)} {digits(r, 4)} {digits(r, 3)} {digits(r, 4)}",
    "statistics 2": lambda r: " ".join(digits(r, r.randint(2, 5)).lstrip("0") or "7" for _ in range(12)),
    "years": lambda r: " ".join(str(y) for y in range(1990, 1990 + r.randint(2, 20))) + r.choice(("", " 年份")),
    "masked": lambda r: r.choice((f"{mobile(r)[:3]}****{digits(r, 4)}", f"138 xxxx {digits(r, 4)}", f"430102********{digits(r, 4)}", f"{mobile(r)[:3]}XXXX{digits(r, 4)}", f"430102{birth(r)}****")),
    "hash": lambda r: "".join(r.choices("0123456789abcdef", k=24)) + "f" + mobile(r) + "e",
    "uuid": lambda r: f"{digits(r, 8)}-1a{digits(r, 2)}-4{digits(r, 3)}-a{digits(r, 3)}-b{mobile(r)}",
    "isbn": lambda r: f"ISBN 978-7-{digits(r, 3)}-{digits(r, 5)}-{digits(r, 1)}",
    "bar code": lambda r: f"条码69{digits(r, 11)}",
    "ten digits": lambda r: f"1{r.choice('3456789')}{digits(r, 8)}",
    "twelve digits": lambda r: f"1{r.choice('3456789')}{digits(r, 10)}",
    "not a mobile": lambda r: f"1{r.choice('012')}{digits(r, 9)}",
    "han number": lambda r: r.choice(("一二三四五六七八九十", "二〇二四年七月二十九日", "一千三百八十亿零一百三十八万", "三七二十一", "一九九八至二〇〇八")),
    "version": lambda r: f"V{r.randint(1, 9)}.{r.randint(0, 20)}.{digits(r, 4)}.{digits(r, 4)}",
    "hours": lambda r: "8:30-12:00，13:30-17:30",
    "dimension": lambda r: f"{digits(r, 4)}x{digits(r, 4)}，{r.randint(1000, 1999)}*{digits(r, 3)}*{digits(r, 4)}",
    "account of a body": lambda r: f"开户行账号4300{digits(r, 16)}",
    "IMEI": lambda r: f"IMEI：35{digits(r, 13)}",
    "registration": lambda r: f"注册号4301{r.randint(0, 99):02}{digits(r, 9)}",
    "A-paper": lambda r: f"{r.randint(2000, 2024)}A{mobile(r)}",
    "No": lambda r: r.choice(("No.", "NO:", "№", "第")) + mobile(r) + "号",
    "list of years and sums": lambda r: f"2018年1{digits(r, 3)}.{digits(r, 2)}亿元、2019年1{digits(r, 3)}.{digits(r, 2)}亿元",
    "stock": lambda r: f"股票代码{digits(r, 6)}，邮编{digits(r, 6)}，面积{digits(r, 5)}.{digits(r, 2)}㎡",
    "DOI": lambda r: f"DOI:10.{digits(r, 4)}/j.cnki.{digits(r, 4)}-{digits(r, 4)}.{digits(r, 11)}",
}  # fmt: skip
NEGATIVE_CARRIERS = (
    "{}", "关于{}的说明", "据统计，{}。", "见{}，特此通知", "\n{}\n", "（{}）", "其中{}，请知悉", "自2019年起，{}等情况", "1、{}；", "文件{}已印发",
)  # fmt: skip


def hostile(seed: int, each: int) -> list[tuple[str, str]]:
    """Return (name, text), ``each`` of every kind of text that looks like a phone or identity number and is none."""
    r = random.Random(seed)
    return [
        (name, r.choice(NEGATIVE_CARRIERS).replace("{}", make(r)))
        for name, make in NEGATIVES.items()
        for _ in range(each)
    ]
