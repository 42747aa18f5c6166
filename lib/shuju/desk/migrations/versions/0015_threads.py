"""Threads that close: tasks of who helps rest on what the whole task rests on; matters know which answer ended them, and remind."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0015", "0014"

# What tasks of who helps (协办) did not have so far; who helps may be helped, too.
INHERITED = """
INSERT INTO evidence (task_id, card, table_name, filters, address, sentence, value, n_rows, library_version, scope, at)
WITH RECURSIVE above (task_id, of_id) AS (
  SELECT id, parent_id FROM tasks WHERE parent_id IS NOT NULL AND id NOT IN (SELECT task_id FROM evidence)
  UNION
  SELECT a.task_id, t.parent_id FROM above a JOIN tasks t ON t.id = a.of_id
  WHERE t.parent_id IS NOT NULL AND t.id NOT IN (SELECT task_id FROM evidence)
)
SELECT a.task_id, e.card, e.table_name, e.filters, e.address, e.sentence, e.value, e.n_rows, e.library_version, e.scope, e.at
FROM above a JOIN evidence e ON e.task_id = a.of_id
"""


def upgrade() -> None:
    """Add columns and an index, and give tasks of who helps the evidence of the whole task."""
    op.create_index("ix_tasks_merged_into", "tasks", ["merged_into"])
    op.add_column("outbox", sa.Column("matter_id", sa.Integer))
    op.add_column("matters", sa.Column("answer_id", sa.Integer))
    op.add_column("matters", sa.Column("contact", sa.Text, nullable=False, server_default=""))
    op.execute(INHERITED)
