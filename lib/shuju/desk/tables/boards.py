"""Boards of cards, their versions, who else sees them."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, ForeignKey, Integer, String, Table, Text

from shuju.desk.tables.metadata import metadata

boards = Table(
    "boards",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("owner", String(100), nullable=False, index=True),  # an account
    Column("owner_name", String(100), nullable=False),
    Column("name", String(100), nullable=False),
    Column("field", String(40), nullable=False),  # what its owner is in charge of (分管领域), empty for all
    Column("version", Integer, nullable=False),
    Column("published_to", Integer, ForeignKey("organisations.id"), index=True),
    Column("made_at", DateTime, nullable=False),
    Column("deleted_at", DateTime),
)
board_versions = Table(
    "board_versions",
    metadata,
    Column("board_id", Integer, ForeignKey("boards.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),  # JSON
    Column("told", String(200), nullable=False),
    Column("restores", Integer),
    Column("at", DateTime, nullable=False),
)
board_shares = Table(
    "board_shares",
    metadata,
    Column("board_id", Integer, ForeignKey("boards.id"), primary_key=True),
    Column("account", String(100), primary_key=True, index=True),
    Column("since", DateTime, nullable=False),
)
