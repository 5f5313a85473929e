"""What was removed at the end of its term: each batch, and each thing that is done with."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, NUMBER, guard, needed

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; no term was declared yet, so nothing was removed."""
    op.create_table(
        "retention_run",
        *needed(NUMBER, "id"),
        *needed(sa.String, "kind", "term", "source", "decided_by"),
        *needed(sa.Date, "decided_on"),
        *needed(INSTANT, "before"),
        *needed(sa.Integer, "count"),
        *needed(sa.String, "digest", "by"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="retention_run_pkey"),
        sa.CheckConstraint("count > 0", name="retention_run_count"),
    )
    op.create_index("ix_retention_run_kind", "retention_run", ["kind"])
    op.create_table(
        "retention_mark",
        *needed(sa.String, "kind"),
        *needed(sa.Uuid, "subject"),
        sa.PrimaryKeyConstraint("kind", "subject", name="retention_mark_pkey"),
    )
    guard("retention_run")
    guard("retention_mark")
