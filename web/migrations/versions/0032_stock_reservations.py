"""What is set aside for prescriptions, recalled lots, and the batch of each box."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import (
    INSTANT,
    NUMBER,
    changing,
    guard,
    needed,
    optional,
    where,
)

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; nothing is set aside or recalled yet."""
    with changing("stock_batch") as batch:
        batch.drop_constraint("stock_batch_there", type_="check")
        batch.create_check_constraint(
            "stock_batch_there", "reserved = 0 OR reserved <= on_hand OR batch = ''"
        )
    _reservation()
    op.create_table(
        "stock_recall",
        *needed(NUMBER, "id"),
        *needed(sa.String, "medicine_code", "batch"),
        *needed(sa.Boolean, "recalled"),
        *needed(sa.String, "source", "reason"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by"),
        sa.PrimaryKeyConstraint("id", name="stock_recall_pkey"),
    )
    op.create_index("stock_recall_of_lot", "stock_recall", ["medicine_code", "batch"])
    op.create_table(
        "trace_batch",
        *needed(sa.String, "code", "medicine_code", "batch", "outlet_code"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by"),
        sa.PrimaryKeyConstraint("code", name="trace_batch_pkey"),
    )
    guard("stock_recall")
    guard("trace_batch")


def _reservation() -> None:
    op.create_table(
        "stock_reservation",
        *needed(NUMBER, "id"),
        *needed(sa.Uuid, "prescription_id"),
        *needed(sa.Integer, "line_no"),
        *needed(sa.String, "pooling_area", "outlet_code", "medicine_code", "batch"),
        *needed(sa.Integer, "quantity", "held"),
        *optional(INSTANT, "until"),
        *needed(INSTANT, "made_at"),
        *needed(sa.String, "by"),
        *optional(sa.String, "ended"),
        *optional(INSTANT, "ended_at"),
        sa.PrimaryKeyConstraint("id", name="stock_reservation_pkey"),
        sa.CheckConstraint("quantity > 0", name="stock_reservation_quantity"),
        sa.CheckConstraint(
            "held BETWEEN 0 AND quantity", name="stock_reservation_held"
        ),
        sa.CheckConstraint(
            "ended IN ('consumed', 'replaced', 'released', 'lapsed', 'short',"
            " 'recalled')",
            name="stock_reservation_end",
        ),
        sa.CheckConstraint(
            "(ended IS NULL) = (ended_at IS NULL)", name="stock_reservation_ended"
        ),
    )
    for name, columns in (
        ("stock_reserved_for", ["prescription_id"]),
        ("stock_reserved_at", ["outlet_code", "medicine_code"]),
    ):
        op.create_index(name, "stock_reservation", columns, **where("ended IS NULL"))
