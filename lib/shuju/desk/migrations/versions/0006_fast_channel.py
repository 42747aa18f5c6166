"""The fast channel: letters and suggestions on the leader's page, and what was decided of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0006", "0005"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "matters",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("source_id", sa.String(200), nullable=False),
        sa.Column("class_name", sa.String(40), nullable=False),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("sender", sa.String(200), nullable=False),
        sa.Column("region_code", sa.String(6), nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("written_at", sa.DateTime, nullable=False),
        sa.Column("came_at", sa.DateTime, nullable=False),
        sa.Column("reply_due", sa.DateTime, nullable=False),
        sa.Column("result_due", sa.DateTime, nullable=False),
        sa.Column("state", sa.String(20), nullable=False, index=True),
        sa.Column("decided_at", sa.DateTime),
        sa.Column("task_id", sa.Integer, sa.ForeignKey("tasks.id")),
        sa.Column("number", sa.Integer),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("answered_at", sa.DateTime),
        sa.Column("is_published", sa.Boolean, nullable=False),
        sa.Column("is_synthetic", sa.Boolean, nullable=False),
        sa.UniqueConstraint("kind", "source_id"),
    )
    op.create_table(
        "matter_events",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("matter_id", sa.Integer, sa.ForeignKey("matters.id"), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("command_id", sa.String(80), nullable=False, unique=True),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("who_name", sa.String(100), nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.UniqueConstraint("matter_id", "seq"),
    )
