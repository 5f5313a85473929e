"""Temperatures of parcels, decisions on a broken cold chain, and what a patient was promised."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, NUMBER, guard, needed, optional

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; what was promised before was the window, told without a column."""
    _reading()
    _breach_decision()
    op.add_column("delivery_order", *optional(INSTANT, "promised_until"))


def _reading() -> None:
    op.create_table(
        "reading",
        *needed(NUMBER, "id"),
        *needed(sa.Uuid, "order_id", "prescription_id"),
        *needed(INSTANT, "at"),
        *needed(sa.Integer, "temperature_dc"),
        *needed(sa.String, "source", "logger", "file_sha256", "courier_code", "by"),
        *needed(INSTANT, "noted_at"),
        sa.PrimaryKeyConstraint("id", name="reading_pkey"),
        sa.ForeignKeyConstraint(
            ["order_id"], ["delivery_order.id"], name="reading_order_id_fkey"
        ),
        sa.ForeignKeyConstraint(
            ["prescription_id"],
            ["prescription.id"],
            name="reading_prescription_id_fkey",
        ),
        sa.UniqueConstraint("order_id", "source", "logger", "at", name="reading_once"),
        sa.CheckConstraint(
            "source IN ('packing', 'pickup', 'box', 'door', 'logger')",
            name="reading_source",
        ),
        sa.CheckConstraint(
            "(source = 'logger') = (logger <> '')", name="reading_of_logger"
        ),
        sa.CheckConstraint(
            "temperature_dc BETWEEN -400 AND 600", name="reading_temperature"
        ),
    )
    op.create_index("reading_of_order", "reading", ["order_id", "at"])
    guard("reading")


def _breach_decision() -> None:
    op.create_table(
        "breach_decision",
        *needed(sa.Uuid, "id", "order_id", "prescription_id"),
        *needed(sa.String, "outlet_code", "verdict"),
        *needed(sa.String, "pharmacist_code", "pharmacist_name", "reason"),
        *needed(sa.JSON, "figures"),
        *needed(sa.String, "by"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="breach_decision_pkey"),
        sa.ForeignKeyConstraint(
            ["order_id"], ["delivery_order.id"], name="breach_decision_order_id_fkey"
        ),
        sa.ForeignKeyConstraint(
            ["prescription_id"],
            ["prescription.id"],
            name="breach_decision_prescription_id_fkey",
        ),
        sa.CheckConstraint(
            "verdict IN ('release', 'return', 'destroy')", name="breach_verdict"
        ),
    )
    op.create_index("ix_breach_decision_order_id", "breach_decision", ["order_id"])
    op.create_index("breach_at_outlet", "breach_decision", ["outlet_code", "at"])
    guard("breach_decision")
