"""Packs of the quarterly inspection, as they were sent."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; nothing was sent yet."""
    op.create_table(
        "inspection",
        *needed(sa.Uuid, "id"),
        *needed(sa.String(6), "place", "quarter"),
        *needed(sa.Integer, "version"),
        *needed(sa.String(64), "key"),
        *needed(sa.String, "content"),
        *needed(sa.String(64), "sha256"),
        *needed(sa.String, "note", "by", "role"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="inspection_pkey"),
        sa.UniqueConstraint("place", "quarter", "version", name="inspection_version"),
        sa.UniqueConstraint("place", "key", name="inspection_once"),
        sa.CheckConstraint("version > 0", name="inspection_counts"),
    )
    guard("inspection")
