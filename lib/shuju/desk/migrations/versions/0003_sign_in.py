"""Signing in by another system (OIDC) or a passkey; roles that ask for a second factor."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0003", "0002"


def upgrade() -> None:
    """Make the tables; sessions say whether a second factor was shown."""
    op.create_table(
        "identities",
        sa.Column("issuer", sa.String(300), primary_key=True),
        sa.Column("subject", sa.String(255), primary_key=True),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id"), nullable=False, index=True),
        sa.Column("linked_at", sa.DateTime, nullable=False),
        sa.Column("linked_by", sa.String(100), nullable=False),
    )
    op.create_table(
        "passkeys",
        sa.Column("credential", sa.String(700), primary_key=True),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id"), nullable=False, index=True),
        sa.Column("public_key", sa.Text, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("made_at", sa.DateTime, nullable=False),
        sa.Column("used_at", sa.DateTime),
    )
    op.create_table(
        "challenges",
        sa.Column("secret", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("made_at", sa.DateTime, nullable=False, index=True),
    )
    op.create_table(
        "role_rules",
        sa.Column("role", sa.String(20), primary_key=True),
        sa.Column("needs_second_factor", sa.Boolean, nullable=False),
    )
    with op.batch_alter_table("sessions") as table:
        table.add_column(sa.Column("is_strong", sa.Boolean, nullable=False, server_default=sa.false()))
