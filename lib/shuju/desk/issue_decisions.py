"""Decisions on issues (对诉求的判定): split, merge, rename, take out a letter; each kept, each can be taken back.

What is decided holds from the next ``shuju build`` on, whatever the machine would say, and the machine learns how alike letters must
be from it. A decision names letters, not only an issue, so it holds when all issues are found anew.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

from sqlalchemy import Engine, insert, select, update

from shuju.desk.tables.marks import issue_decisions
from shuju.letters.decisions import KINDS, MERGE, RENAME, SPLIT, TAKE_OUT, Decision

NAME_LENGTH = 200


def split_issue(
    desk: Engine,
    issue_id: str,
    letters: Sequence[str],
    others: Sequence[str],
    *,
    at: dt.datetime,
    who: str = "",
) -> int:
    """Put ``letters`` of an issue into one of their own, away from its ``others``; return the decision's number.

    Raises:
        ValueError: one of the two is empty, or a letter is in both.
    """
    return _decide(desk, Decision(SPLIT, issue_id, tuple(letters), tuple(others)), at, who)


def merge_issues(
    desk: Engine,
    issue_id: str,
    others: Sequence[str],
    letters: Sequence[str],
    *,
    at: dt.datetime,
    who: str = "",
) -> int:
    """Put ``letters`` of other issues into an issue whose letters are ``others``; return the decision's number.

    Raises:
        ValueError: one of the two is empty, or a letter is in both.
    """
    return _decide(desk, Decision(MERGE, issue_id, tuple(letters), tuple(others)), at, who)


def rename_issue(
    desk: Engine, issue_id: str, letters: Sequence[str], name: str, *, at: dt.datetime, who: str = ""
) -> int:
    """Give an issue, whose letters are told, a name; return the decision's number.

    Raises:
        ValueError: no letters, or a name that is empty or longer than ``NAME_LENGTH`` characters.
    """
    return _decide(desk, Decision(RENAME, issue_id, tuple(letters), (), name.strip()), at, who)


def take_out_letter(
    desk: Engine, issue_id: str, letter: str, others: Sequence[str], *, at: dt.datetime, who: str = ""
) -> int:
    """Take one letter out of an issue with ``others``, for good; return the decision's number.

    Raises:
        ValueError: no others, or the letter is one of them.
    """
    return _decide(desk, Decision(TAKE_OUT, issue_id, (letter,), tuple(others)), at, who)


def take_back(desk: Engine, number: int, *, at: dt.datetime, who: str = "") -> bool:
    """Take a decision back; tell whether it stood. It stays on record, with who took it back and when."""
    with desk.begin() as connection:
        done = connection.execute(
            update(issue_decisions)
            .where(issue_decisions.c.id == number, issue_decisions.c.undone_at.is_(None))
            .values(undone_at=at, undone_by=who)
        )
        return done.rowcount > 0


def standing_decisions(desk: Engine) -> tuple[Decision, ...]:
    """Return the decisions that stand, oldest first."""
    table = issue_decisions.c
    with desk.connect() as connection:
        found = connection.execute(
            select(issue_decisions).where(table.undone_at.is_(None)).order_by(table.id)
        ).all()
    return tuple(
        Decision(
            row.kind, row.issue_id, tuple(json.loads(row.letters)), tuple(json.loads(row.others)), row.name
        )
        for row in found
    )


def decisions_of(desk: Engine, issue_id: str) -> list[dict[str, object]]:
    """Return every decision that was made on an issue, oldest first: kind, letters, name, at, who, undone_at, undone_by."""
    table = issue_decisions.c
    with desk.connect() as connection:
        found = connection.execute(
            select(issue_decisions).where(table.issue_id == issue_id).order_by(table.id)
        )
        rows = [dict(row._mapping) for row in found]
    return [row | {name: json.loads(row[name]) for name in ("letters", "others")} for row in rows]


def _decide(desk: Engine, decision: Decision, at: dt.datetime, who: str) -> int:
    _check(decision)
    row = {
        "kind": decision.kind,
        "issue_id": decision.issue_id,
        "letters": json.dumps(decision.letters),
        "others": json.dumps(decision.others),
        "name": decision.name,
        "at": at,
        "who": who,
    }
    with desk.begin() as connection:
        return connection.execute(insert(issue_decisions).values(row)).inserted_primary_key[0]


def _check(decision: Decision) -> None:
    told = KINDS[decision.kind]
    if not decision.letters:
        raise ValueError(f"{told}：没有选来信")
    if decision.kind == RENAME:
        if not 0 < len(decision.name) <= NAME_LENGTH:
            raise ValueError(f"{told}：名称应为 1 至 {NAME_LENGTH} 字")
        return
    if not decision.others:
        raise ValueError(f"{told}：没有另一方的来信")
    if set(decision.letters) & set(decision.others):
        raise ValueError(f"{told}：同一封信不能在两边")
