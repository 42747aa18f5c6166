"""One letter (来信详情): its text and reply, its topic and who may correct it, its issue, letters like it.

Nothing of ``letters_private`` is shown here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pandas as pd

from shuju.access import present, require, who
from shuju.access.roles import ASSIGN, CORRECT, HANDLE, REVEAL
from shuju.clock import now
from shuju.desk.answers.record import answers_to, sent_to
from shuju.desk.answers.senders import without_personal
from shuju.desk.corrections import correct, corrected
from shuju.desk.fast_channel import matter_of_letter
from shuju.desk.fast_matter import Matter
from shuju.desk.store import open_desk
from shuju.desk.trail import note
from shuju.desk.vault import PURPOSES
from shuju.facts.naming import label_name
from shuju.letters.facts import answer_of, places_at
from shuju.letters.similar import similar_letters
from shuju.library import Library
from shuju.pages.detail.origin import origin
from shuju.standard import code_list
from shuju.text.topics import classify
from shuju.ui.crumbs import crumbs
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
        _note_refused(library, letter_id)
        return render(
            "detail/nothing.html", unit="封", noun="来信", key=letter_id, back="letters", title="社情民意"
        )
    letter = revisions[-1]
    note(open_desk(library.home), "read-letter", letter["letter_id"], n_rows=1)
    member = library.get("issue_letters", letter["letter_id"])
    issue = library.get("hot_issues", member["issue_id"]) if member else None
    subject = present()
    given = corrected(open_desk(library.home), letter["letter_id"])
    topic, motive = _topic(letter, given)
    place = places_at(library, [letter["letter_id"]])[0]
    region, filed = place or letter["library"], given or letter["topic_1"]
    matter = matter_of_letter(open_desk(library.home), letter["letter_id"])
    may_assign = subject is not None and subject.may(ASSIGN)
    way = (("region", region, label_name("regions", region)), ("topic", filed, label_name("topics", filed)))
    return render(
        "detail/letter.html", row=letter, place=place, steps=crumbs("letters", "社情民意", way), topic=topic, corrected=given,
        topics=code_list("topics").names, motive=motive, days=_days(letter), issue=issue, answer=answer_of(library, letter),
        is_repeat=bool(member and member["is_repeat"] is True),
        sent=sent_to(open_desk(library.home), letter["letter_id"], subject) if subject is not None else [], similar=similar_letters(library, letter),
        may_correct=subject is None or subject.may(CORRECT), may_reveal=subject is not None and subject.may(REVEAL), purposes=PURPOSES,
        may_answer=subject is not None and subject.may(HANDLE),
        answers=answers_to(open_desk(library.home), letter["letter_id"], subject) if subject is not None else [],
        matter=matter, may_assign=may_assign, leaders_answer=_leaders_answer(matter, is_whole=may_assign),
        revisions=revisions[::-1], origin=origin(library, "letters", letter, FIELDS),
    )  # fmt: skip


def correct_topic(library: Library, form: Mapping[str, str]) -> str:
    """Keep what the form of a letter's page says the letter is about; return the letter's address.

    Raises:
        ValueError: no such letter, or no such topic.
        NotAllowedError: the visitor's role may not.
    """
    require(CORRECT)
    letter_id, topic = form.get("id", ""), form.get("topic", "")
    if not letter_id or not library.revisions("letters", letter_id):
        _note_refused(library, letter_id)
        raise ValueError(f"没有来信 {letter_id!r}")
    desk = open_desk(library.home)
    note(desk, "change", letter_id, {"topic": topic})
    correct(desk, letter_id, topic or None, at=now(), who=who())
    return f"letter?id={quote(letter_id, safe='')}"


def _leaders_answer(matter: Matter | None, *, is_whole: bool) -> str:
    """Return the leader's own answer to a letter, empty where there is none; personal data is masked for who does not assign."""
    if matter is None or not matter.answer_number:
        return ""
    return matter.answer if is_whole else without_personal(matter.answer)


def _note_refused(library: Library, letter_id: str) -> None:
    """Note that a letter was asked for; one that is not seen and one that is not there are told, noted and answered alike."""
    if letter_id:
        note(open_desk(library.home), "refused", letter_id, {"why": "没有这封来信，或不在可见范围"}, 0)


def _topic(letter: Mapping[str, Any], given: str | None) -> tuple[str, str | None]:
    """Return the topic with who gave it and how sure that is, and the motive; what the source does not give the text tells."""
    names, topic, motive = code_list("topics").names, letter["topic_1"], letter["motive"]
    found = None
    if not motive or not (given or topic):
        found = classify([letter["title"]], [letter["body"]]).iloc[0]
    motive = motive or found["motive"]
    if given:
        return f"{names[given]}（人工更正）", motive
    if topic:
        return f"{topic}（来源系统分类）", motive
    likely = found["topic_likely"]
    if not isinstance(likely, str):
        return "主题不明", motive
    sure = f"把握 {found['confidence']:.0%}"
    if found["is_unsure"]:
        return f"未分类（存疑待核；可能是{names[likely]}，{sure}）", motive
    return f"{names[likely]}（模型判定，{sure}）", motive


def _days(letter: Mapping[str, Any]) -> float | None:
    if letter["replied_at"] is None:
        return None
    return max((letter["replied_at"] - letter["written_at"]) / pd.Timedelta(days=1), 0)
