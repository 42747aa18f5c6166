"""Files of messages in inboxes: scheduled briefings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0011", "0010"


def upgrade() -> None:
    """Add the columns; messages that are there have no file."""
    op.add_column("inbox", sa.Column("file", sa.String(64), nullable=False, server_default=""))
    op.add_column("inbox", sa.Column("file_name", sa.String(200), nullable=False, server_default=""))
