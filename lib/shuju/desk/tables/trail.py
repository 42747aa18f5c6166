"""The audit trail."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, String, Table, Text

from shuju.desk.tables.metadata import metadata

trail = Table(
    "trail",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", DateTime, nullable=False),
    Column("who", String(100), nullable=False, index=True),
    Column("role", String(20), nullable=False),
    Column("address", String(60), nullable=False),
    Column("what", String(40), nullable=False),
    Column("subject", String(300), nullable=False, index=True),
    Column("told", Text, nullable=False),  # JSON: filters, path, why
    Column("n_rows", Integer),
    Column("mac", String(64), nullable=False),
)
