"""Reviews, claims, fillings and parts of a prescription, each settled on its own."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, changing, guard, needed, optional, where

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_LIVE = "state IN ('pending', 'unknown', 'posted', 'reversing')"
_LIVE_ORDER = "state NOT IN ('returned', 'cancelled')"


def upgrade() -> None:
    """Add what the life of a prescription is told by; all so far were filled once, whole."""
    _prescription()
    _review()
    _settlement()
    _delivery()
    _handover()


def _count(name: str, begin: int) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default=str(begin))


def _prescription() -> None:
    for name, begin in {
        "reviews": 0,
        "filling": 1,
        "round_from": 1,
        "rounds_filled": 0,
    }.items():
        op.add_column("prescription", _count(name, begin))
    for column in (
        *optional(INSTANT, "review_refused_at", "claimed_until"),
        *optional(sa.String, "claimed_by", "claim_digest"),
        *optional(sa.Date, "filled_on"),
    ):
        op.add_column("prescription", column)
    op.create_index(
        "prescription_claimed",
        "prescription",
        ["claimed_until"],
        **where("claimed_until IS NOT NULL"),
    )
    with changing("prescription_line") as batch:
        batch.add_column(_count("taken", 0))
    with changing("prescription_line") as batch:
        batch.create_check_constraint("line_taken", "taken BETWEEN 0 AND quantity")


def _review() -> None:
    op.create_table(
        "review",
        *needed(sa.Integer, "id"),
        *needed(sa.Uuid, "prescription_id"),
        *needed(sa.Integer, "no"),
        *needed(sa.String, "verdict", "pharmacist_code", "pharmacist_name"),
        *needed(sa.String, "opinion", "outlet_code", "by"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="review_pkey"),
        sa.ForeignKeyConstraint(
            ["prescription_id"],
            ["prescription.id"],
            name="review_prescription_id_fkey",
        ),
        sa.CheckConstraint("verdict IN ('passed', 'refused')", name="review_verdict"),
        sa.UniqueConstraint("prescription_id", "no", name="review_no"),
    )
    guard("review")


def _settlement() -> None:
    op.add_column("settlement", _count("filling", 1))
    op.drop_index("settlement_live", "settlement")
    op.create_index(
        "settlement_live",
        "settlement",
        ["prescription_id", "filling"],
        unique=True,
        **where(_LIVE),
    )
    op.create_table(
        "settlement_line",
        *needed(sa.Uuid, "settlement_id"),
        *needed(sa.Integer, "no", "quantity", "supply_days"),
        sa.PrimaryKeyConstraint("settlement_id", "no", name="settlement_line_pkey"),
        sa.ForeignKeyConstraint(
            ["settlement_id"],
            ["settlement.id"],
            name="settlement_line_settlement_id_fkey",
        ),
        sa.CheckConstraint(
            "quantity > 0 AND supply_days > 0", name="settlement_line_positive"
        ),
    )


def _delivery() -> None:
    op.add_column("delivery_order", _count("filling", 1))
    op.drop_index("order_live", "delivery_order")
    op.create_index(
        "order_live",
        "delivery_order",
        ["prescription_id", "filling"],
        unique=True,
        **where(_LIVE_ORDER),
    )


def _handover() -> None:
    """Give each hand-over an id: the first one of a prescription has the prescription's."""
    op.add_column("handover", sa.Column("id", sa.Uuid, nullable=True))
    op.execute("UPDATE handover SET id = prescription_id")
    with changing("handover") as batch:
        batch.drop_constraint("handover_pkey", type_="primary")
        batch.alter_column("id", nullable=False)
        batch.create_primary_key("handover_pkey", ["id"])
        batch.create_index("ix_handover_prescription_id", ["prescription_id"])
