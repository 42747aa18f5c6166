"""Threads that close: tasks of who helps rest on what the whole task rests on; matters know which answer ended them, and remind."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0015", "0014"

# What tasks of who helps (协办) did not have so far.
INHERITED = """
INSERT INTO evidence (task_id, card, table_name, filters, address, sentence, value, n_rows, library_version, scope, at)
SELECT t.id, e.card, e.table_name, e.filters, e.address, e.sentence, e.value, e.n_rows, e.library_version, e.scope, e.at
FROM tasks t JOIN evidence e ON e.task_id = t.parent_id
WHERE NOT EXISTS (SELECT 1 FROM evidence own WHERE own.task_id = t.id)
"""


def upgrade() -> None:
    """Add columns and an index, and give tasks of who helps the evidence of the whole task."""
    op.create_index("ix_tasks_merged_into", "tasks", ["merged_into"])
    op.add_column("outbox", sa.Column("matter_id", sa.Integer))
    op.add_column("matters", sa.Column("answer_id", sa.Integer))
    op.add_column("matters", sa.Column("contact", sa.Text, nullable=False, server_default=""))
    op.execute(INHERITED)
