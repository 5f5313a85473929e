"""Hand-ins of couriers' cash under the number of their act, so that none is booked twice."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; hand-ins of before stand in the ledger alone, with no act to repeat."""
    op.create_table(
        "till_hand_in",
        *needed(sa.Uuid, "id"),
        *needed(sa.String, "outlet_code", "courier_code"),
        *needed(sa.BigInteger, "amount_fen", "left_fen"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by"),
        sa.PrimaryKeyConstraint("id", name="till_hand_in_pkey"),
        sa.CheckConstraint("amount_fen > 0", name="till_hand_in_amount"),
    )
    op.create_index("ix_till_hand_in_outlet_code", "till_hand_in", ["outlet_code"])
    guard("till_hand_in")
