"""Personal data: quality on planted and hostile texts, and speed beside plain regular expressions.

    python -m bench.personal [rows]

The peer is what one would write in an afternoon: a few patterns of ``re``, run over every row.
Quality is counted for identity numbers and phones; an item counts as found when its kind and both
ends are right.
"""

from __future__ import annotations

import random
import re
import sys
import time
from collections.abc import Callable

import pyarrow as pa
from shuju.text.personal import find, mask_array

from tests.text.personal_cases import hostile, planted

SURE = ("identity_number", "mobile_phone", "fixed_phone")
PEER = {
    "identity_number": r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0\d|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?!\d)",
    "mobile_phone": r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)",
    "fixed_phone": r"(?<!\d)\(?0\d{2,3}\)?[- ]?\d{7,8}(?:-\d{1,4})?(?!\d)",
    "bank_card": r"(?<!\d)62\d{14,17}(?!\d)",
    "passport": r"(?<![A-Za-z0-9])[EG]\d{8}(?!\d)",
    "plate": r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·]?[A-Z0-9]{5,6}",
    "email": r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}",
    "wechat": r"(?<=微信号：)[A-Za-z][A-Za-z0-9_-]{5,19}",
    "qq": r"(?<=QQ)[:：]?\d{5,11}",
}
WORDS = (
    *(
        "关于进一步做好",
        "全省",
        "营商环境",
        "工作的通知",
        "各市州县市区人民政府",
        "省直有关部门要加强领导",
        "完善机制",
    ),
    *(
        "办理群众诉求",
        "来源",
        "关注微信公众号",
        "电话",
        "联系人",
        "2024年7月29日",
        "增长12.5%",
        "共3个",
        "100万元",
    ),
    *("（一）总体要求", "湘政办发〔2024〕13号", "时间：2024-07-29 16:38"),
)
_PEER = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in PEER.items()))


def peer_find(text: str) -> list[tuple[int, int, str]]:
    return [(*m.span(), str(m.lastgroup)) for m in _PEER.finditer(text)]


def peer_mask(texts: list[str]) -> list[str]:
    return [_PEER.sub("*", text) for text in texts]


def texts(rows: int, share: float, seed: int = 1) -> list[str]:
    """Pages of 300 to 1,000 characters, ``share`` of them with one planted item; dates and numbers in all."""
    r = random.Random(seed)
    items = [text for _, text, _ in planted(seed, 20)]
    made = []
    for _ in range(rows):
        body = "".join(word + r.choice("，。；、 ") for word in r.choices(WORDS, k=r.randint(45, 150)))
        made.append(body + r.choice(items) + body[:40] if r.random() < share else body)
    return made


def quality(
    read: Callable[[str], list[tuple[int, int, str]]], each: int = 100
) -> dict[str, tuple[float, float]]:
    """Return recall and precision of ``read`` for each kind, on planted and hostile texts."""
    wanted, right, said = dict.fromkeys(SURE, 0), dict.fromkeys(SURE, 0), dict.fromkeys(SURE, 0)
    for _, text, spans in planted(21, each):
        got = [item for item in read(text) if text[item[0] : item[1]] != "0731-88888888"]  # of a carrier
        for span in spans:
            wanted[span[2]] += 1
            right[span[2]] += span in got
        for item in got:
            if item[2] in SURE:
                said[item[2]] += 1
    for _, text in hostile(21, each):
        for item in read(text):
            if item[2] in SURE:
                said[item[2]] += 1
    return {kind: (right[kind] / wanted[kind], right[kind] / max(1, said[kind])) for kind in SURE}


def main(rows: int = 20_000) -> None:
    mask_array(pa.array(["13800138000"]))  # compile
    print("| kind | recall | precision | recall of plain re | precision of plain re |\n|---|---|---|---|---|")
    ours, theirs = quality(find), quality(peer_find)
    for kind in SURE:
        print(f"| {kind} | " + " | ".join(f"{x:.5f}" for x in (*ours[kind], *theirs[kind])) + " |")
    print("\n| rows with an item | shuju, µs a row | plain re, µs a row | ratio |\n|---|---|---|---|")
    for share in (0.0, 0.05, 0.2):
        some = texts(rows, share)
        array = pa.array(some)
        begin = time.perf_counter()
        mask_array(array)
        middle = time.perf_counter()
        peer_mask(some)
        end = time.perf_counter()
        a, b = (middle - begin) / rows * 1e6, (end - middle) / rows * 1e6
        print(f"| {share:.0%} | {a:.1f} | {b:.1f} | {b / a:.1f} |")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
