"""What waits at an outlet or a firm, and what an outlet holds, found without the years before."""

from alembic import op

from web.migrations.steps import where

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

HELD = "('cash', 'bank_card', 'mobile', 'due', 'courier', 'bank')"


def upgrade() -> None:
    """Index by outlet or firm and state, and the amounts of what an outlet holds."""
    op.drop_index("ix_prescription_outlet_code", "prescription")
    op.create_index("prescription_on_desk", "prescription", ["outlet_code", "state"])
    held = where("claimed_by IS NOT NULL")
    op.create_index("prescription_held_by", "prescription", ["claimed_by"], **held)
    for who, name in (("outlet", "order_at_outlet"), ("carrier", "order_of_firm")):
        op.drop_index(f"ix_delivery_order_{who}_code", "delivery_order")
        columns = [f"{who}_code", "state", "window_opens"]
        op.create_index(name, "delivery_order", columns)
    op.create_index("ix_delivery_order_placed_at", "delivery_order", ["placed_at"])
    op.create_index("ledger_at", "ledger", ["at"])
    for side in ("debit", "credit"):
        columns = ["outlet_code", side, "holder", "amount_fen"]
        some = where(f"{side} IN {HELD}")
        op.create_index(f"ledger_held_{side}", "ledger", columns, **some)
