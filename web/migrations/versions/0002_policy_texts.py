"""The policy texts that decisions rested on, kept word for word."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; decisions of before keep the digests of their texts."""
    op.create_table(
        "policy_text",
        *needed(sa.String(64), "sha256"),
        *needed(sa.String, "name", "text"),
        *needed(INSTANT, "first_used_at"),
        sa.PrimaryKeyConstraint("sha256", name="policy_text_pkey"),
    )
    guard("policy_text")
