"""Receipts, losses and counts under the number of their act, so that none is entered twice."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; what was entered before stands in the movements alone."""
    op.create_table(
        "stock_act",
        *needed(sa.Uuid, "id"),
        *needed(sa.String, "outlet_code", "medicine_code"),
        *needed(sa.Integer, "left_quantity"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by"),
        sa.PrimaryKeyConstraint("id", name="stock_act_pkey"),
    )
    op.create_index("ix_stock_act_outlet_code", "stock_act", ["outlet_code"])
    guard("stock_act")
