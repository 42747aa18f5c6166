"""Annotations of trends."""

from __future__ import annotations

from sqlalchemy import Column, Date, DateTime, ForeignKey, Integer, String, Table, Text

from shuju.desk.tables.metadata import metadata

annotations = Table(
    "annotations",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account", String(100), nullable=False),
    Column("name", String(100), nullable=False),
    Column("organisation_id", Integer, ForeignKey("organisations.id")),
    Column("reach", String(20), nullable=False),  # private, organisation, all
    Column("table_name", String(40), nullable=False, index=True),
    Column("filters", Text, nullable=False),  # JSON: dimension to labels
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("text", String(200), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("ended_at", DateTime),
)
