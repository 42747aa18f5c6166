"""Tasks, what was done to each, what they rest on, their files."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from shuju.desk.tables.metadata import metadata

tasks = Table(
    "tasks",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("seq", Integer, nullable=False),  # how many events it has
    Column("state", String(20), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("urgency", String(20), nullable=False),
    Column("title", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("topic", String(40), nullable=False),
    Column("region_code", String(6), nullable=False),
    Column("organisation_id", Integer, ForeignKey("organisations.id"), nullable=False),  # who has it
    Column("organisation", String(200), nullable=False),
    Column("handler", String(100), nullable=False),  # the account there, empty for none
    Column("assigner", String(100), nullable=False),
    Column("assigner_name", String(100), nullable=False),
    Column("made_at", DateTime, nullable=False),
    Column("assigned_at", DateTime),
    Column("sign_due", DateTime, nullable=False),
    Column("reply_due", DateTime, nullable=False),
    Column("result_due", DateTime, nullable=False),
    Column("next_due", DateTime, nullable=False),
    Column("next_yellow", DateTime, nullable=False),
    Column("rule", String(100), nullable=False),
    Column("calendar", String(100), nullable=False),
    Column("is_due_set", Boolean, nullable=False),  # by hand, not by the rule
    Column("pauses", Text, nullable=False),  # JSON: [from, until] each
    Column("signed_at", DateTime),
    Column("replied_at", DateTime),
    Column("submitted_at", DateTime),
    Column("closed_at", DateTime),
    Column("paused_at", DateTime),
    Column("delay_to", DateTime),
    Column("parent_id", Integer, ForeignKey("tasks.id"), index=True),
    Column("merged_into", Integer, ForeignKey("tasks.id"), index=True),
    Column("is_solved", Boolean),
    Column("score", Integer),
    Column("level", Integer, nullable=False),
    Column("n_returned", Integer, nullable=False),
    Column("n_delayed", Integer, nullable=False),
    Column("n_urged", Integer, nullable=False),
    Column("is_synthetic", Boolean, nullable=False),
    # With their titles: a search for a word reads no row of those that have it not.
    Index("ix_tasks_organisation", "organisation_id", "next_due", "state", "title"),
    Index("ix_tasks_assigner", "assigner", "next_due", "state"),
    Index("ix_tasks_due", "next_due", "next_yellow", "state"),
    Index("ix_tasks_title", "title", "state", "next_due"),
    # All that supervision counts: it reads no row.
    Index(
        "ix_tasks_standing",
        "assigned_at",
        "organisation_id",
        "state",
        "next_due",
        "sign_due",
        "signed_at",
        "is_solved",
        "score",
        "n_delayed",
        "n_returned",
    ),
)
task_events = Table(
    "task_events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("task_id", Integer, ForeignKey("tasks.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("command_id", String(80), nullable=False, unique=True),
    Column("digest", String(64), nullable=False),  # of what was asked: the same command asks the same
    Column("action", String(20), nullable=False),
    Column("before", String(20), nullable=False),
    Column("after", String(20), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("who", String(100), nullable=False),
    Column("who_name", String(100), nullable=False),
    Column("role", String(20), nullable=False),
    Column("told", Text, nullable=False),  # JSON: given, changes
    UniqueConstraint("task_id", "seq"),
)
assignments = Table(
    "assignments",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("task_id", Integer, ForeignKey("tasks.id"), nullable=False, index=True),
    Column("seq", Integer, nullable=False),
    Column("organisation_id", Integer, ForeignKey("organisations.id"), nullable=False),
    Column("account", String(100), nullable=False),
    Column("since", DateTime, nullable=False),
)
evidence = Table(
    "evidence",
    metadata,
    Column("task_id", Integer, ForeignKey("tasks.id"), primary_key=True),
    Column("card", String(100), nullable=False),
    Column("table_name", String(40), nullable=False),
    Column("filters", Text, nullable=False),  # the query of an address
    Column("address", Text, nullable=False),  # of the page from which it was assigned
    Column("sentence", Text, nullable=False),
    Column("value", Text, nullable=False),  # JSON: what it counts, by name
    Column("n_rows", Integer, nullable=False),
    Column("library_version", String(200), nullable=False),
    Column("scope", String(200), nullable=False),  # as who saw it
    Column("at", DateTime, nullable=False),
)
attachments = Table(
    "attachments",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("task_id", Integer, ForeignKey("tasks.id"), nullable=False, index=True),
    Column("seq", Integer, nullable=False),
    Column("name", String(200), nullable=False),
    Column("kind", String(100), nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("who", String(100), nullable=False),
)
blobs = Table(
    "blobs",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
)
satisfaction = Table(
    "satisfaction",
    metadata,
    Column("task_id", Integer, ForeignKey("tasks.id"), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("score", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", DateTime, nullable=False),
    Column("who", String(100), nullable=False),
)
