"""Versions of what two people laid over the texts."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, and let the database keep its rows as they are."""
    op.create_table(
        "overlay_version",
        *needed(sa.Integer, "id"),
        sa.Column("region", sa.String(32), nullable=False),
        *needed(sa.Integer, "number"),
        sa.Column("place", sa.String(4), nullable=False),
        *needed(sa.String, "text"),
        sa.Column("sha256", sa.String(64), nullable=False),
        *needed(sa.Uuid, "proposal_id"),
        *needed(sa.String, "reason", "by", "approved_by"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="overlay_version_pkey"),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name="overlay_version_proposal_id_fkey"
        ),
        sa.UniqueConstraint("region", "number", name="overlay_version_number"),
        sa.UniqueConstraint("proposal_id", name="overlay_version_once"),
        sa.CheckConstraint("number > 0", name="overlay_version_counts"),
    )
    guard("overlay_version")
