"""One message a day of what subscriptions told whoever wants it together (汇总)."""

from __future__ import annotations

import datetime as dt
from itertools import groupby

from sqlalchemy import Engine, insert, select, update

from shuju.desk.store import writing
from shuju.desk.tables.messages import outbox
from shuju.desk.tables.subscriptions import inbox

DIGEST_AT = dt.time(8, 30)
i = inbox.c


def gather_digests(desk: Engine, *, at: dt.datetime) -> int:
    """Put into the outbox, once a day from ``DIGEST_AT`` on, what waits for each person's digest; return how many digests."""
    if at.time() < DIGEST_AT:
        return 0
    n = 0
    with writing(desk) as connection:
        waiting = select(i.id, i.account).where(i.is_digest, i.digest_id.is_(None)).order_by(i.account, i.id)
        rows = connection.execute(waiting.with_for_update(skip_locked=True)).all()
        for account, own in groupby(rows, key=lambda row: row.account):
            name = f"alerts-{account}-{at:%Y%m%d}"
            if connection.execute(select(outbox.c.id).where(outbox.c.message_id == name)).first() is not None:
                continue  # today's has gone: what came later waits for tomorrow's
            row = {
                "message_id": name,
                "task_id": None,
                "seq": 0,
                "kind": "alerts",
                "told_to": f"account:{account}",
            }
            connection.execute(insert(outbox).values(**row, made_at=at, not_before=at, n_tries=0))
            numbers = [one.id for one in own]
            connection.execute(update(inbox).where(i.id.in_(numbers)).values(digest_id=name))
            n += 1
    return n
