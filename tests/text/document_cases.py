"""Planted and hostile texts for identity documents other than the resident's card, and for numbers glued together.

Made from a seed; independent of the library's own rules, but for what the documents' own standards say.
"""

# ruff: noqa: E501 (tables of cases)

from __future__ import annotations

import random
from collections.abc import Callable

from .personal_cases import (
    AREAS,
    FULL,
    Case,
    Spans,
    birth,
    card,
    check,
    digits,
    grouped,
    identity,
    mobile,
    when,
)

NATIONS = "USA CAN GBR FRA DEU JPN KOR AUS NZL SGP IND PAK RUS ITA ESP BRA MYS THA VNM PHL NLD CHE SWE ISL IRL MLI LAO"
NUMERIC = (
    "840 124 826 250 276 392 410 036 554 702 356 586 643 380 724 076 458 764 704 608 528 756 752 352 372 156"
)
REGIONS = "1101 3100 4401 4403 3205 4301 4201 5101 6101 3702 1200 5000"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def with_check(first17: str) -> str:
    return first17 + check(first17)


def residence(r: random.Random) -> str:
    """港澳台居民居住证."""
    return with_check(r.choice(("810000", "820000", "830000")) + birth(r) + digits(r, 3))


def foreigner(r: random.Random) -> str:
    """外国人永久居留身份证, the form of December 2023."""
    return with_check(
        "9" + r.choice(REGIONS.split())[:2] + r.choice(NUMERIC.split()) + birth(r) + digits(r, 3)
    )


def foreigner_old(r: random.Random) -> str:
    """外国人永久居留身份证, the forms of 2004 and 2017."""
    return r.choice(NATIONS.split()) + r.choice(REGIONS.split()) + birth(r)[2:] + digits(r, 2)


def returning(r: random.Random) -> str:
    """港澳居民来往内地通行证 (回乡证)."""
    return r.choice("HM") + digits(r, r.choice((8, 8, 10)))


def taiwanese(r: random.Random) -> str:
    """台湾居民来往大陆通行证 (台胞证), the card of 2015."""
    return "0" + digits(r, 7) if r.random() < 0.5 else r.choice("3456789") + digits(r, 7)


def hong_kong_identity(r: random.Random) -> str:
    letter, number = r.choice(LETTERS), digits(r, 6)
    total = 36 * 9 + (ord(letter) - 55) * 8 + sum(int(d) * w for d, w in zip(number, range(7, 1, -1)))
    sign = "0123456789A"[-total % 11]
    return letter + number + r.choice((f"({sign})", f"（{sign}）", sign))


def taiwan_identity(r: random.Random) -> str:
    letter = r.choice("ABCDEFGHJKLMNPQRSTUVXYWZIO")
    code = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(letter) + 10
    number = r.choice("12") + digits(r, 7)
    total = code // 10 + code % 10 * 9 + sum(int(d) * w for d, w in zip(number, range(8, 0, -1)))
    return letter + number + str(-total % 10)


def passport(r: random.Random) -> str:
    return r.choice((
        r.choice("EG") + r.choice("345678") + digits(r, 7),
        "E" + r.choice(LETTERS) + r.choice("345678") + digits(r, 6),
        r.choice(("K", "H", "D", "S", "P", "DE", "SE", "PE", "KJ", "MA", "TZ", "L", "AB")) + digits(r, 7),
        r.choice("23456") + digits(r, 8),
    ))  # fmt: skip


def border(r: random.Random) -> str:
    """往来港澳通行证 and 大陆居民往来台湾通行证."""
    return r.choice(
        (
            "C" + digits(r, 8),
            "C" + r.choice(LETTERS) + digits(r, 7),
            "W" + digits(r, 8),
            "L" + digits(r, 8),
            "T" + digits(r, 8),
        )
    )


BEFORE_IDENTITY = ("身份证号", "证件号码：", "证件号", "身份证件号码为", "身份证：", "ID:", "")
# kind, what is said before it (it says what follows), the maker, whether it may be written in groups
DOCUMENTS: dict[str, tuple[str, tuple[str, ...], Callable[[random.Random], str]]] = {
    "residence": ("identity_number", ("港澳台居民居住证", "居住证号码：", "港澳居民居住证号", "台湾居民居住证：", *BEFORE_IDENTITY), residence),
    "foreigner": ("identity_number", ("外国人永久居留证号", "外国人永久居留身份证：", "永居证", "永久居留证号码为", *BEFORE_IDENTITY), foreigner),
    "foreigner old": ("identity_number", ("外国人永久居留证号", "外国人永久居留身份证：", "永居证", "永久居留证号码为", "证件号码：", ""), foreigner_old),
    "returning": ("travel_permit", ("回乡证", "回乡证号", "回乡证号码：", "港澳居民来往内地通行证号码：", "港澳居民来往内地通行证", "通行证号：", "来往内地通行证（", "港澳通行证", "证件号码："), returning),
    "taiwanese": ("travel_permit", ("台胞证", "台胞证号", "台胞证号码：", "台湾居民来往大陆通行证号码：", "台湾居民来往大陆通行证", "大陆通行证号 ", "台胞证（"), taiwanese),
    "border": ("travel_permit", ("港澳通行证", "往来港澳通行证号：", "通行证号码", "大陆居民往来台湾通行证："), border),
    "hong kong": ("identity_number", ("香港身份证", "香港永久性居民身份证号码：", "香港居民身份证号", "身份证号"), hong_kong_identity),
    "taiwan": ("identity_number", ("身份证号", "台湾身份证号码：", "身份证", "身份证字号："), taiwan_identity),
    "passport": ("passport", ("护照", "护照号", "护照号码：", "护照号码为", "持护照", "护照编号：", "Passport No.", "passport: ", "护照（"), passport),
}  # fmt: skip


def spaced(r: random.Random, item: str) -> str:
    """Letters apart from digits, or digits in groups as people write them."""
    head = len(item) - len(item.lstrip(LETTERS + "IO"))
    number = item[head:]
    by = r.choice((" ", "-", " "))
    if not number.rstrip("X").isdigit():
        return item
    sizes = {18: (6, 8, 4), 12: (4, 6, 2), 8: (4, 4), 10: (4, 4, 2), 9: (3, 3, 3), 7: (3, 4)}[len(number)]
    return item[:head] + (by if head else "") + grouped(number, sizes, by)


WAYS: dict[str, Callable[[random.Random, str], str]] = {
    "plain": lambda r, i: i,
    "lower case": lambda r, i: i.lower(),
    "full width": lambda r, i: i.translate(FULL),
    "half full": lambda r, i: i[:5] + i[5:].translate(FULL),
    "zero width": lambda r, i: "\u200b".join(i),
    "groups": spaced,
}
AROUND = (
    ("", ""), ("您好，本人", "，请回复"), ("我的", "。"), ("联系人张三，", "，住岳麓区"), ("姓名：李四；", "；电话无"), ("2024年7月29日来信，", "（已核）"),
    ("1、", "\n2、无"), ("<p>", "</p>"), ("孩子随父亲，", "到期怎么换"), ("持", "的人员能否办理社保"), ("本人（", "）"), ("", "张三"),
)  # fmt: skip


def documents(r: random.Random, name: str, way: str) -> Case:
    kind, befores, make = DOCUMENTS[name]
    lead, tail = r.choice(AROUND)
    before, item = r.choice(befores), WAYS[way](r, make(r))
    tail = ("）" if before.endswith("（") else "") + tail
    text = lead + before
    return text + item + tail, [(len(text), len(text) + len(item), kind)]


def fixed(r: random.Random) -> str:
    area = r.choice([a for a in AREAS.split() if len(a) == 4])
    return f"{area}-{r.choice('2345678')}{digits(r, 7)}"


# What is glued: items one after the other without a sign between; {} is what is said before.
GLUED: dict[str, tuple[str, ...]] = {
    "im": ("", "信息", "张三"), "mi": ("", "张三"), "mm": ("", "电话："), "mmm": ("电话：", ""), "ii": ("",), "imi": ("",),
    "mf": ("电话：", "联系方式"), "fm": ("电话：", ""), "if": ("",), "ic": ("",), "cm": ("卡号：", "银行卡"), "mc": ("",),
    "ri": ("",), "rm": ("",), "gm": ("",), "mr": ("",), "fll": ("联系电话：",), "fl": ("联系电话：", "电话", "咨询电话："), "ll": ("电话：", "联系电话"),
    "pm": ("护照", "护照号："), "hm": ("回乡证", "回乡证号："), "pi": ("护照",), "tm": ("台胞证", "台胞证号："), "mp": ("",),
}  # fmt: skip
MAKERS: dict[str, tuple[Callable[[random.Random], str], str]] = {
    "i": (identity, "identity_number"), "m": (mobile, "mobile_phone"), "f": (fixed, "fixed_phone"), "c": (card, "bank_card"),
    "r": (residence, "identity_number"), "g": (foreigner, "identity_number"),
    "l": (lambda r: r.choice("2345678") + digits(r, 7), "fixed_phone"),
    "p": (lambda r: r.choice("EG") + r.choice("345678") + digits(r, 7), "passport"),
    "h": (lambda r: r.choice("HM") + digits(r, 8), "travel_permit"), "t": (taiwanese, "travel_permit"),
}  # fmt: skip


def glued(r: random.Random, kinds: str) -> Case:
    text, spans = r.choice(GLUED[kinds]), []
    for letter in kinds:
        item = MAKERS[letter][0](r)
        spans.append((len(text), len(text) + len(item), MAKERS[letter][1]))
        text += item
    return text + r.choice(("", "。", "请联系", "，谢谢", "邮箱：")), spans


REMARKS = ("（考核）", "(办公室)", "（李科长）", "（奖励）、", "（传真），", "（值班），或", "转办公室，")


def remarked(r: random.Random) -> Case:
    """Phones of one office, a remark after each: 0731-88881234（考核）88881235（奖励）."""
    text, spans = r.choice(("联系电话：", "咨询电话", "电话：")), []
    for k in range(r.randint(2, 3)):
        item = fixed(r) if k == 0 else r.choice("2345678") + digits(r, 7)
        spans.append((len(text), len(text) + len(item), "fixed_phone"))
        text += item + r.choice(REMARKS[:-1])
    return text, spans


def planted_documents(seed: int, each: int) -> list[tuple[str, str, Spans]]:
    """Return (name of the way, text, spans), ``each`` cases of every way."""
    r = random.Random(seed)
    found = [
        (f"{name} {way!r}", *documents(r, name, way))
        for name in DOCUMENTS
        for way in WAYS
        for _ in range(each)
    ]
    found += [(f"glued {kinds!r}", *glued(r, kinds)) for kinds in GLUED for _ in range(each)]
    return found + [("remarked", *remarked(r)) for _ in range(each)]


def wrong_check(r: random.Random) -> str:
    number = r.choice((residence, foreigner))(r)
    return number[:-1] + r.choice([c for c in "0123456789" if c != number[-1]])


LOOK_ALIKE: dict[str, Callable[[random.Random], str]] = {
    "wrong check": lambda r: r.choice(("", "编号", "号码：")) + wrong_check(r),
    "wrong region": lambda r: with_check(r.choice(("840000", "800000", "900000", "999999", "810100")) + birth(r) + digits(r, 3)),
    "credit code": lambda r: "统一社会信用代码：91" + r.choice(("4301", "4401", "1101")) + digits(r, 12),
    "order": lambda r: r.choice(("订单号", "快递单号：", "合同编号", "工单编号：", "受理号", "案件编号", "发票号码", "设备编号")) + r.choice("HMEGCKT") + digits(r, r.choice((8, 10, 7, 9))),
    "order of 3 letters": lambda r: r.choice(("订单号", "运单号：", "合同编号", "流水号：")) + r.choice(("JDV", "USA", "SFE", "YTO")) + digits(r, 12),
    "bare 3 letters": lambda r: r.choice(("JDV", "SFK", "YTO", "ZTO", "WXD")) + digits(r, 12),
    "impossible birth": lambda r: r.choice(NATIONS.split()) + r.choice(REGIONS.split()) + f"{r.randint(10, 99)}{r.randint(13, 99)}{r.randint(32, 99)}" + digits(r, 2),
    "other permits": lambda r: r.choice(("车辆通行证编号", "货车通行证H", "电子通行证号：", "采砂许可证号C", "营业执照注册号", "驾驶证档案编号", "不动产权证书编号", "健康证号", "残疾证号", "记者证编号：", "结婚证字号J", "房产证号", "土地证号", "准考证号", "毕业证书编号：")) + digits(r, r.choice((8, 10, 12))),
    "counted": lambda r: r.choice(("全年签发护照", "签发台胞证", "办理通行证", "办理回乡证")) + digits(r, r.choice((5, 7, 8))).replace("0", "1") + r.choice(("本", "人次", "份", "万张", "件")),
    "dated": lambda r: r.choice(("台胞证", "回乡证", "护照", "居住证")) + r.choice(("", "有效期至", "于")) + birth(r).replace("19", "20", 1)[:8] + r.choice(("到期", "失效", "签发")),
    "year": lambda r: r.choice(("台胞证", "护照", "回乡证")) + r.choice((f"{r.randint(2000, 2030)}年到期", f"于{when(r)}签发", "办理需要7到15个工作日", "咨询电话12367")),
    "document": lambda r: r.choice(("公安部令第", "国令第", "湘公通〔2024〕")) + digits(r, 2) + "号",
    "model": lambda r: r.choice(("型号", "规格", "货号", "批号", "零件号")) + r.choice("HMEGKA") + digits(r, r.choice((6, 8, 10))),
    "batch": lambda r: r.choice(("国药准字H", "国药准字Z", "国食健字G", "苏械注准")) + digits(r, 8),
    "road": lambda r: r.choice((f"G{digits(r, 4)}国道", f"S{digits(r, 3)}省道", f"E{r.randint(108, 114)}°{digits(r, 2)}′", f"东经E{r.randint(108, 114)}.{digits(r, 6)}，北纬N28.{digits(r, 6)}")),
    "stake": lambda r: f"K{digits(r, 4)}+{digits(r, 3)}至K{digits(r, 4)}+{digits(r, 3)}",
    "flight": lambda r: r.choice(("CA", "MU", "CZ", "HU")) + digits(r, 4) + "航班，车次G" + digits(r, 4),
    "figures": lambda r: f"{digits(r, 4)}.{digits(r, 2)}万元，同比增长{digits(r, 1)}.{digits(r, 1)}%，面积{digits(r, 8)}平方米，合计{digits(r, 8)}.00元",
    "coordinates": lambda r: f"{r.randint(108, 114)}.{digits(r, 8)},{r.randint(24, 30)}.{digits(r, 8)}",
    "long": lambda r: "0731-" + digits(r, r.choice((9, 10, 11, 13, 14, 17))),
    "many digits after phone": lambda r: "电话费" + digits(r, r.choice((14, 16))) + "元",
    "hotline": lambda r: f"台胞证咨询电话12367，400-{digits(r, 3)}-{digits(r, 4)}",
}  # fmt: skip
AROUND_LOOK_ALIKES = (
    "{}",
    "关于{}的说明",
    "见{}，特此通知",
    "（{}）",
    "其中{}，请知悉",
    "1、{}；",
    "\n{}\n",
    "反映：{}。",
)


def hostile_documents(seed: int, each: int) -> list[tuple[str, str]]:
    """Return (name, text), ``each`` of every kind of text that looks like a document or a glued number and is none."""
    r = random.Random(seed)
    return [
        (name, r.choice(AROUND_LOOK_ALIKES).replace("{}", make(r)))
        for name, make in LOOK_ALIKE.items()
        for _ in range(each)
    ]
