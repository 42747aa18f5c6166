"""Where the desk is kept: SQLite beside the library, or any database by URL (``SHUJU_DESK``); its tables.

A change of tables is a migration in ``migrations/versions``; an older desk is brought up when it is opened.

Long, since every table of the desk is told here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Engine,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    false,
)
from sqlalchemy.pool import NullPool

from shuju.desk.migrations import bring_up
from shuju.library.home import Home

VARIABLE = "SHUJU_DESK"
metadata = MetaData()

marks = Table(
    "marks",
    metadata,
    Column("subject", String(200), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("value", String(200), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("who", String(100), nullable=False),
)
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", DateTime, nullable=False),
    Column("who", String(100), nullable=False),
    Column("subject", String(200), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("before", String(200)),
    Column("after", String(200)),
    Column("undoes", Integer),
)
issue_decisions = Table(
    "issue_decisions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(20), nullable=False),
    Column("issue_id", String(100), nullable=False, index=True),
    Column("letters", Text, nullable=False),  # JSON lists of letter ids
    Column("others", Text, nullable=False),
    Column("name", String(200), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("who", String(100), nullable=False),
    Column("undone_at", DateTime),
    Column("undone_by", String(100)),
)
saved_views = Table(
    "saved_views",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("owner", String(100), nullable=False, index=True),  # an account
    Column("name", String(200), nullable=False),
    Column("address", Text, nullable=False),
    Column("at", DateTime, nullable=False),
    Column("deleted_at", DateTime),
)
page_openings = Table(
    "page_openings",
    metadata,
    Column("day", Date, primary_key=True),
    Column("page", String(100), primary_key=True),  # its route
    Column("role", String(20), primary_key=True),
    Column("n", Integer, nullable=False),
)
scenarios = Table(
    "scenarios",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("owner", String(100), nullable=False, index=True),  # an account
    Column("name", String(200), nullable=False),
    Column("investigation", String(40), nullable=False),
    Column("query", Text, nullable=False),
    Column("versions", Text, nullable=False),  # JSON, of the tables
    Column("told", Text, nullable=False),  # JSON, of each measure what is and what would be
    Column("at", DateTime, nullable=False),
    Column("deleted_at", DateTime),
)

organisations = Table(
    "organisations",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("parent_id", Integer, ForeignKey("organisations.id")),
    Column("name", String(200), nullable=False),
    Column("region_code", String(6), nullable=False, index=True),
    Column("department", String(200)),  # as letters name it; a region itself has none
)
accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account", String(100), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("password", String(300)),  # argon2id; none until the first is set
    Column("must_change", Boolean, nullable=False),
    Column("n_failures", Integer, nullable=False),
    Column("locked_until", DateTime),
    Column("disabled_at", DateTime),
    Column("totp", String(300)),
    Column("totp_step", Integer),  # the last that was used: none is taken twice
    Column("made_at", DateTime, nullable=False),
    Column("password_at", DateTime),
)
memberships = Table(
    "memberships",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("role", String(20), nullable=False),
    Column("organisation_id", Integer, ForeignKey("organisations.id")),
    Column("since", DateTime, nullable=False),
    Column("until", DateTime),
    Column("granted_by", String(100), nullable=False),
)
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("code", String(64), nullable=False),  # a hash: the code itself is shown once
    Column("used_at", DateTime),
)
sessions = Table(
    "sessions",
    metadata,
    Column("secret", String(64), primary_key=True),  # a hash of what the cookie holds
    Column("handle", String(64), nullable=False, unique=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), index=True),  # none in a demo
    Column("membership_id", Integer, ForeignKey("memberships.id")),
    Column("demo_role", String(20)),
    Column("address", String(60), nullable=False),
    Column("begun_at", DateTime, nullable=False),
    Column("seen_at", DateTime, nullable=False),
    Column("ended_at", DateTime),
    Column("is_strong", Boolean, nullable=False, server_default=false()),  # a second factor was shown
)
identities = Table(
    "identities",
    metadata,
    Column("issuer", String(300), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("linked_at", DateTime, nullable=False),
    Column("linked_by", String(100), nullable=False),
)
passkeys = Table(
    "passkeys",
    metadata,
    Column("credential", String(700), primary_key=True),  # base64url, as are public keys
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("public_key", Text, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("name", String(100), nullable=False),
    Column("made_at", DateTime, nullable=False),
    Column("used_at", DateTime),
)
challenges = Table(
    "challenges",
    metadata,
    Column("secret", String(64), primary_key=True),  # a hash of what the browser holds
    Column("kind", String(20), nullable=False),
    Column("told", Text, nullable=False),  # JSON
    Column("made_at", DateTime, nullable=False, index=True),
)
api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("secret", String(64), nullable=False, unique=True),  # a hash: the token itself is told once
    Column("name", String(100), nullable=False),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("membership_id", Integer, ForeignKey("memberships.id"), nullable=False),
    Column("made_at", DateTime, nullable=False),
    Column("used_at", DateTime),
    Column("ended_at", DateTime),
)
role_rules = Table(
    "role_rules",
    metadata,
    Column("role", String(20), primary_key=True),
    Column("needs_second_factor", Boolean, nullable=False),
)
trail = Table(
    "trail",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", DateTime, nullable=False),
    Column("who", String(100), nullable=False, index=True),
    Column("role", String(20), nullable=False),
    Column("address", String(60), nullable=False),
    Column("what", String(40), nullable=False),
    Column("subject", String(300), nullable=False, index=True),
    Column("told", Text, nullable=False),  # JSON: filters, path, why
    Column("n_rows", Integer),
    Column("mac", String(64), nullable=False),
)
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
    Column("merged_into", Integer, ForeignKey("tasks.id")),
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
outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("message_id", String(120), nullable=False, unique=True),
    Column("task_id", Integer, ForeignKey("tasks.id")),  # none of a digest
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
annotations = Table(
    "annotations",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account", String(100), nullable=False),
    Column("name", String(100), nullable=False),
    Column("organisation_id", Integer, ForeignKey("organisations.id")),
    Column("reach", String(20), nullable=False),  # private, organisation, all
    Column("table_name", String(40), nullable=False, index=True),
    Column("filters", Text, nullable=False),  # JSON: dimension to labels
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("text", String(200), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("ended_at", DateTime),
)
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
boards = Table(
    "boards",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("owner", String(100), nullable=False, index=True),  # an account
    Column("owner_name", String(100), nullable=False),
    Column("name", String(100), nullable=False),
    Column("field", String(40), nullable=False),  # what its owner is in charge of (分管领域), empty for all
    Column("version", Integer, nullable=False),
    Column("published_to", Integer, ForeignKey("organisations.id"), index=True),
    Column("made_at", DateTime, nullable=False),
    Column("deleted_at", DateTime),
)
board_versions = Table(
    "board_versions",
    metadata,
    Column("board_id", Integer, ForeignKey("boards.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),  # JSON
    Column("told", String(200), nullable=False),
    Column("restores", Integer),
    Column("at", DateTime, nullable=False),
)
board_shares = Table(
    "board_shares",
    metadata,
    Column("board_id", Integer, ForeignKey("boards.id"), primary_key=True),
    Column("account", String(100), primary_key=True, index=True),
    Column("since", DateTime, nullable=False),
)
visits = Table(
    "visits",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account", String(100), nullable=False, index=True),
    Column("at", DateTime, nullable=False),
    Column("seen_at", DateTime, nullable=False),
    Column("versions", Text, nullable=False),  # JSON: version of each table of the library
    Column("figures", Text, nullable=False),  # JSON: what was counted then
)
dismissals = Table(
    "dismissals",
    metadata,
    Column("account", String(100), primary_key=True),
    Column("change", String(200), primary_key=True),
    Column("at", DateTime, nullable=False),
)


def desk_url(home: Home) -> str:
    """Return the database's URL: that of ``SHUJU_DESK``, else ``desk.db`` in the library's home (or its cache)."""
    folder = home.root if home.is_local else home.cache
    return os.environ.get(VARIABLE) or f"sqlite:///{folder}/desk.db"


def open_desk(home: Home) -> Engine:
    """Return the desk of a library, its tables as this version of the code wants them."""
    return _open(desk_url(home))


@cache
def _open(url: str) -> Engine:
    if not url.startswith("sqlite"):
        engine = create_engine(url, pool_pre_ping=True)
    else:
        # A connection for each transaction: sessions live in many threads and processes.
        engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": 30})
        event.listen(engine, "connect", _wait_for_nobody)
    bring_up(engine)
    return engine


@contextmanager
def writing(desk: Engine) -> Iterator[Connection]:
    """Give a transaction that is on the disk when the block ends, and of which nothing is left if the block fails.

    In SQLite no other writes meanwhile; in PostgreSQL what is read for writing must be locked row by row.
    """
    with desk.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA synchronous = FULL")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection
        connection.commit()


def _wait_for_nobody(connection, _record) -> None:
    """Let readers read while someone writes."""
    connection.execute("PRAGMA journal_mode = WAL").close()
