"""Evidence (依据): which card, filters and rows a task came from, and what was counted then."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, select

from shuju.desk.tables.tasks import evidence


@dataclass(frozen=True)
class Evidence:
    """Where a task came from.

    ``value`` holds what was counted by its Chinese name; ``filters`` is the query of the rows behind it, ``address`` the page with
    them; ``library_version`` the versions of the tables, ``scope`` as who it was seen.
    """

    card: str
    table: str
    filters: str
    address: str
    sentence: str
    value: Mapping[str, str]
    n_rows: int
    library_version: str
    scope: str
    at: dt.datetime | None = None


def row_of_evidence(proof: Evidence, task_id: int, at: dt.datetime) -> dict[str, Any]:
    """Return the row that keeps it."""
    return {
        "task_id": task_id, "card": proof.card, "table_name": proof.table, "filters": proof.filters, "address": proof.address,
        "sentence": proof.sentence, "value": json.dumps(dict(proof.value), ensure_ascii=False), "n_rows": proof.n_rows,
        "library_version": proof.library_version[:200], "scope": proof.scope[:200], "at": at,
    }  # fmt: skip


def evidence_of(desk: Engine, task_id: int) -> Evidence | None:
    """Return where a task came from, None if from nowhere in particular."""
    with desk.connect() as connection:
        return read_evidence(connection, task_id)


def read_evidence(connection: Connection, task_id: int) -> Evidence | None:
    """Return the same within a transaction."""
    row = connection.execute(select(evidence).where(evidence.c.task_id == task_id)).first()
    if row is None:
        return None
    return Evidence(
        row.card, row.table_name, row.filters, row.address, row.sentence, json.loads(row.value), row.n_rows,
        row.library_version, row.scope, row.at,
    )  # fmt: skip
