"""Subscriptions with what is known of each, inboxes; annotations of time lines; playlists and devices of big screens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0008", "0007"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("account", sa.String(100), nullable=False, index=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisations.id")),
        sa.Column("card", sa.String(100), nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("state", sa.String(20), nullable=False, index=True),
        sa.Column("made_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "alert_states",
        sa.Column("subscription_id", sa.Integer, sa.ForeignKey("subscriptions.id"), primary_key=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("next_at", sa.DateTime),
        sa.Column("is_raised", sa.Boolean, nullable=False),
        sa.Column("value", sa.Float),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("known", sa.Text, nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("looked_at", sa.DateTime),
        sa.Column("told_at", sa.DateTime),
        sa.Column("failure", sa.String(300), nullable=False),
        sa.Column("picture", sa.String(64), nullable=False),
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("message_id", sa.String(120), nullable=False, unique=True),
        sa.Column("account", sa.String(100), nullable=False, index=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisations.id")),
        sa.Column(
            "subscription_id", sa.Integer, sa.ForeignKey("subscriptions.id"), nullable=False, index=True
        ),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("channels", sa.String(60), nullable=False),
        sa.Column("picture", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("read_at", sa.DateTime),
        sa.Column("digest_id", sa.String(120), index=True),
        sa.Column("is_digest", sa.Boolean, nullable=False),
    )
    op.create_table(
        "annotations",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("account", sa.String(100), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisations.id")),
        sa.Column("reach", sa.String(20), nullable=False),
        sa.Column("table_name", sa.String(40), nullable=False, index=True),
        sa.Column("filters", sa.Text, nullable=False),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("ended_at", sa.DateTime),
    )
    op.create_table(
        "playlists",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("account", sa.String(100), nullable=False, index=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("items", sa.Text, nullable=False),
        sa.Column("seconds", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("ended_at", sa.DateTime),
    )
    op.create_table(
        "devices",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("secret", sa.String(64), nullable=False, unique=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisations.id")),
        sa.Column("playlist_id", sa.Integer, sa.ForeignKey("playlists.id")),
        sa.Column("made_at", sa.DateTime, nullable=False),
        sa.Column("made_by", sa.String(100), nullable=False),
        sa.Column("seen_at", sa.DateTime),
        sa.Column("ended_at", sa.DateTime),
    )
