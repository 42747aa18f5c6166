"""Tasks: what was assigned, every event of it, its evidence, attachments, ratings, and what is to be told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0004", "0003"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "tasks",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("urgency", sa.String(20), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("region_code", sa.String(6), nullable=False),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("organisation", sa.String(200), nullable=False),
        sa.Column("handler", sa.String(100), nullable=False),
        sa.Column("assigner", sa.String(100), nullable=False),
        sa.Column("assigner_name", sa.String(100), nullable=False),
        sa.Column("made_at", sa.DateTime, nullable=False),
        sa.Column("assigned_at", sa.DateTime),
        sa.Column("sign_due", sa.DateTime, nullable=False),
        sa.Column("reply_due", sa.DateTime, nullable=False),
        sa.Column("result_due", sa.DateTime, nullable=False),
        sa.Column("next_due", sa.DateTime, nullable=False),
        sa.Column("next_yellow", sa.DateTime, nullable=False),
        sa.Column("rule", sa.String(100), nullable=False),
        sa.Column("calendar", sa.String(100), nullable=False),
        sa.Column("is_due_set", sa.Boolean, nullable=False),
        sa.Column("pauses", sa.Text, nullable=False),
        sa.Column("signed_at", sa.DateTime),
        sa.Column("replied_at", sa.DateTime),
        sa.Column("submitted_at", sa.DateTime),
        sa.Column("closed_at", sa.DateTime),
        sa.Column("paused_at", sa.DateTime),
        sa.Column("delay_to", sa.DateTime),
        sa.Column("parent_id", sa.Integer, sa.ForeignKey("tasks.id"), index=True),
        sa.Column("merged_into", sa.Integer, sa.ForeignKey("tasks.id")),
        sa.Column("is_solved", sa.Boolean),
        sa.Column("score", sa.Integer),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("n_returned", sa.Integer, nullable=False),
        sa.Column("n_delayed", sa.Integer, nullable=False),
        sa.Column("n_urged", sa.Integer, nullable=False),
        sa.Column("is_synthetic", sa.Boolean, nullable=False),
    )
    op.create_index("ix_tasks_organisation", "tasks", ["organisation_id", "next_due", "state"])
    op.create_index("ix_tasks_assigner", "tasks", ["assigner", "next_due", "state"])
    op.create_index("ix_tasks_due", "tasks", ["next_due", "next_yellow", "state"])
    op.create_index("ix_tasks_title", "tasks", ["title", "state"])
    standing = (
        "assigned_at organisation_id state next_due sign_due signed_at is_solved score n_delayed n_returned"
    )
    op.create_index("ix_tasks_standing", "tasks", standing.split())
    op.create_table(
        "task_events",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("task_id", sa.Integer, sa.ForeignKey("tasks.id"), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("command_id", sa.String(80), nullable=False, unique=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("before", sa.String(20), nullable=False),
        sa.Column("after", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("who_name", sa.String(100), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.UniqueConstraint("task_id", "seq"),
    )
    op.create_table(
        "assignments",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("task_id", sa.Integer, sa.ForeignKey("tasks.id"), nullable=False, index=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("account", sa.String(100), nullable=False),
        sa.Column("since", sa.DateTime, nullable=False),
    )
    op.create_table(
        "evidence",
        sa.Column("task_id", sa.Integer, sa.ForeignKey("tasks.id"), primary_key=True),
        sa.Column("card", sa.String(100), nullable=False),
        sa.Column("table_name", sa.String(40), nullable=False),
        sa.Column("filters", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("n_rows", sa.Integer, nullable=False),
        sa.Column("library_version", sa.String(200), nullable=False),
        sa.Column("scope", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "attachments",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("task_id", sa.Integer, sa.ForeignKey("tasks.id"), nullable=False, index=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
    )
    op.create_table(
        "blobs",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "satisfaction",
        sa.Column("task_id", sa.Integer, sa.ForeignKey("tasks.id"), primary_key=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("message_id", sa.String(120), nullable=False, unique=True),
        sa.Column("task_id", sa.Integer, sa.ForeignKey("tasks.id")),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("told_to", sa.String(120), nullable=False),
        sa.Column("made_at", sa.DateTime, nullable=False),
        sa.Column("not_before", sa.DateTime, nullable=False),
        sa.Column("leased_until", sa.DateTime),
        sa.Column("n_tries", sa.Integer, nullable=False),
        sa.Column("sent_at", sa.DateTime),
        sa.Column("cancelled_at", sa.DateTime),
        sa.Column("failure", sa.String(300)),
    )
    op.create_index("ix_outbox_waiting", "outbox", ["sent_at", "not_before"])
    op.create_table(
        "message_addresses",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("account", sa.String(100), nullable=False, index=True),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisations.id"), index=True),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("address", sa.String(500), nullable=False),
        sa.Column("since", sa.DateTime, nullable=False),
        sa.Column("ended_at", sa.DateTime),
    )
    op.create_table(
        "deliveries",
        sa.Column("outbox_id", sa.Integer, sa.ForeignKey("outbox.id"), primary_key=True),
        sa.Column("address_id", sa.Integer, sa.ForeignKey("message_addresses.id"), primary_key=True),
        sa.Column("sent_at", sa.DateTime, nullable=False),
    )
