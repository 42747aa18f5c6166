"""The senders of letters: where one is told of an answer (sealed), what the message says, and the link by which they rate it."""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Mapping

from sqlalchemy import Connection, Row, Table, select

from shuju.desk.tables.answers import answer_letters, answers
from shuju.desk.tables.fast_channel import matters
from shuju.keys import RATINGS, SENDERS, first_key, sealed, unsealed
from shuju.text.personal import TAGS, find

SENDER, MATTER_SENDER = (
    "sender",
    "matter_sender",
)  # to whom a message goes: ``sender:12``, of a row of which table
_ROWS: Mapping[str, Table] = {SENDER: answer_letters, MATTER_SENDER: matters}
of_letter, a = answer_letters.c, answers.c
PROOF_CHARACTERS, OFFICES = 40, "fixed_phone"
RATED_WITHIN = dt.timedelta(days=60)


def sealed_contact(address: str, row_id: int, of: str = SENDER) -> str:
    """Return an e-mail address as it is kept: it opens for this letter of this answer, or this matter (``of``), alone."""
    return sealed(address, SENDERS, f"{_ROWS[of].name} {row_id}")


def contact_of(connection: Connection, row_id: int, of: str = SENDER) -> str:
    """Return the e-mail address of a sender, empty where none is known."""
    rows = _ROWS[of]
    kept = connection.execute(select(rows.c.contact).where(rows.c.id == row_id)).scalar()
    return unsealed(kept, SENDERS, f"{rows.name} {row_id}") if kept else ""


def address_of_sender(found: Mapping[str, str]) -> str:
    """Return the e-mail address among the contacts that a sender gave, or wrote into the letter; empty where there is none."""
    for told in (found.get("email", ""), *found.get("found_in_text", "").splitlines()):
        spans = [(start, end) for start, end, kind in find(told) if kind == "email"]
        if spans:
            return told[spans[0][0] : spans[0][1]]
    return ""


def token_of(row_id: int) -> str:
    """Return what a sender rates an answer by: the number of the letter in it, and a proof that nobody can make without the key."""
    proof = hmac.digest(first_key(RATINGS), f"rate {row_id}".encode(), "sha256").hex()[:PROOF_CHARACTERS]
    return f"{row_id}-{proof}"


def row_of_token(token: str) -> int | None:
    """Return the letter of an answer that a token is for, None if it is no token of ours."""
    number, _, _ = token.partition("-")
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        return None
    return int(number) if hmac.compare_digest(token_of(int(number)).encode(), token.encode()) else None


def without_personal(text: str) -> str:
    """Return a text with personal data replaced by tags, but for fixed telephones: an office gives its own."""
    for start, end, kind in reversed(find(text)):
        if kind != OFFICES:
            text = text[:start] + TAGS[kind] + text[end:]
    return text


def letter_to_sender(connection: Connection, row_id: int, base: str) -> tuple[str, str]:
    """Return subject and text of the message to a sender; personal data in the title of their letter is masked."""
    wanted = select(answers, of_letter.title.label("asked"), of_letter.written_at).join(
        answer_letters, of_letter.answer_id == a.id
    )
    row: Row = connection.execute(wanted.where(of_letter.id == row_id)).one()
    title = " ".join(without_personal(row.asked).split())[:60]  # one line, as a subject must be
    again = "（更正前次答复）" if row.corrects is not None else ""
    lines = [
        f"您好！您于 {row.written_at:%Y年%-m月%-d日} 来信“{title}”，现答复如下{again}：",
        "",
        row.text,
        "",
        f"{row.organisation}",
        f"{row.organisation}信复〔{row.year}〕{row.number}号　{row.sent_at:%Y年%-m月%-d日}",
    ]
    if row.is_synthetic:
        lines.append("（演示数据）")
    if base:
        days = RATED_WITHIN.days
        lines += [
            "",
            f"请点开下面的链接评价这次答复（不必登录，只能评价一次，{days} 天内有效）：",
            f"{base}rate?to={token_of(row_id)}",
        ]
    return f"答复：{title}", "\n".join(lines) + "\n"


def matter_to_sender(connection: Connection, matter_id: int) -> tuple[str, str]:
    """Return subject and text of the leader's answer to a sender; personal data in the title of what they wrote is masked."""
    row = connection.execute(select(matters).where(matters.c.id == matter_id)).one()
    title = " ".join(without_personal(row.title).split())[:60]
    lines = [
        f"您好！您于 {row.written_at:%Y年%-m月%-d日} 提出的“{title}”，现答复如下：",
        "",
        row.answer,
        "",
        f"快答〔{row.answered_at.year}〕{row.number}号　{row.answered_at:%Y年%-m月%-d日}",
    ]
    if row.is_synthetic:
        lines.append("（演示数据）")
    return f"答复：{title}", "\n".join(lines) + "\n"
