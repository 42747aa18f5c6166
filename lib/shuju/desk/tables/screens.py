"""Big screens and what they show."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, ForeignKey, Integer, String, Table, Text

from shuju.desk.tables.metadata import metadata

playlists = Table(
    "playlists",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account", String(100), nullable=False, index=True),
    Column("name", String(60), nullable=False),
    Column("items", Text, nullable=False),  # JSON: addresses of cards, or names of presets
    Column("seconds", Integer, nullable=False),
    Column("at", DateTime, nullable=False),
    Column("ended_at", DateTime),
)
devices = Table(
    "devices",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("secret", String(64), nullable=False, unique=True),  # a hash: its screen alone has it
    Column("name", String(60), nullable=False),
    Column("role", String(20), nullable=False),
    Column("organisation_id", Integer, ForeignKey("organisations.id")),
    Column("playlist_id", Integer, ForeignKey("playlists.id")),
    Column("made_at", DateTime, nullable=False),
    Column("made_by", String(100), nullable=False),
    Column("seen_at", DateTime),
    Column("ended_at", DateTime),
    Column("code", String(64)),  # the hash of a pairing code that was not used yet
    Column("code_until", DateTime),
)
