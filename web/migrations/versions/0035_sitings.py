"""Searches for places that close the gaps, as jobs."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, needed, optional

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "siting",
        *needed(sa.Uuid, "id"),
        *needed(sa.String, "state", "asked", "asked_by"),
        *needed(INSTANT, "asked_at"),
        *optional(INSTANT, "began_at", "ended_at"),
        *optional(sa.LargeBinary, "found"),
        sa.PrimaryKeyConstraint("id", name="siting_pkey"),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed')", name="siting_state"
        ),
        sa.CheckConstraint(
            "(state = 'done') = (found IS NOT NULL)", name="siting_done"
        ),
    )
