"""What couriers' phones have told, each act once."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed, optional

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "courier_act",
        *needed(sa.Uuid, "id"),
        *needed(sa.String, "courier_code", "kind"),
        *optional(sa.Uuid, "order_id"),
        *needed(INSTANT, "at", "received_at"),
        *needed(sa.String, "digest", "status", "code"),
        *optional(sa.JSON, "said"),
        *optional(sa.String, "body_sealed"),
        sa.PrimaryKeyConstraint("id", name="courier_act_pkey"),
        sa.CheckConstraint(
            "status IN ('done', 'already', 'refused')", name="courier_act_status"
        ),
    )
    op.create_index("ix_courier_act_order_id", "courier_act", ["order_id"])
    op.create_index(
        "courier_act_of_courier", "courier_act", ["courier_code", "received_at"]
    )
    guard("courier_act")
