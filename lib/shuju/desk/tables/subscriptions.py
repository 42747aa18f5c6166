"""Subscriptions, what each saw last, what was told."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, Float, ForeignKey, Integer, String, Table, Text

from shuju.desk.tables.metadata import metadata

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account", String(100), nullable=False, index=True),  # whose it is, and as whom it is computed
    Column("role", String(20), nullable=False),
    Column("organisation_id", Integer, ForeignKey("organisations.id")),
    Column("card", String(100), nullable=False),
    Column("query", Text, nullable=False),  # filters and options, as an address has them
    Column("title", String(200), nullable=False),
    Column("told", Text, nullable=False),  # JSON: when (kind, minute, weekday, measure, level, reset), how
    Column("state", String(20), nullable=False, index=True),  # active, paused, ended
    Column("made_at", DateTime, nullable=False),
)
alert_states = Table(
    "alert_states",
    metadata,
    Column("subscription_id", Integer, ForeignKey("subscriptions.id"), primary_key=True),
    Column("seq", Integer, nullable=False),  # how many messages it made
    Column("next_at", DateTime),  # none where data decide, not the clock
    Column("is_raised", Boolean, nullable=False),
    Column("value", Float),
    Column("fingerprint", String(64), nullable=False),  # of the figures as they were last
    Column("known", Text, nullable=False),  # JSON: ids of the issues or warnings that were told of
    Column("version", String(64), nullable=False),  # of all that it was looked at in
    Column("looked_at", DateTime),
    Column("told_at", DateTime),
    Column("failure", String(300), nullable=False),
    Column("picture", String(64), nullable=False),  # of the last message, in blobs
)
inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("message_id", String(120), nullable=False, unique=True),
    Column("account", String(100), nullable=False, index=True),
    Column("role", String(20), nullable=False),
    Column("organisation_id", Integer, ForeignKey("organisations.id")),
    Column("subscription_id", Integer, ForeignKey("subscriptions.id"), nullable=False, index=True),
    Column("title", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("address", Text, nullable=False),  # of the card, its filters in it
    Column("channels", String(60), nullable=False),  # beside the inbox
    Column("picture", String(64), nullable=False),  # in blobs, empty for none
    Column("file", String(64), nullable=False, server_default=""),  # the same
    Column("file_name", String(200), nullable=False, server_default=""),
    Column("at", DateTime, nullable=False),
    Column("read_at", DateTime),
    Column(
        "digest_id", String(120), index=True
    ),  # the message of the outbox that it is told in; none yet, or by itself
    Column("is_digest", Boolean, nullable=False),
)
