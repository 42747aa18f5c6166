"""Challenges (一次性口令): what a browser must come back with when it signs in by a passkey or another system; each is taken once."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, delete, insert, select

from shuju.desk.tables.accounts import challenges

LASTS = dt.timedelta(minutes=10)

_c = challenges.c


def ask(desk: Engine, secret: str, kind: str, told: Mapping[str, Any], *, at: dt.datetime) -> None:
    """Keep what goes with a secret that was just given out; the desk holds the secret's hash alone."""
    row = {"secret": _digest(secret), "kind": kind, "told": json.dumps(dict(told)), "made_at": at}
    with desk.begin() as connection:
        connection.execute(delete(challenges).where(_c.made_at < at - LASTS))
        connection.execute(insert(challenges).values(**row))


def take(desk: Engine, secret: str, kind: str, *, at: dt.datetime) -> dict[str, Any] | None:
    """Return what goes with a secret and forget it: None if it was never given out, taken before, or is too old."""
    here = (_c.secret == _digest(secret)) & (_c.kind == kind)
    with desk.begin() as connection:
        row = connection.execute(select(_c.told, _c.made_at).where(here)).first()
        is_mine = connection.execute(delete(challenges).where(here)).rowcount == 1
    return json.loads(row.told) if row is not None and is_mine and at - row.made_at <= LASTS else None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
