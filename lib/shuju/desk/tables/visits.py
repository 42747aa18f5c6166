"""When somebody looked, what they put aside, how often pages are opened."""

from __future__ import annotations

from sqlalchemy import Column, Date, DateTime, Integer, String, Table, Text

from shuju.desk.tables.metadata import metadata

page_openings = Table(
    "page_openings",
    metadata,
    Column("day", Date, primary_key=True),
    Column("page", String(100), primary_key=True),  # its route
    Column("role", String(20), primary_key=True),
    Column("n", Integer, nullable=False),
)
visits = Table(
    "visits",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account", String(100), nullable=False, index=True),
    Column("at", DateTime, nullable=False),
    Column("seen_at", DateTime, nullable=False),
    Column("versions", Text, nullable=False),  # JSON: version of each table of the library
    Column("figures", Text, nullable=False),  # JSON: what was counted then
)
dismissals = Table(
    "dismissals",
    metadata,
    Column("account", String(100), primary_key=True),
    Column("change", String(200), primary_key=True),
    Column("at", DateTime, nullable=False),
)
