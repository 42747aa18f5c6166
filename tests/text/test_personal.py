# ruff: noqa: E501 (tables of cases)
import random
from collections import Counter
from datetime import date
from functools import cache
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shuju.text import personal
from shuju.text.candidates import ITEMS, candidates
from shuju.text.identity import is_identity_number
from shuju.text.personal import TAGS, birth_year, find, mask, mask_array, sex

from .document_cases import hostile_documents, planted_documents
from .personal_cases import check, hostile, planted

SURE = {"identity_number", "mobile_phone", "fixed_phone", "passport", "travel_permit", "bank_card"}


def found(text):
    return [(kind, text[start:end]) for start, end, kind in find(text)]


@pytest.mark.parametrize("seed", [11, 12])
def test_recall_and_precision_on_planted_and_hostile_texts(seed):
    wanted, right, missed = 0, 0, []
    extra = []
    for way, text, spans in planted(seed, 40):
        got = find(text)
        wanted += len(spans)
        right += sum(span in got for span in spans)
        missed += [(way, text, span) for span in spans if span not in got]
        extra += [
            (way, text[a:b], k) for a, b, k in got if (a, b, k) not in spans and text[a:b] != "0731-88888888"
        ]
    extra += [(name, t, t[a:b]) for name, t in hostile(seed, 60) for a, b, kind in find(t) if kind in SURE]
    assert right / wanted >= 0.999, missed
    assert right / (right + len(extra)) >= 0.99, extra


@pytest.mark.parametrize("seed", [11, 12])
def test_each_kind_of_document_and_of_glued_numbers(seed):
    wanted, right, said, wrong = Counter(), Counter(), Counter(), []
    for way, text, spans in planted_documents(seed, 20):
        got = find(text)
        wanted.update(kind for *_, kind in spans)
        right.update(span[2] for span in spans if span in got)
        said.update(kind for *_, kind in got)
        wrong += [(way, text, got)] if sorted(got) != sorted(spans) else []
    for name, text in hostile_documents(seed, 30):
        said.update(kind for *_, kind in find(text))
        wrong += [(name, text, find(text))] if find(text) else []
    for kind, n in wanted.items():
        assert right[kind] / n >= 0.999, wrong
        assert right[kind] / said[kind] >= 0.99, wrong


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("", []),
        ("没有", []),
        ("电话13800138000。", [("mobile_phone", "13800138000")]),
        ("（+86）138 0013 8000", [("mobile_phone", "（+86）138 0013 8000")]),
        ("13800138000/13900139000", [("mobile_phone", "13800138000"), ("mobile_phone", "13900139000")]),
        ("1380013800013900139000", [("mobile_phone", "13800138000"), ("mobile_phone", "13900139000")]),
        ("13800138000@139.com", [("email", "13800138000@139.com")]),
        ("(0731)85551234转801", [("fixed_phone", "(0731)85551234转801")]),
        ("0731-8555123413800138000", [("fixed_phone", "0731-85551234"), ("mobile_phone", "13800138000")]),
        ("0731-85551234、85551235", [("fixed_phone", "0731-85551234"), ("fixed_phone", "85551235")]),
        ("电话：8555-1234", [("fixed_phone", "8555-1234")]),
        ("面积8555-1234", []),
        ("身份证11010519491231002X，", [("identity_number", "11010519491231002X")]),
        ("身份证110105194912310021，", []),
        ("11010519491231002x13800138000", [("identity_number", "11010519491231002x"), ("mobile_phone", "13800138000")]),
        ("卡号6222 0212 3456 7890 13", []),
        ("卡号6222021234567890128", [("bank_card", "6222021234567890128")]),
        ("编号6222021234567890128", []),
        ("护照E12345678", [("passport", "E12345678")]),
        ("护照号AB1234567", [("passport", "AB1234567")]),
        ("文件D12345678", []),
        ("湘A·12345停在", [("plate", "湘A·12345")]),
        ("湘AD12345", [("plate", "湘AD12345")]),
        ("湘Ａ８Ｂ８８Ｃ", [("plate", "湘Ａ８Ｂ８８Ｃ")]),
        ("湘ICP备12345678号", []),
        ("邮箱zhang.san@163.com电话", [("email", "zhang.san@163.com")]),
        ("abc[at]163.com", [("email", "abc[at]163.com")]),
        ("微信号：abc_123", [("wechat", "abc_123")]),
        ("加v：abc123", [("wechat", "abc123")]),
        ("微信13800138000", [("mobile_phone", "13800138000")]),
        ("微信公众号：hunanfabu", []),
        ("微信2024年上线", []),
        ("QQ12345678", [("qq", "12345678")]),
        ("扣扣 1234 5678", [("qq", "1234 5678")]),
        ("QQ群12345678", []),
        ("QQ用户10000人", []),
        ("http://x.cn/13800138000/a.html", []),
        ("http://x.cn/?phone=13800138000", [("mobile_phone", "13800138000")]),
        ("1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣", [("mobile_phone", "1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣")]),
        ("138\ud80000138000", []),
        ("[手机号]0731", []),
        ("港澳台居民居住证810000199001010019", [("identity_number", "810000199001010019")]),
        ("证件号码830000199001010039", [("identity_number", "830000199001010039")]),
        ("810100199001010013", []),
        ("外国人永久居留证号931156199001010014", [("identity_number", "931156199001010014")]),
        ("外国人永久居留身份证：USA310091010101", [("identity_number", "USA310091010101")]),
        ("运单号USA310091010101", []),
        ("回乡证H12345678", [("travel_permit", "H12345678")]),
        ("港澳居民来往内地通行证号码：H1234567890", [("travel_permit", "H1234567890")]),
        ("台胞证号12345678", [("travel_permit", "12345678")]),
        ("证件类型：台湾居民来往大陆通行证，证件号码：12345678", [("travel_permit", "12345678")]),
        ("台胞证号为：0234567801(B)", [("travel_permit", "0234567801(B)")]),
        ("电话：6280850421221801", [("fixed_phone", "62808504"), ("fixed_phone", "21221801")]),
        ("台胞证20240101到期", []),
        ("台胞证12345678张", []),
        ("车辆通行证号12345678", []),
        ("国药准字H12345678", []),
        ("身份证号A123456789", [("identity_number", "A123456789")]),
        ("香港身份证号码A123456（3）", [("identity_number", "A123456（3）")]),
        ("澳门居民身份证5123456(1)", [("identity_number", "5123456(1)")]),
        ("台胞证12345678护照E12345678", [("travel_permit", "12345678"), ("passport", "E12345678")]),
        ("护照号 123456789", [("passport", "123456789")]),
        ("护照E1234567813800138000", [("passport", "E12345678"), ("mobile_phone", "13800138000")]),
        ("联系电话：0731-8888123488881235邮箱：", [("fixed_phone", "0731-88881234"), ("fixed_phone", "88881235")]),
        ("联系电话：0731-88881234（考核）88881235（奖励）", [("fixed_phone", "0731-88881234"), ("fixed_phone", "88881235")]),
    ],
)  # fmt: skip
def test_find(text, items):
    assert found(text) == items


@pytest.mark.parametrize("length", [1, 1_000, 200_000])
@pytest.mark.parametrize(
    "part", ["1", "13800138000", "1 ", "一", "a@", "微信", "0731-", "1-3", "[手机号]", "\u200b", "湘A"]
)
def test_hostile_lengths_end(part, length):
    text = part * (length // len(part) + 1)
    assert find(mask([text])[0]) == []


ALPHABET = "0123456789０１138xX×OolI一三八零〇幺 　\n\t-—.()（）/+@＠.comcnqQwWvVxX:：湘京ADE微信扣号电话手机护照证为是回乡台胞通行HMS[]手机号]at\u200b\ufe0f\u20e3①③⑧\U0001d7ce\U0001f600,，。元年月第"
TEXTS = st.text(alphabet=ALPHABET, max_size=60)


@st.composite
def mutated(draw):
    """A planted or hostile text with a few characters put in, taken out or doubled."""
    pool = _pool()
    text = pool[draw(st.integers(0, len(pool) - 1))]
    for _ in range(draw(st.integers(0, 4))):
        k = draw(st.integers(0, len(text)))
        text = text[:k] + draw(st.sampled_from([*ALPHABET, ""])) + text[k + draw(st.integers(0, 1)) :]
    return text


@cache
def _pool():
    with_items = [t for _, t, _ in (*planted(3, 2), *planted_documents(3, 2))]
    return with_items + [t for _, t in (*hostile(3, 3), *hostile_documents(3, 3))]


@settings(max_examples=600, deadline=None)
@given(st.one_of(TEXTS, mutated(), st.text(max_size=40)))
def test_invariants(text):
    items = find(text)
    assert all(0 <= start < end <= len(text) and kind in TAGS for start, end, kind in items)
    assert all(a[1] <= b[0] for a, b in pairwise(items))
    (masked,) = mask([text])
    assert (masked != text) == bool(items)
    assert find(masked) == []
    assert mask([masked]) == [masked]


@settings(max_examples=600, deadline=None)
@example("0台胞证咨询电话12367，400-.c408-4578")
@example("加我微信 wxid_2\t50，请回复")
@example("加我微信 abqcd1，请回复")
@example("微信号：weixin_9")
@given(st.one_of(TEXTS, mutated()))
def test_the_quick_pass_rules_out_nothing_that_is_read(text):
    everything = [(i.start, i.end, i.kind) for i in personal._items(text, 255)]
    assert everything == find(text)


CUES = "台胞证 台胞卡 台胞 台湾居民 大陆通行证 回乡证 回乡卡 通行证 护照 旅行证 passport 永居 居留 身份 身分 证件 证号 id"
WRITTEN = "H12345678 C-1234567 G12345678 EA1234567 1234567801 USA110119900101 A123456789 1234567(8) A123456(7) AB-123456"


@pytest.mark.parametrize("cue", CUES.split())
@pytest.mark.parametrize("between", ["", "，", "好"])
def test_the_quick_pass_reads_as_far_from_a_word_as_its_number_may_stand(cue, between):
    texts = [
        f"{cue}{between * n}{sign}{number}"
        for n in range(19)
        for sign in ("", "号", " ")
        for number in WRITTEN.split()
    ]
    for text in texts:
        assert [(i.start, i.end, i.kind) for i in personal._items(text, 255)] == find(text), text


def test_mask_of_lists():
    assert mask([]) == []
    assert mask([None, "", "电话13800138000", None]) == [None, "", "电话[手机号]", None]
    assert mask(["\ud800 13800138000"]) == ["\ud800 [手机号]"]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_mask_array(kind):
    texts = pa.array(
        [
            "不在",
            None,
            "电话１３８－００１３－8000或０７３１—85551234转8，QQ 1234 5678，加v：abc_123，a@b.cn，再说13800138000",
            "身份证11010519491231002X 卡6222021234567890128 护照E12345678 湘A12345",
            "",
        ],
        kind,
    )
    masked, contacts = mask_array(texts)
    assert masked.to_pylist() == [
        "不在",
        None,
        "电话[手机号]或[电话号]，QQ [QQ号]，加v：[微信号]，[邮箱]，再说[手机号]",
        "身份证[身份证号] 卡[银行卡号] 护照[护照号] [车牌号]",
        "",
    ]
    lines = ["13800138000", "0731-85551234-8", "QQ：12345678", "微信：abc_123", "a@b.cn"]
    assert [c and sorted(c.split("\n")) for c in contacts.to_pylist()] == [
        None,
        None,
        sorted(lines),
        None,
        None,
    ]


@pytest.mark.parametrize(
    "texts",
    [
        pa.array([], pa.string()),
        pa.array([None, None], pa.string()),
        pa.chunked_array([[], ["a"], ["13800138000", None]], pa.string()),
        pa.chunked_array([], pa.string()),
        pa.array(["x", "13800138000", None, "y"], pa.string())[1:3],
        pa.array(["x", "13800138000", "y"], pa.large_string())[1:],
    ],
)
def test_mask_array_takes_arrays_as_they_come(texts):
    masked, contacts = mask_array(texts)
    assert masked.to_pylist() == mask(texts.to_pylist())
    assert contacts.to_pylist() == ["13800138000" if t == "13800138000" else None for t in texts.to_pylist()]


def test_mask_array_equals_mask():
    texts = [t for _, t, _ in planted(4, 2)] + [t for _, t in hostile(4, 2)]
    assert mask_array(pa.array(texts))[0].to_pylist() == mask(texts)


def test_candidates_rule_out_ordinary_text():
    texts = [
        "2024年7月29日，全省共有122个县市区。",
        "时间：2024-07-29 16:38",
        "湘政办发〔2024〕13号",
        "关注微信公众号",
    ]
    data = [t.encode() for t in texts]
    offsets = [0]
    for text in data:
        offsets.append(offsets[-1] + len(text))
    flags = candidates(np.array(offsets), np.frombuffer(b"".join(data), np.uint8))
    assert not (flags & ITEMS).any()


@pytest.mark.parametrize(
    ("number", "year", "is_"),
    [
        ("11010519491231002X", 1949, "female"),
        ("11010519491231002x", 1949, "female"),
        ("１１０１０５１９４９１２３１００２Ｘ", 1949, "female"),
        (" 110105-19491231-002X\n", 1949, "female"),
        ("11010519491231002　X", 1949, "female"),
        ("440524188001010014", None, None),  # too early to be alive
        ("110105491231002", 1949, "female"),
        ("110105491231003", 1949, "male"),
        ("110105490230002", None, None),
        ("110105194912310021", None, None),
        ("990105194912310021", None, None),
        ("11010519491231002", None, None),
        ("11010519491231002X1", None, None),
        ("1101054912310O2", None, None),
        ("", None, None),
        ("不详", None, None),
        (None, None, None),
    ],
)
def test_birth_year_and_sex(number, year, is_):
    numbers = pa.array([number], pa.string())
    assert birth_year(numbers).to_pylist() == [year]
    assert sex(numbers).to_pylist() == [is_]


def test_birth_year_and_sex_of_arrays():
    numbers = pa.chunked_array([["11010519491231002X", None], ["x"]])
    assert birth_year(numbers).type == pa.int16()
    assert birth_year(numbers).to_pylist() == [1949, None, None]
    assert sex(numbers).to_pylist() == ["female", None, None]
    assert birth_year(pa.array([], pa.string())).to_pylist() == []


@given(st.dates(date(1900, 1, 1), date(2020, 1, 1)), st.integers(0, 999), st.randoms())
def test_identity_numbers_tell_their_date(born, order, r):
    first = f"430102{born:%Y%m%d}{order:03}"
    number = first + check(first)
    assert is_identity_number(number)
    assert birth_year(pa.array([number])).to_pylist() == [born.year]
    assert sex(pa.array([number])).to_pylist() == ["male" if order % 2 else "female"]
    k = r.randrange(17)
    other = number[:k] + str((int(number[k]) + 1 + random.Random(order).randrange(9)) % 10) + number[k + 1 :]
    assert not is_identity_number(other)  # MOD 11-2 sees every single error


@pytest.mark.parametrize(
    "day", ["19000229", "20000230", "20991231", "19991301", "19990001", "19990100", "18991231"]
)
def test_impossible_birth_dates(day):
    assert not is_identity_number("430102" + day + "001" + check("430102" + day + "001"))
