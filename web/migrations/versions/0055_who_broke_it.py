"""Who broke the promise of an ended order, and why, kept on the order.

Orders of before are marked as broken and still to be judged: the rule does that right after
the revisions by `yaoda db upgrade`, and with each sweep of the service.
"""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import changing, optional, where

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, mark what was late or came back, index what a month is counted from."""
    with changing("delivery_order") as batch:
        for column in optional(sa.String, "broken_by", "broken_why"):
            batch.add_column(column)
        batch.create_check_constraint(
            "order_broken_by",
            "broken_by IN ('pharmacy', 'carrier', 'road', 'patient', 'address', 'other')",
        )
        batch.create_check_constraint(
            "order_broken_why", "(broken_by IS NULL) = (broken_why IS NULL)"
        )
    op.execute(
        "UPDATE delivery_order SET broken_by = 'other', broken_why = ''"
        " WHERE state = 'returned'"
        " OR (state = 'handed_over' AND ended_at > promised_until)"
    )
    op.drop_index("order_ended", "delivery_order")
    counted = ["carrier_code", "ended_at", "area", "state", "broken_by", "storage"]
    op.create_index("order_ended", "delivery_order", [*counted, "id"])
    _partial("order_unjudged", "delivery_order", "ended_at", "broken_why = ''")
    _partial("stop_broken_seal", "stop", "order_id", "detail = 'broken_seal'")
    outside = "temperature_dc NOT BETWEEN 20 AND 80"
    _partial("reading_outside", "reading", "order_id", outside)
    _partial("desk_case_ending", "desk_case", "opened_at", "state = 'ending'")


def _partial(name: str, table: str, column: str, condition: str) -> None:
    op.create_index(name, table, [column], **where(condition))
