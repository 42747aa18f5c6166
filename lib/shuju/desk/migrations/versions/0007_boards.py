"""Boards with all their versions, who else sees them, when somebody looked last, and what they dismissed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0007", "0006"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "boards",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("owner", sa.String(100), nullable=False, index=True),
        sa.Column("owner_name", sa.String(100), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("field", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("published_to", sa.Integer, sa.ForeignKey("organisations.id"), index=True),
        sa.Column("made_at", sa.DateTime, nullable=False),
        sa.Column("deleted_at", sa.DateTime),
    )
    op.create_table(
        "board_versions",
        sa.Column("board_id", sa.Integer, sa.ForeignKey("boards.id"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("told", sa.String(200), nullable=False),
        sa.Column("restores", sa.Integer),
        sa.Column("at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "board_shares",
        sa.Column("board_id", sa.Integer, sa.ForeignKey("boards.id"), primary_key=True),
        sa.Column("account", sa.String(100), primary_key=True, index=True),
        sa.Column("since", sa.DateTime, nullable=False),
    )
    op.create_table(
        "visits",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("account", sa.String(100), nullable=False, index=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("seen_at", sa.DateTime, nullable=False),
        sa.Column("versions", sa.Text, nullable=False),
        sa.Column("figures", sa.Text, nullable=False),
    )
    op.create_table(
        "dismissals",
        sa.Column("account", sa.String(100), primary_key=True),
        sa.Column("change", sa.String(200), primary_key=True),
        sa.Column("at", sa.DateTime, nullable=False),
    )
