"""What people decided of issues, warnings and letters."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, String, Table, Text

from shuju.desk.tables.metadata import metadata

marks = Table(
    "marks",
    metadata,
    Column("subject", String(200), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("value", String(200), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("who", String(100), nullable=False),
)
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", DateTime, nullable=False),
    Column("who", String(100), nullable=False),
    Column("subject", String(200), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("before", String(200)),
    Column("after", String(200)),
    Column("undoes", Integer),
)
issue_decisions = Table(
    "issue_decisions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(20), nullable=False),
    Column("issue_id", String(100), nullable=False, index=True),
    Column("letters", Text, nullable=False),  # JSON lists of letter ids
    Column("others", Text, nullable=False),
    Column("name", String(200), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("who", String(100), nullable=False),
    Column("undone_at", DateTime),
    Column("undone_by", String(100)),
)
