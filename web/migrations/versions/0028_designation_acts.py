"""The acts of a designation's life; suspensions that stop orders; agreements by unit and end."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import (
    INSTANT,
    NUMBER,
    guard,
    needed,
    optional,
    where,
)

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None
_ACTS = (
    "'apply', 'supplement', 'withdraw_application', 'accept', 'refuse',"
    " 'sign', 'open_card', 'suspend', 'resume', 'renew', 'end'"
)

# What counting asks: no row has to be fetched.
_COUNTED = (
    "kind",
    "quota_unit",
    "outlet_code",
    "begins",
    "card_settlement_from",
    "ends",
)


def upgrade() -> None:
    """Create the table; who signed and suspended before is not known, the agreements stay."""
    op.create_table(
        "designation_act",
        *needed(NUMBER, "id"),
        *needed(sa.Uuid, "act_id"),
        *needed(sa.String, "outlet_code", "kind", "act"),
        *needed(sa.Date, "on"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by", "role", "reason"),
        *needed(sa.Boolean, "late"),
        *optional(sa.Date, "begins"),
        *optional(sa.JSON, "before", "after"),
        *needed(sa.JSON, "detail"),
        sa.PrimaryKeyConstraint("id", name="designation_act_pkey"),
        sa.UniqueConstraint("act_id", name="designation_act_act_id_key"),
        sa.ForeignKeyConstraint(
            ["outlet_code"], ["outlet.code"], name="designation_act_outlet_code_fkey"
        ),
        sa.CheckConstraint(
            "kind IN ('general', 'chronic')", name="designation_act_kind"
        ),
        sa.CheckConstraint(f"act IN ({_ACTS})", name="designation_act_act"),
        sa.CheckConstraint("length(reason) > 0", name="designation_act_reason"),
    )
    op.create_index(
        "designation_act_of_outlet", "designation_act", ["outlet_code", "kind", "id"]
    )
    op.create_index("designation_act_at", "designation_act", ["at"])
    guard("designation_act")
    op.add_column(
        "suspension",
        sa.Column(
            "stops_orders", sa.Boolean, nullable=False, server_default=sa.false()
        ),
    )
    op.drop_index("agreement_unit", "agreement")
    op.create_index("agreement_unit", "agreement", list(_COUNTED))
    op.create_index(
        "agreement_ends", "agreement", ["ends"], **where("ends IS NOT NULL")
    )
