"""The list of letters (来信列表): a page of those chosen, newest first."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd

from shuju.facts import Bins
from shuju.facts.naming import label_name
from shuju.facts.selection import Selection, nearest_page
from shuju.letters.facts import CONFIDENCES

ROWS = 20
# The columns of the list, and the dimension by which each is sorted; a title is no code, so no list of millions is sorted by it.
COLUMNS = {
    "title": ("标题", ""),
    "place": ("地区", "region"),
    "topic": ("主题", "topic"),
    "department": ("承办部门", "department"),
    "channel": ("渠道", "channel"),
    "motive": ("目的", "motive"),
    "written_at": ("来信时间", "day"),
    "replied_at": ("答复", "answer"),
    "days": ("答复用时", "reply_fine"),
    "letter_id": ("编号", ""),
}
SHOWN = ("title", "place", "topic", "department", "written_at", "replied_at")
READ = ("letter_id", "title", "department", "written_at", "replied_at")
FACTS = ("topic", "topic_by", "confidence", "region", "answer", "channel", "motive", "reply_days")


def letter_list_data(selection: Selection, page: int = 1, order: str = "", size: int = ROWS) -> pd.DataFrame:
    """Return the letters of one page: ``COLUMNS``, and ``sure`` and ``answer`` in words.

    Topic, place and whether it was answered are those of the facts, ``sure`` says who gave the topic or how
    sure the model was. ``order`` is a dimension (``-topic`` the other way round), newest first if empty. ``attrs`` holds
    ``page``, ``total`` and ``n_all``. O(rows of the page × log n), with ``order`` a pass over the facts.
    """
    n = selection.total
    page = nearest_page(page, n, size)
    places = selection.places(size, first=(page - 1) * size, order=order)  # type: ignore[attr-defined]
    rows = selection.rows_at(places, READ)  # type: ignore[attr-defined]
    told = {name: selection.labels_at(name, rows.index.to_numpy()) for name in FACTS}  # type: ignore[attr-defined]
    found = rows.assign(
        place=[label_name("regions", code) for code in told["region"]],
        topic=told["topic"],
        sure=[_sure(giver, bin_) for giver, bin_ in zip(told["topic_by"], told["confidence"], strict=True)],
        department=rows["department"].fillna("—"),
        channel=[label_name("channels", code) for code in told["channel"]],
        motive=[label_name("motives", code) for code in told["motive"]],
        days=(rows["replied_at"] - rows["written_at"]) / pd.Timedelta(days=1),
        answer=[label_name("answer_states", state) for state in told["answer"]],
    )[[*COLUMNS, "sure", "answer"]].reset_index(drop=True)
    found.attrs = {"page": page, "total": n, "n_all": selection.n_all}
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
