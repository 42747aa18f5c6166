"""The list of letters (来信列表): a page of those chosen, newest first."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd

from shuju.facts import Bins
from shuju.facts.naming import label_name
from shuju.facts.selection import Selection, nearest_page
from shuju.letters.facts import CONFIDENCES

ROWS = 20
COLUMNS = ("key_hash", "letter_id", "title", "department", "written_at", "replied_at")


def letter_list_data(selection: Selection, page: int = 1) -> pd.DataFrame:
    """Return the letters of one page: ``letter_id, title, place, topic, sure, department, written_at, replied_at, answer``.

    Topic, place and whether it was answered are those of the facts, ``sure`` says in words who gave the topic or how
    sure the model was. ``attrs`` holds ``page`` and ``total``. O(rows of the page × log n).
    """
    n = selection.total
    page = nearest_page(page, n, ROWS)
    rows = selection.rows(ROWS, COLUMNS, first=(page - 1) * ROWS)
    keys = rows["key_hash"].to_numpy()
    told = {
        name: selection.codes_at(name, keys)  # type: ignore[attr-defined]
        for name in ("topic", "topic_by", "confidence", "region", "answer")
    }
    found = rows.assign(
        place=[label_name("regions", code) for code in told["region"]],
        topic=told["topic"],
        sure=[_sure(giver, bin_) for giver, bin_ in zip(told["topic_by"], told["confidence"], strict=True)],
        department=rows["department"].fillna("—"),
        answer=[label_name("answer_states", state) for state in told["answer"]],
    )[["letter_id", "title", "place", "topic", "sure", "department", "written_at", "replied_at", "answer"]]
    found.attrs = {"page": page, "total": n}
    return found


def _sure(giver: str, confidence: str) -> str:
    """Return who gave a topic, or how likely the model's choice is right: 来源分类, 人工更正, 把握 90%–95%, 存疑."""
    match giver:
        case "given":
            return "来源分类"
        case "person":
            return "人工更正"
        case "model":
            return f"把握 {_SHARES[confidence]}"
        case "unsure":
            return f"存疑，把握 {_SHARES[confidence]}"
    return ""


def _shares() -> dict[str, str]:
    """Return the label of each bin of the confidence in per cent."""
    labels = Bins("confidence", CONFIDENCES).labels
    inner = [f"{low:.0%}–{high:.0%}" for low, high in pairwise(CONFIDENCES)]
    told = [f"不足 {CONFIDENCES[0]:.0%}", *inner, f"{CONFIDENCES[-1]:.0%} 以上"]
    return dict(zip(labels, told, strict=True))


_SHARES = _shares()
