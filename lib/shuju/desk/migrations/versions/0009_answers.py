"""Answers to letters, who is told of them, an organisation's own blocks of text, and how senders rate them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0009", "0008"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "answers",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column(
            "organisation_id", sa.Integer, sa.ForeignKey("organisations.id"), nullable=False, index=True
        ),
        sa.Column("organisation", sa.String(200), nullable=False),
        sa.Column("task_id", sa.Integer, sa.ForeignKey("tasks.id")),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("author", sa.String(100), nullable=False),
        sa.Column("author_name", sa.String(100), nullable=False),
        sa.Column("made_at", sa.DateTime, nullable=False),
        sa.Column("due", sa.DateTime, nullable=False),
        sa.Column("corrects", sa.Integer, sa.ForeignKey("answers.id")),
        sa.Column("year", sa.Integer),
        sa.Column("number", sa.Integer),
        sa.Column("sent_at", sa.DateTime),
        sa.Column("reviewer_name", sa.String(100), nullable=False),
        sa.Column("is_synthetic", sa.Boolean, nullable=False),
        sa.UniqueConstraint("organisation_id", "year", "number"),
    )
    op.create_table(
        "answer_events",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("answer_id", sa.Integer, sa.ForeignKey("answers.id"), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("command_id", sa.String(80), nullable=False, unique=True),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("who_name", sa.String(100), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.UniqueConstraint("answer_id", "seq"),
    )
    op.create_table(
        "answer_letters",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("answer_id", sa.Integer, sa.ForeignKey("answers.id"), nullable=False),
        sa.Column("letter_id", sa.String(200), nullable=False, index=True),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("written_at", sa.DateTime, nullable=False),
        sa.Column("contact", sa.Text, nullable=False),
        sa.UniqueConstraint("answer_id", "letter_id"),
    )
    op.create_table(
        "text_blocks",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column(
            "organisation_id", sa.Integer, sa.ForeignKey("organisations.id"), nullable=False, index=True
        ),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("ended_at", sa.DateTime),
    )
    op.create_table(
        "sender_ratings",
        sa.Column(
            "answer_letter_id",
            sa.Integer,
            sa.ForeignKey("answer_letters.id"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column(
            "organisation_id", sa.Integer, sa.ForeignKey("organisations.id"), nullable=False, index=True
        ),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
    )
