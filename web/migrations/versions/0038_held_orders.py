"""Orders that the dispatcher holds back from planning."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, needed

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "order_hold",
        *needed(sa.Uuid, "order_id"),
        *needed(INSTANT, "since"),
        *needed(sa.String, "by", "reason"),
        sa.PrimaryKeyConstraint("order_id", name="order_hold_pkey"),
        sa.ForeignKeyConstraint(
            ["order_id"], ["delivery_order.id"], name="order_hold_order_id_fkey"
        ),
    )
