"""The desk as it was before migrations: a desk that has these tables keeps them, with their rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0001", None


def upgrade() -> None:
    """Make the tables that are not there."""
    there = set(sa.inspect(op.get_bind()).get_table_names())
    if "marks" not in there:
        op.create_table(
            "marks",
            sa.Column("subject", sa.String(200), primary_key=True),
            sa.Column("kind", sa.String(20), primary_key=True),
            sa.Column("value", sa.String(200), nullable=False),
            sa.Column("at", sa.DateTime, nullable=False),
            sa.Column("who", sa.String(100), nullable=False),
        )
    if "audit" not in there:
        op.create_table(
            "audit",
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
            sa.Column("at", sa.DateTime, nullable=False),
            sa.Column("who", sa.String(100), nullable=False),
            sa.Column("subject", sa.String(200), nullable=False, index=True),
            sa.Column("kind", sa.String(20), nullable=False),
            sa.Column("before", sa.String(200)),
            sa.Column("after", sa.String(200)),
            sa.Column("undoes", sa.Integer),
        )
    if "issue_decisions" not in there:
        op.create_table(
            "issue_decisions",
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
            sa.Column("kind", sa.String(20), nullable=False),
            sa.Column("issue_id", sa.String(100), nullable=False, index=True),
            sa.Column("letters", sa.Text, nullable=False),
            sa.Column("others", sa.Text, nullable=False),
            sa.Column("name", sa.String(200), nullable=False),
            sa.Column("at", sa.DateTime, nullable=False),
            sa.Column("who", sa.String(100), nullable=False),
            sa.Column("undone_at", sa.DateTime),
            sa.Column("undone_by", sa.String(100)),
        )
    if "saved_views" not in there:
        op.create_table(
            "saved_views",
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
            sa.Column("owner", sa.String(100), nullable=False, index=True),
            sa.Column("name", sa.String(200), nullable=False),
            sa.Column("address", sa.Text, nullable=False),
            sa.Column("at", sa.DateTime, nullable=False),
            sa.Column("deleted_at", sa.DateTime),
        )
