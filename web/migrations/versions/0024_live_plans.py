"""Planning as a job, versions of a plan, locks, and what dispatchers did with a plan."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, changing, guard, needed, optional

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen the tables; what was planned before are first versions without locks."""
    _plan()
    with changing("route") as batch:
        batch.drop_constraint("route_state", type_="check")
        batch.create_check_constraint(
            "route_state", "state IN ('planned', 'out', 'done', 'replaced')"
        )
    with changing("stop") as batch:
        free = sa.Column(
            "locked", sa.Boolean, nullable=False, server_default=sa.false()
        )
        batch.add_column(free)
    with changing("stop") as batch:
        batch.alter_column("locked", server_default=None)
    _planning()
    _plan_act()


def _plan() -> None:
    with changing("plan") as batch:
        first = sa.Column("version", sa.Integer, nullable=False, server_default="1")
        batch.add_column(first)
        batch.add_column(sa.Column("base_id", sa.Uuid, nullable=True))
        for name in ("conditions", "figures"):
            empty = sa.Column(name, sa.JSON, nullable=False, server_default="{}")
            batch.add_column(empty)
        batch.create_foreign_key("plan_base_id_fkey", "plan", ["base_id"], ["id"])
        batch.drop_constraint("plan_state", type_="check")
        batch.create_check_constraint(
            "plan_state", "state IN ('draft', 'committed', 'superseded')"
        )
    with changing("plan") as batch:
        for name in ("version", "conditions", "figures"):
            batch.alter_column(name, server_default=None)
    op.create_index("ix_plan_base_id", "plan", ["base_id"])


def _planning() -> None:
    op.create_table(
        "planning",
        *needed(sa.Uuid, "id"),
        *needed(sa.String, "carrier_code"),
        *needed(sa.Date, "day"),
        *optional(sa.Uuid, "base_id"),
        *needed(sa.String, "state"),
        *needed(sa.JSON, "asked"),
        *needed(sa.String, "asked_by"),
        *needed(INSTANT, "asked_at"),
        *needed(sa.Integer, "seconds_max"),
        *optional(INSTANT, "began_at", "seen_at", "ended_at"),
        *optional(sa.String, "cancelled_by"),
        *optional(sa.Integer, "orders", "served"),
        *optional(sa.BigInteger, "cost_fen"),
        *optional(sa.Integer, "distance_m"),
        *needed(sa.Integer, "found"),
        *optional(sa.Integer, "first_ms"),
        *optional(sa.BigInteger, "first_cost_fen"),
        *optional(sa.JSON, "trouble"),
        sa.PrimaryKeyConstraint("id", name="planning_pkey"),
        sa.ForeignKeyConstraint(["base_id"], ["plan.id"], name="planning_base_id_fkey"),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'cancelled', 'failed')",
            name="planning_state",
        ),
    )
    op.create_index("ix_planning_carrier_code", "planning", ["carrier_code"])
    op.create_index("ix_planning_day", "planning", ["day"])


def _plan_act() -> None:
    op.create_table(
        "plan_act",
        sa.Column("id", sa.Integer, nullable=False),
        *needed(sa.Uuid, "plan_id"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by", "kind", "reason"),
        *needed(sa.JSON, "detail"),
        sa.PrimaryKeyConstraint("id", name="plan_act_pkey"),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="plan_act_plan_id_fkey"),
    )
    op.create_index("ix_plan_act_plan_id", "plan_act", ["plan_id"])
    guard("plan_act")
