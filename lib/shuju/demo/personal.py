"""Personal data as people write it into letters: spaced, dashed, full-width, with words touching."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuju.demo import people
from shuju.demo.chance import choose, pick, seeds_of, uniform
from shuju.demo.formats import TEXT, chosen, join
from shuju.demo.issues import Letters
from shuju.demo.world import World

SHARE, DECOYS = 0.14, 0.06

KINDS = (
    "identity_number",
    "mobile_phone",
    "fixed_phone",
    "bank_card",
    "passport",
    "plate",
    "email",
    "wechat",
    "qq",
)
_SHARES = (0.17, 0.38, 0.08, 0.08, 0.02, 0.08, 0.07, 0.07, 0.05)
_BEFORE = (
    ("本人身份证号", "身份证：", "我的身份证号码是", "证件号码", "公民身份号码："),
    ("联系电话：", "我的手机", "电话", "请打", "手机号是", "联系人本人，"),
    ("座机：", "办公电话", "家里电话是", "固定电话"),
    ("银行卡号", "退款卡号：", "请打到卡", "账号："),
    ("护照号", "护照号码：", "港澳用护照"),
    ("车牌号", "涉事车辆", "我的车", "肇事车牌："),
    ("邮箱：", "电子邮件", "回信请发", "邮箱是"),
    ("微信号：", "加我微信", "微信号是", "vx："),
    ("QQ：", "我的QQ号", "QQ号是", "扣扣号"),
)
_AFTER = ("。", "，谢谢。", "请回电。", "（请保密）。", "，随时可联系。")
_DECOYS = ("工单号", "合同编号：", "快递单号", "订单号", "发票号码", "项目编号")


def sentences(world: World, letters: Letters) -> tuple[dict[str, Any], pa.LargeStringArray]:
    """Return the personal data in letters (``row``, ``text``, ``kind``) and each letter's sentence or ''."""
    seed, n = letters.seed, len(letters)
    u = uniform(seed, "personal")
    row = np.flatnonzero(u < SHARE)
    own = seed[row]
    kind = choose(own, "kind", _SHARES)
    value = pa.nulls(len(row), TEXT)
    writers = people.Writers(world, letters.writer[row], letters.region[row])
    for k, make in enumerate(
        (
            lambda at: _id_number(writers.id_number.take(pa.array(at)), own[at]),
            lambda at: _mobile(people.mobiles(writers.seed[at]), own[at]),
            lambda at: people.landlines(letters.region[row][at], own[at]),
            lambda at: _bank_card(people.bank_cards(own[at]), own[at]),
            lambda at: people.passports(own[at]),
            lambda at: people.plates(own[at]),
            lambda at: people.mails(own[at]),
            lambda at: people.wechats(own[at]),
            lambda at: people.qqs(own[at]),
        )
    ):
        at = np.flatnonzero(kind == k)
        if len(at):
            value = pc.replace_with_mask(value, pa.array(kind == k), make(at).cast(TEXT))
    before = _pick_words(_BEFORE, kind, own)
    after = chosen(_AFTER, pick(own, "after", len(_AFTER)))
    decoy_row = np.flatnonzero((u >= SHARE) & (u < SHARE + DECOYS))
    decoys = _decoy(seed[decoy_row])
    found = pa.concat_arrays([join(before, value, after), decoys, pa.array([""], TEXT)])
    index = np.full(n, len(found) - 1)
    index[row] = np.arange(len(row))
    index[decoy_row] = len(row) + np.arange(len(decoy_row))
    return {"row": row, "text": value, "kind": kind}, found.take(pa.array(index))


def _pick_words(words: Any, kind: Any, seeds: Any) -> pa.LargeStringArray:
    flat = np.array([w for group in words for w in group], object)
    size = np.array([len(group) for group in words])
    start = np.cumsum(size) - size
    return pa.array(flat[start[kind] + pick(seeds, "before", size[kind])], TEXT)


def _cut(values: pa.Array, edges: tuple[int, ...], sign: str) -> pa.LargeStringArray:
    parts = [pc.utf8_slice_codeunits(values, a, b) for a, b in zip((0, *edges), (*edges, 99), strict=True)]
    return pc.binary_join_element_wise(*parts, pa.scalar(sign, TEXT))


def _full_width(values: pa.Array) -> pa.LargeStringArray:
    for n in range(10):
        values = pc.replace_substring(values, str(n), chr(0xFF10 + n))
    return values


def _variants(values: pa.Array, seeds: Any, shares: Any, *forms: Any) -> pa.LargeStringArray:
    """Return the values, each in the form (0: as it is) that its seed chooses."""
    chosen = choose(seeds, "form", shares)
    for n, form in enumerate(forms, 1):
        values = pc.if_else(pa.array(chosen == n), form, values)
    return values


def _id_number(values: pa.Array, seeds: Any) -> pa.LargeStringArray:
    is_long = np.asarray(pc.equal(pc.utf8_length(values), 18))
    spaced = pc.if_else(pa.array(is_long), _cut(values, (6, 14), " "), values)
    lower = pc.utf8_lower(values)
    return _variants(values, seeds, [0.7, 0.1, 0.12, 0.08], spaced, _full_width(values), lower)


def _mobile(values: pa.Array, seeds: Any) -> pa.LargeStringArray:
    forms = (_cut(values, (3, 7), " "), _cut(values, (3, 7), "-"), _full_width(values), join("+86", values))
    return _variants(values, seeds, [0.66, 0.1, 0.1, 0.1, 0.04], *forms)


def _bank_card(values: pa.Array, seeds: Any) -> pa.LargeStringArray:
    spaced = _cut(values, (4, 8, 12, 16), " ")
    return _variants(values, seeds, [0.6, 0.3, 0.1], spaced, _full_width(values))


def _decoy(seeds: Any) -> pa.LargeStringArray:
    """Return numbers that look like personal data and are not: wrong check digits, order numbers."""
    card = people.bank_cards(seeds)
    right = pc.utf8_slice_codeunits(card, 18, 19).cast(pa.int64()).to_numpy(zero_copy_only=False)
    last = (right + 1 + pick(seeds, "last", 9)) % 10
    wrong = join(pc.utf8_slice_codeunits(card, 0, 18), pa.array(last).cast(TEXT))
    day = pa.array(20_210_101 + pick(seeds, "day", 28)).cast(TEXT)
    work = join("GD", day, pc.utf8_lpad(pa.array(pick(seeds, "work", 10**6)).cast(TEXT), 6, "0"))
    value = pc.if_else(pa.array(uniform(seeds, "decoy") < 0.4), wrong, work)
    name = chosen(_DECOYS, pick(seeds_of(seeds, "name"), "name", len(_DECOYS)))
    return join(name, value, "。")
