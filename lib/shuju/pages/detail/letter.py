"""One letter (来信详情): its text and reply, its issue, letters like it. Nothing of ``letters_private`` is shown here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from shuju.letters.facts import answer_of
from shuju.letters.similar import similar_letters
from shuju.library import Library
from shuju.pages.detail.origin import origin
from shuju.text.topics import classify
from shuju.ui.templates import render

FIELDS = (
    "letter_id",
    "channel",
    "writer_id",
    "department",
    "reply_department",
    "status",
    "likes",
    "satisfaction",
)


def letter_html(library: Library, letter_id: str) -> str:
    """Return one letter as HTML, or a message if there is no such letter. O(log n), and the letters near to it in time."""
    revisions = library.revisions("letters", letter_id) if letter_id else []
    if not revisions:
        return render(
            "detail/nothing.html", unit="封", noun="来信", key=letter_id, back="letters", title="社情民意"
        )
    letter = revisions[-1]
    member = library.get("issue_letters", letter["letter_id"])
    issue = library.get("hot_issues", member["issue_id"]) if member else None
    topic, motive = _topic(letter)
    return render(
        "detail/letter.html", row=letter, topic=topic, motive=motive, days=_days(letter), issue=issue,
        answer=answer_of(library, letter), is_repeat=bool(member and member["is_repeat"] is True), similar=similar_letters(library, letter),
        revisions=revisions[::-1], origin=origin(library, "letters", letter, FIELDS),
    )  # fmt: skip


def _topic(letter: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return the topic with who gave it, and the motive; what the source does not give the text tells."""
    topic, motive = letter["topic_1"], letter["motive"]
    told = f"{topic}（来源系统分类）" if topic else "主题不明"
    if topic and motive:
        return told, motive
    found = classify([letter["title"]], [letter["body"]]).iloc[0]
    if not topic and isinstance(found["topic_1"], str):
        sure = "，存疑待核" if found["is_unsure"] else ""
        told = f"{found['topic_1']}（模型判定，置信度 {found['confidence']:.0%}{sure}）"
    return told, motive or found["motive"]


def _days(letter: Mapping[str, Any]) -> float | None:
    if letter["replied_at"] is None:
        return None
    return max((letter["replied_at"] - letter["written_at"]) / pd.Timedelta(days=1), 0)
