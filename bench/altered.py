"""Documents altered as scanners, editors and systems alter them: what is a copy still?"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

SYNONYMS = {
    "加强": "强化", "推进": "推动", "提高": "提升", "建立": "构建", "开展": "组织开展", "落实": "贯彻落实", "完善": "健全", "应当": "须",
    "按照": "依照", "根据": "依据", "进行": "实施", "相关": "有关", "及时": "尽快", "确保": "保证", "工作": "任务", "问题": "情况", "群众": "百姓",
    "企业": "公司", "重要": "重大", "全面": "全方位", "积极": "主动", "认真": "切实", "进一步": "更加", "表示": "指出", "目前": "当前", "以及": "和",
    "支持": "扶持", "发展": "成长", "负责": "承担", "规定": "要求", "单位": "机构", "人员": "人士", "不得": "严禁", "通过": "经由",
}  # fmt: skip
FIGURES = 4  # that a document has whose next issue is made
NOISE = np.array(
    list("人入日曰未末已己土士干千大太天夫目自由田甲申的地得一二三十口囗木本不下上止正王玉主住往在再")
)


def ocr(text: str, rng: np.random.Generator, share: float = 0.03) -> str:
    """Return the text as a scanner reads it: characters taken for others, lost, doubled, lines broken."""
    characters = np.array(list(text), object)
    chance = rng.random(len(characters))
    characters[chance < share] = rng.choice(NOISE, (chance < share).sum())
    characters[(chance >= share) & (chance < 1.3 * share)] = ""
    broken = (chance >= 1.3 * share) & (chance < 1.3 * share + 0.03)
    characters[broken] += "\n"
    return "".join(characters)


def synonyms(text: str, _rng: np.random.Generator) -> str:
    """Return the text with common words replaced by others of their meaning."""
    for word, other in SYNONYMS.items():
        text = text.replace(word, other)
    return text


def reordered(text: str, rng: np.random.Generator) -> str:
    """Return the paragraphs (or sentences, where there is one) in another order."""
    parts = [p for p in text.split("\n") if p.strip()]
    if len(parts) < 3:
        parts = [p + "。" for p in text.split("。") if p.strip()]
    return "\n".join(parts[i] for i in rng.permutation(len(parts)))


def width(text: str, rng: np.random.Generator) -> str:
    """Return ASCII letters and digits in full width, punctuation in half, blanks between characters."""
    table = {c: c + 0xFEE0 for c in range(0x21, 0x7F)} | {
        ord("，"): ",",
        ord("。"): ".",
        ord("；"): ";",
        ord("："): ":",
    }
    characters = np.array(list(text.translate(table)), object)
    characters[rng.random(len(characters)) < 0.1] += " "
    return "".join(characters)


def traditional(text: str, _rng: np.random.Generator) -> str:
    """Return the text in traditional characters."""
    return _converter().convert(text)


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("s2t")


def cut(text: str, rng: np.random.Generator) -> str:
    """Return the text without a quarter of its sentences."""
    parts = text.split("。")
    kept = rng.random(len(parts)) >= 0.25 if len(parts) > 4 else np.ones(len(parts), bool)
    return "。".join(part for part, is_kept in zip(parts, kept, strict=True) if is_kept)


def inserted(text: str, rng: np.random.Generator) -> str:
    """Return the text with words put in after every fourth comma or so, and a sentence of an editor's at its head."""
    parts = text.split("，")
    words = rng.choice(["记者了解到", "据介绍", "与此同时", "值得一提的是", "目前来看"], len(parts))
    put = rng.random(len(parts)) < 0.25
    return "本网讯 " + "，".join(
        f"{word}，{part}" if is_put else part for part, word, is_put in zip(parts, words, put, strict=True)
    )


def excerpt(text: str, rng: np.random.Generator) -> str:
    """Return half of the text, from a place by chance on, 120 characters at least."""
    size = max(120, len(text) // 2)
    first = int(rng.integers(0, max(1, len(text) - size)))
    return text[first : first + size]


def next_issue(text: str, rng: np.random.Generator) -> str:
    """Return the frame of the text with other figures and dates: no copy."""
    return re.sub(
        r"[0-9]+(?:\.[0-9]+)?",
        lambda m: "".join(str((int(c) + rng.integers(1, 9)) % 10) if c != "." else c for c in m[0]),
        text,
    )


ALTERATIONS: dict[str, Callable[[str, np.random.Generator], str]] = {
    "ocr": ocr, "synonyms": synonyms, "reordered": reordered, "width": width, "traditional": traditional,
    "cut": cut, "inserted": inserted, "excerpt": excerpt,
}  # fmt: skip


def altered(documents: pd.DataFrame, seed: int = 0) -> tuple[pd.DataFrame, set[tuple[str, str]]]:
    """Return altered copies of documents (record_id, title, body, published_at, site_id), and the true pairs.

    Each document is altered in each way, half of the copies under another title; and pages of two or three documents merged,
    halves of some. Beside them stands the next issue of each document with four figures or more, which is no copy.
    """
    rng = np.random.default_rng(seed)
    rows, pairs = [], set()
    for d in documents.itertuples():
        for name, alter in ALTERATIONS.items():
            key = f"{d.record_id}~{name}"
            title = d.title if rng.random() < 0.5 else "这些事与你有关"
            rows.append((key, title, alter(d.body, rng), d.published_at, name))
            pairs.add((d.record_id, key))
        if len(re.findall("[0-9]+", d.body)) >= FIGURES:
            rows.append(
                (f"{d.record_id}~next", d.title, next_issue(d.body, rng), d.published_at, "next issue")
            )
    order = rng.permutation(len(documents))
    for n, group in enumerate(np.array_split(order, max(1, len(order) // 3))):
        key, parts = f"merged-{n}", []
        for k in group:
            d = documents.iloc[k]
            whole = rng.random() < 0.5
            parts.append(d.body if whole else d.body[: max(120, len(d.body) // 2)])
            pairs.add((d.record_id, key))
        rows.append(
            (key, "本周信息汇总", "\n\n".join(parts), documents.iloc[group[0]].published_at, "merged")
        )
    frame = pd.DataFrame(rows, columns=["record_id", "title", "body", "published_at", "site_id"])
    return frame, pairs
