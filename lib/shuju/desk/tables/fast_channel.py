"""Letters and suggestions that go straight to the leader."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from shuju.desk.tables.metadata import metadata

matters = Table(
    "matters",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("seq", Integer, nullable=False),
    Column("kind", String(20), nullable=False),  # letters, suggestions
    Column("source_id", String(200), nullable=False),
    Column("class_name", String(40), nullable=False),
    Column("title", String(500), nullable=False),
    Column("sender", String(200), nullable=False),
    Column("region_code", String(6), nullable=False),
    Column("topic", String(40), nullable=False),
    Column("written_at", DateTime, nullable=False),
    Column("came_at", DateTime, nullable=False),
    Column("reply_due", DateTime, nullable=False),
    Column("result_due", DateTime, nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("decided_at", DateTime),
    Column("task_id", Integer, ForeignKey("tasks.id")),
    Column("number", Integer),
    Column("answer", Text, nullable=False),
    Column("answered_at", DateTime),
    Column("is_published", Boolean, nullable=False),
    Column("is_synthetic", Boolean, nullable=False),
    Column("answer_id", Integer),  # of answers, where the department's own answer to the letter ended it
    Column("contact", Text, nullable=False, server_default=""),  # sealed: where the sender is told
    UniqueConstraint("kind", "source_id"),
)
matter_events = Table(
    "matter_events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("matter_id", Integer, ForeignKey("matters.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("command_id", String(80), nullable=False, unique=True),
    Column("action", String(20), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("who", String(100), nullable=False),
    Column("who_name", String(100), nullable=False),
    Column("told", Text, nullable=False),  # JSON
    UniqueConstraint("matter_id", "seq"),
)
