"""What firms do about their crews: couriers hired, changed and gone, from a day on."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, NUMBER, guard, needed

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, and let the database keep its rows as they are."""
    op.create_table(
        "crew_act",
        *needed(NUMBER, "id"),
        *needed(sa.String, "carrier_code", "courier_code", "kind"),
        *needed(sa.Date, "from_day"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by", "reason"),
        *needed(sa.JSON, "terms"),
        sa.PrimaryKeyConstraint("id", name="crew_act_pkey"),
        sa.CheckConstraint(
            "kind IN ('hired', 'changed', 'left')", name="crew_act_kind"
        ),
    )
    op.create_index("ix_crew_act_courier_code", "crew_act", ["courier_code"])
    op.create_index("crew_act_of_firm", "crew_act", ["carrier_code", "from_day"])
    guard("crew_act")
