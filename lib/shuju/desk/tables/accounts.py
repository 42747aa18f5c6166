"""Who there is: organisations, accounts, what they may, how they sign in."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, DateTime, ForeignKey, Integer, String, Table, Text, false

from shuju.desk.tables.metadata import metadata

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
