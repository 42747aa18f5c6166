"""How often pages are opened, by day and role."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0014", "0013"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "page_openings",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("page", sa.String(100), primary_key=True),
        sa.Column("role", sa.String(20), primary_key=True),
        sa.Column("n", sa.Integer, nullable=False),
    )
