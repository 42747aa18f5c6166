"""Pairing codes of devices: a screen is let in by a code that is typed once, no longer by an address."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0012", "0011"


def upgrade() -> None:
    """Add the columns; screens that show go on."""
    op.add_column("devices", sa.Column("code", sa.String(64)))
    op.add_column("devices", sa.Column("code_until", sa.DateTime))
