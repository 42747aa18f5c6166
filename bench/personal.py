"""Personal data: quality on planted and hostile texts, and speed beside plain regular expressions.

    python -m bench.personal [rows]
    python -m bench.personal DATA

The peer is what one would write in an afternoon: a few patterns of ``re``, run over every row.
An item counts as found when its kind and both ends are right.

DATA is the folder of real data: told are MB a second over laws, news and letters (of processor time, the best of five), and every
item found in laws, news and government pages with what stands around it, to be read.
"""

from __future__ import annotations

import gzip
import html
import json
import random
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from shuju.text.personal import TAGS, find, mask_array
from tests.text.document_cases import hostile_documents, planted_documents
from tests.text.personal_cases import hostile, planted

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
    wanted, right, said = dict.fromkeys(TAGS, 0), dict.fromkeys(TAGS, 0), dict.fromkeys(TAGS, 0)
    for _, text, spans in (*planted(21, each), *planted_documents(21, each)):
        got = [item for item in read(text) if text[item[0] : item[1]] != "0731-88888888"]  # of a carrier
        for span in spans:
            wanted[span[2]] += 1
            right[span[2]] += span in got
        for item in got:
            said[item[2]] += 1
    for _, text in (*hostile(21, each), *hostile_documents(21, each)):
        for item in read(text):
            said[item[2]] += 1
    return {kind: (right[kind] / wanted[kind], right[kind] / max(1, said[kind])) for kind in TAGS}


def real_texts(data: Path) -> dict[str, list[str]]:
    """Return laws, news, and pages of governments with their metadata, as one text each."""
    found: dict[str, list[str]] = {}
    for name, file in (("laws", "laws/laws.jsonl.gz"), ("news", "reprints_xwlb2023/items.jsonl.gz")):
        with gzip.open(data / file, "rt", encoding="utf-8") as lines:
            found[name] = [one_text(json.loads(line)) for line in lines]
    documents = json.loads((data / "gov_pages" / "documents.json").read_text(encoding="utf-8"))
    found["gov_pages"] = [one_text(document) for document in documents]
    for page in sorted((data / "gov_pages" / "html").iterdir()):
        text = re.sub(r"(?s)<(script|style).*?</\1>", "", page.read_text(encoding="utf-8", errors="replace"))
        found["gov_pages"].append(html.unescape(re.sub("<[^>]+>", "\n", text)))
    return found


def one_text(row: dict[str, object]) -> str:
    return "\n".join(value for value in row.values() if isinstance(value, str))


def of_real_texts(data: Path) -> None:
    for name, some in real_texts(data).items():
        array, seconds = pa.array(some), []
        for _ in range(5):
            begin = time.thread_time()
            mask_array(array)
            seconds.append(time.thread_time() - begin)
        n_bytes = sum(len(text.encode()) for text in some)
        items = [(text, *item) for text in some for item in find(text)]
        print(f"{name}: {n_bytes / 1e6:.1f} MB, {n_bytes / 1e6 / min(seconds):.0f} MB/s, {len(items)} items")
        for text, start, end, kind in items:
            print(
                f"  {kind}: {text[max(0, start - 30) : start]!r} {text[start:end]!r} {text[end : end + 15]!r}"
            )


def main(rows: int = 20_000) -> None:
    mask_array(pa.array(["13800138000"]))  # compile
    print("| kind | recall | precision | recall of plain re | precision of plain re |\n|---|---|---|---|---|")
    ours, theirs = quality(find), quality(peer_find)
    for kind in TAGS:
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
    if sys.argv[1:] and not sys.argv[1].isdigit():
        of_real_texts(Path(sys.argv[1]))
    else:
        main(*map(int, sys.argv[1:]))
