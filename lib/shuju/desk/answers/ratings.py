"""How senders rate the answers to their letters (来信人评价): once each, by a link that is theirs alone; apart from the assigner's rating."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, Integer, cast, func, insert, select
from sqlalchemy.exc import IntegrityError

from shuju.access.subject import Subject
from shuju.desk.answers.senders import RATED_WITHIN, row_of_token, without_personal
from shuju.desk.store import writing
from shuju.desk.tables.answers import answer_letters, answers, sender_ratings
from shuju.desk.tasks.parts import organisations_seen
from shuju.desk.tasks.supervision import Share
from shuju.text.personal import mask

SCORES: Mapping[int, str] = {3: "满意", 2: "基本满意", 1: "不满意"}
SATISFIED = 2
LONGEST_WORDS = 500
a, of_letter, r = answers.c, answer_letters.c, sender_ratings.c


class RatingError(ValueError):
    """An answer cannot be rated by this link; the message is Chinese, and tells nothing of anybody's letter."""


@dataclass(frozen=True)
class Rateable:
    """What a link is for: the sender's letter (personal data masked), and the answer to it."""

    row_id: int
    title: str
    written_at: dt.datetime
    organisation: str
    document_number: str
    sent_at: dt.datetime
    text: str
    organisation_id: int


def rateable(desk: Engine, token: str, *, at: dt.datetime) -> Rateable:
    """Return what a link is for.

    Raises:
        RatingError: it is no link of ours, too old, or was used.
    """
    row_id = row_of_token(token)
    if row_id is None:
        raise RatingError("链接不完整或有误，请从答复邮件中重新点开")
    wanted = (
        select(answers, of_letter.title.label("asked"), of_letter.written_at, r.at.label("rated_at"))
        .join(answer_letters, of_letter.answer_id == a.id)
        .outerjoin(sender_ratings, r.answer_letter_id == of_letter.id)
        .where(of_letter.id == row_id, a.sent_at.is_not(None))
    )
    with desk.connect() as connection:
        row = connection.execute(wanted).first()
    if row is None or at - row.sent_at > RATED_WITHIN:
        raise RatingError(f"链接已过期（答复发出后 {RATED_WITHIN.days} 天内有效）")
    if row.rated_at is not None:
        raise RatingError("这次答复已经评价过了，每封来信只能评价一次，谢谢")
    number = f"{row.organisation}信复〔{row.year}〕{row.number}号"
    title, text = without_personal(row.asked), without_personal(row.text)
    return Rateable(
        row_id, title, row.written_at, row.organisation, number, row.sent_at, text, row.organisation_id
    )


def rate_answer(desk: Engine, token: str, score: str, words: str, *, at: dt.datetime) -> Rateable:
    """Keep how a sender rates an answer; their words are kept masked.

    Raises:
        RatingError: no score, or the link cannot be used (again).
    """
    found = rateable(desk, token, at=at)
    if score not in {str(one) for one in SCORES}:
        raise RatingError("请选择满意、基本满意或不满意")
    told = mask([words.replace("\0", "").strip()[:LONGEST_WORDS]])[0] or ""
    row = {
        "answer_letter_id": found.row_id,
        "organisation_id": found.organisation_id,
        "score": int(score),
        "text": told,
        "at": at,
    }
    try:
        with writing(desk) as connection:
            connection.execute(insert(sender_ratings).values(**row))
    except IntegrityError:  # the same link at the same moment
        raise RatingError("这次答复已经评价过了，每封来信只能评价一次，谢谢") from None
    return found


def senders_satisfied(
    desk: Engine, by: Subject, *, since: dt.datetime, until: dt.datetime
) -> dict[int, Share]:
    """Return by organisation which share of the senders that rated within a span said 基本满意 or better, of those that somebody sees."""
    where = [r.at >= since, r.at < until]
    seen = organisations_seen(desk, by)
    if seen is not None:
        where.append(r.organisation_id.in_(sorted(seen)))
    sums = func.sum(cast(r.score >= SATISFIED, Integer)), func.count()
    with desk.connect() as connection:
        rows = connection.execute(
            select(r.organisation_id, *sums).where(*where).group_by(r.organisation_id)
        ).all()
    return {row[0]: Share(int(row[1]), row[2]) for row in rows}
