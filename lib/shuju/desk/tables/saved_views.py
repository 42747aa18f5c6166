"""Views and scenarios that somebody keeps."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, String, Table, Text

from shuju.desk.tables.metadata import metadata

saved_views = Table(
    "saved_views",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("owner", String(100), nullable=False, index=True),  # an account
    Column("name", String(200), nullable=False),
    Column("address", Text, nullable=False),
    Column("at", DateTime, nullable=False),
    Column("deleted_at", DateTime),
)
scenarios = Table(
    "scenarios",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("owner", String(100), nullable=False, index=True),  # an account
    Column("name", String(200), nullable=False),
    Column("investigation", String(40), nullable=False),
    Column("query", Text, nullable=False),
    Column("versions", Text, nullable=False),  # JSON, of the tables
    Column("told", Text, nullable=False),  # JSON, of each measure what is and what would be
    Column("at", DateTime, nullable=False),
    Column("deleted_at", DateTime),
)
