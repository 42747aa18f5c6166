"""Answers to letters, their texts, the letters that they answer, and how their senders rate them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from shuju.desk.tables.metadata import metadata

answers = Table(
    "answers",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("seq", Integer, nullable=False),
    Column("title", String(500), nullable=False),
    Column("organisation_id", Integer, ForeignKey("organisations.id"), nullable=False, index=True),
    Column("organisation", String(200), nullable=False),
    Column("task_id", Integer, ForeignKey("tasks.id")),
    Column("state", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("author", String(100), nullable=False),
    Column("author_name", String(100), nullable=False),
    Column("made_at", DateTime, nullable=False),
    Column("due", DateTime, nullable=False),
    Column("corrects", Integer, ForeignKey("answers.id")),
    Column("year", Integer),
    Column("number", Integer),
    Column("sent_at", DateTime),
    Column("reviewer_name", String(100), nullable=False),
    Column("is_synthetic", Boolean, nullable=False),
    UniqueConstraint("organisation_id", "year", "number"),
)
answer_events = Table(
    "answer_events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("answer_id", Integer, ForeignKey("answers.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("command_id", String(80), nullable=False, unique=True),
    Column("action", String(20), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("who", String(100), nullable=False),
    Column("who_name", String(100), nullable=False),
    Column("text", Text, nullable=False),  # the answer as it was then; of who gives back, the remark
    UniqueConstraint("answer_id", "seq"),
)
answer_letters = Table(
    "answer_letters",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("answer_id", Integer, ForeignKey("answers.id"), nullable=False),
    Column("letter_id", String(200), nullable=False, index=True),
    Column("title", String(500), nullable=False),
    Column("written_at", DateTime, nullable=False),
    Column(
        "contact", Text, nullable=False
    ),  # sealed: where the sender is told; empty before, and where none is known
    UniqueConstraint("answer_id", "letter_id"),
)
text_blocks = Table(
    "text_blocks",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("organisation_id", Integer, ForeignKey("organisations.id"), nullable=False, index=True),
    Column("title", String(100), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", DateTime, nullable=False),
    Column("who", String(100), nullable=False),
    Column("ended_at", DateTime),
)
sender_ratings = Table(
    "sender_ratings",
    metadata,
    Column(
        "answer_letter_id", Integer, ForeignKey("answer_letters.id"), primary_key=True, autoincrement=False
    ),
    Column("organisation_id", Integer, ForeignKey("organisations.id"), nullable=False, index=True),
    Column("score", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", DateTime, nullable=False),
)
