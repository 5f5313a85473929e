"""The balance of every batch in stock, and what is sent back to a supplier."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import changing, guard, needed, optional, where

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_PARTITIONS = 32
_SO_FAR = """
INSERT INTO stock_batch (pooling_area, outlet_code, medicine_code, batch, expires_on,
  on_hand, reserved, recalled)
SELECT substr(outlet.area, 1, 4), moved.outlet_code, moved.medicine_code, moved.batch,
  NULL, sum(moved.quantity), 0, false
  FROM stock_movement AS moved JOIN outlet ON outlet.code = moved.outlet_code
 GROUP BY 1, 2, 3, 4
"""


def upgrade() -> None:
    """Sum up what moved so far; from now on a line may be taken from several batches."""
    _batches()
    for name in ("stock_moved_once", "stock_corrected_once"):
        op.drop_index(name, "stock_movement")
    with changing("stock_movement") as batch:
        for name in ("stock_movement_kind", "stock_movement_sign"):
            batch.drop_constraint(name, type_="check")
        batch.create_check_constraint(
            "stock_movement_kind",
            "kind IN ('received', 'sold', 'sale_returned', 'counted', 'written_off',"
            " 'sent_back')",
        )
        batch.create_check_constraint(
            "stock_movement_sign",
            "quantity <> 0 AND (kind = 'counted'"
            " OR (quantity < 0) = (kind IN ('sold', 'written_off', 'sent_back')))",
        )
    for name, third, condition in (
        (
            "stock_moved_once",
            "kind",
            "settlement_id IS NOT NULL AND difference_id IS NULL",
        ),
        ("stock_corrected_once", "difference_id", "difference_id IS NOT NULL"),
    ):
        columns = ["settlement_id", "line_no", third, "batch"]
        op.create_index(
            name, "stock_movement", columns, unique=True, **where(condition)
        )
    guard("stock_movement")


def _batches() -> None:
    op.create_table(
        "stock_batch",
        *needed(sa.String, "pooling_area", "outlet_code", "medicine_code", "batch"),
        *optional(sa.Date, "expires_on"),
        *needed(sa.Integer, "on_hand", "reserved"),
        *needed(sa.Boolean, "recalled"),
        sa.PrimaryKeyConstraint(
            "pooling_area",
            "outlet_code",
            "medicine_code",
            "batch",
            name="stock_batch_pkey",
        ),
        sa.CheckConstraint("length(pooling_area) = 4", name="stock_batch_area"),
        sa.CheckConstraint("reserved >= 0", name="stock_batch_reserved"),
        sa.CheckConstraint(
            "reserved = 0 OR reserved <= on_hand", name="stock_batch_there"
        ),
        postgresql_partition_by="HASH (pooling_area)",
    )
    op.create_index(
        "stock_batch_of_medicine", "stock_batch", ["medicine_code", "batch"]
    )
    if op.get_bind().dialect.name == "postgresql":
        for no in range(_PARTITIONS):
            op.execute(
                f"CREATE TABLE stock_batch_{no:02d} PARTITION OF stock_batch"
                f" FOR VALUES WITH (MODULUS {_PARTITIONS}, REMAINDER {no})"
            )
    op.execute(_SO_FAR)
