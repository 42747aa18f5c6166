"""Topics of letters that people corrected (更正的主题): kept on the desk, each change logged and undone like any mark.

The library keeps what the source system said; a correction stands beside it, and teaches the next model.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd
from sqlalchemy import Engine, select

from shuju.desk.marks import TOPIC, put
from shuju.desk.tables.marks import marks


def correct(desk: Engine, letter_id: str, topic: str | None, *, at: dt.datetime, who: str = "") -> None:
    """Say what a letter is about, or take that back (None).

    Raises:
        ValueError: no such topic.
    """
    put(desk, letter_id, TOPIC, topic, at=at, who=who)


def corrected(desk: Engine, letter_id: str) -> str | None:
    """Return the topic that somebody gave a letter, None if nobody did."""
    here = (marks.c.subject == letter_id) & (marks.c.kind == TOPIC)
    with desk.connect() as connection:
        return connection.execute(select(marks.c.value).where(here)).scalar()


def corrections(desk: Engine) -> pd.DataFrame:
    """Return all corrections, the newest first: ``letter_id, topic_1, at, who``. O(corrections)."""
    about = (
        select(marks.c.subject, marks.c.value, marks.c.at, marks.c.who)
        .where(marks.c.kind == TOPIC)
        .order_by(marks.c.at.desc(), marks.c.subject)
    )
    with desk.connect() as connection:
        rows = connection.execute(about).all()
    return pd.DataFrame(rows, columns=["letter_id", "topic_1", "at", "who"])
