"""The tables of plans, routes, stops and what stays behind."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, needed, optional


def create() -> None:
    """Create them, each after those that it refers to."""
    _plan()
    _wrong_code()
    _route()
    _unserved()
    _stop()


def _plan() -> None:
    op.create_table(
        "plan",
        *needed(sa.Uuid, "id"),
        *needed(sa.String, "carrier_code"),
        *needed(sa.Date, "day"),
        *needed(sa.Time, "opens", "closes"),
        *needed(sa.String, "state"),
        *needed(sa.Integer, "seed", "seconds_max", "distance_m"),
        *needed(sa.BigInteger, "cost_fen"),
        *needed(INSTANT, "made_at"),
        sa.PrimaryKeyConstraint("id", name="plan_pkey"),
        sa.CheckConstraint("state IN ('draft', 'committed')", name="plan_state"),
        sa.CheckConstraint("opens < closes", name="plan_slice"),
    )
    op.create_index("ix_plan_carrier_code", "plan", ["carrier_code"])
    op.create_index("ix_plan_day", "plan", ["day"])


def _wrong_code() -> None:
    op.create_table(
        "wrong_code",
        *needed(sa.Uuid, "order_id"),
        *needed(sa.Integer, "tries"),
        sa.PrimaryKeyConstraint("order_id", name="wrong_code_pkey"),
    )


def _route() -> None:
    op.create_table(
        "route",
        *needed(sa.Uuid, "id", "plan_id"),
        *needed(sa.String, "courier_code", "state"),
        *needed(sa.Integer, "distance_m"),
        *needed(INSTANT, "leaves_at", "ends_at"),
        sa.PrimaryKeyConstraint("id", name="route_pkey"),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="route_plan_id_fkey"),
        sa.CheckConstraint("state IN ('planned', 'out', 'done')", name="route_state"),
    )
    op.create_index("ix_route_courier_code", "route", ["courier_code"])
    op.create_index("ix_route_plan_id", "route", ["plan_id"])


def _unserved() -> None:
    op.create_table(
        "unserved",
        *needed(sa.Uuid, "plan_id", "order_id"),
        *needed(sa.String, "reason", "detail"),
        *optional(sa.String, "remedy", "remedy_courier"),
        *needed(sa.Integer, "remedy_s"),
        sa.PrimaryKeyConstraint("plan_id", "order_id", name="unserved_pkey"),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="unserved_plan_id_fkey"),
    )


def _stop() -> None:
    op.create_table(
        "stop",
        *needed(sa.Uuid, "route_id"),
        *needed(sa.Integer, "no"),
        *needed(sa.String, "kind"),
        *optional(sa.Uuid, "order_id"),
        *needed(sa.Float, "lon", "lat"),
        *needed(INSTANT, "arrive_at", "start_at", "depart_at"),
        *needed(sa.Integer, "distance_m"),
        *optional(INSTANT, "done_at"),
        *optional(sa.String, "outcome"),
        *needed(sa.String, "detail"),
        sa.PrimaryKeyConstraint("route_id", "no", name="stop_pkey"),
        sa.ForeignKeyConstraint(["route_id"], ["route.id"], name="stop_route_id_fkey"),
        sa.CheckConstraint(
            "kind IN ('start', 'pickup', 'dropoff', 'end')", name="stop_kind"
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('picked_up', 'handed_over', "
            "'retry', 'return')",
            name="stop_outcome",
        ),
    )
    op.create_index("ix_stop_order_id", "stop", ["order_id"])
