"""Photographs and signatures of deliveries, sealed."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "delivery_proof",
        *needed(sa.Uuid, "id", "order_id"),
        *needed(sa.String, "courier_code", "kind", "media", "sha256"),
        *needed(sa.LargeBinary, "sealed"),
        *needed(INSTANT, "at", "received_at"),
        sa.PrimaryKeyConstraint("id", name="delivery_proof_pkey"),
        sa.ForeignKeyConstraint(
            ["order_id"], ["delivery_order.id"], name="delivery_proof_order_id_fkey"
        ),
        sa.CheckConstraint(
            "kind IN ('photo', 'signature')", name="delivery_proof_kind"
        ),
    )
    op.create_index("ix_delivery_proof_order_id", "delivery_proof", ["order_id"])
    guard("delivery_proof")
