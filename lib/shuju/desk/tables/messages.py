"""Messages that wait or were sent, and where to."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, ForeignKey, Index, Integer, String, Table

from shuju.desk.tables.metadata import metadata

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("message_id", String(120), nullable=False, unique=True),
    Column("task_id", Integer, ForeignKey("tasks.id")),  # none of a digest
    Column("matter_id", Integer),  # of the fast channel, where it is not about a task
    Column("seq", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column(
        "told_to", String(120), nullable=False
    ),  # a part in the task; account:… or organisation:… of a digest
    Column("made_at", DateTime, nullable=False),
    Column("not_before", DateTime, nullable=False),
    Column("leased_until", DateTime),
    Column("n_tries", Integer, nullable=False),
    Column("sent_at", DateTime),
    Column("cancelled_at", DateTime),
    Column("failure", String(300)),
    Index("ix_outbox_waiting", "sent_at", "not_before"),
)
message_addresses = Table(
    "message_addresses",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account", String(100), nullable=False, index=True),  # empty where it is an organisation's
    Column("organisation_id", Integer, ForeignKey("organisations.id"), index=True),
    Column("channel", String(20), nullable=False),  # email, webhook
    Column("address", String(500), nullable=False),
    Column("since", DateTime, nullable=False),
    Column("ended_at", DateTime),
)
deliveries = Table(
    "deliveries",
    metadata,
    Column("outbox_id", Integer, ForeignKey("outbox.id"), primary_key=True),
    Column("address_id", Integer, ForeignKey("message_addresses.id"), primary_key=True),
    Column("sent_at", DateTime, nullable=False),
)
