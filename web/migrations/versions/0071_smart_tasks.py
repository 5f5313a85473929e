"""Runs of smart audit that a worker carries out, and how far each is."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, needed

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "smart_task",
        *needed(sa.Uuid, "id"),
        *needed(sa.String(4), "place"),
        *needed(sa.Date, "since", "until"),
        *needed(sa.String(8), "state"),
        *needed(sa.Integer, "new"),
        *needed(sa.String, "trouble_zh", "trouble_en", "by", "role"),
        *needed(INSTANT, "at", "seen_at"),
        sa.PrimaryKeyConstraint("id", name="smart_task_pkey"),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'refused', 'done', 'failed')",
            name="smart_task_state",
        ),
    )
    op.create_index("ix_smart_task_place", "smart_task", ["place"])
