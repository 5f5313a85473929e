"""The tables of delivery orders, hand-overs and who read what."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed, optional, where


def create() -> None:
    """Create them, each after those that it refers to."""
    _read_log()
    _delivery_order()
    _handover()


def _read_log() -> None:
    op.create_table(
        "read_log",
        *needed(sa.Integer, "id"),
        *needed(sa.String, "person_no", "user", "role", "purpose"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="read_log_pkey"),
    )
    op.create_index("ix_read_log_person_no", "read_log", ["person_no"])
    guard("read_log")


def _delivery_order() -> None:
    op.create_table(
        "delivery_order",
        *needed(sa.Uuid, "id", "prescription_id"),
        *needed(
            sa.String,
            "outlet_code",
            "carrier_code",
            "area",
            "address_sealed",
            "phone_sealed",
        ),
        *needed(sa.Float, "lon", "lat"),
        *needed(sa.String, "storage"),
        *needed(INSTANT, "window_opens", "window_closes"),
        *needed(sa.String, "state"),
        *needed(INSTANT, "placed_at"),
        *optional(INSTANT, "packed_at", "ended_at"),
        *needed(sa.Integer, "attempts"),
        sa.PrimaryKeyConstraint("id", name="delivery_order_pkey"),
        sa.ForeignKeyConstraint(
            ["prescription_id"],
            ["prescription.id"],
            name="delivery_order_prescription_id_fkey",
        ),
        sa.CheckConstraint("window_opens < window_closes", name="order_window"),
        sa.CheckConstraint("storage IN ('ambient', 'cold')", name="order_storage"),
        sa.CheckConstraint(
            "state IN ('placed', 'packed', 'planned', 'out', 'handed_over', "
            "'returned', 'cancelled')",
            name="order_state",
        ),
    )
    op.create_index(
        "ix_delivery_order_carrier_code", "delivery_order", ["carrier_code"]
    )
    op.create_index("ix_delivery_order_outlet_code", "delivery_order", ["outlet_code"])
    op.create_index(
        "ix_delivery_order_prescription_id", "delivery_order", ["prescription_id"]
    )
    op.create_index(
        "ix_delivery_order_window_opens", "delivery_order", ["window_opens"]
    )
    op.create_index(
        "order_live",
        "delivery_order",
        ["prescription_id"],
        unique=True,
        **where("state NOT IN ('returned', 'cancelled')"),
    )


def _handover() -> None:
    op.create_table(
        "handover",
        *needed(sa.Uuid, "prescription_id"),
        *needed(sa.String, "receiver"),
        *optional(sa.String, "proxy_name", "proxy_id_sealed"),
        *optional(sa.Integer, "temperature_dc"),
        *needed(sa.String, "by"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("prescription_id", name="handover_pkey"),
        sa.ForeignKeyConstraint(
            ["prescription_id"],
            ["prescription.id"],
            name="handover_prescription_id_fkey",
        ),
    )
