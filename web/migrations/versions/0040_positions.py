"""Positions, feeds of them, what the dispatcher's desk was told, its cases; codes renewed."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import (
    INSTANT,
    NUMBER,
    changing,
    guard,
    needed,
    optional,
    where,
)

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the road, and count the issues of a hand-over code."""
    _positions()
    _feeds()
    _acts()
    _cases()
    with changing("wrong_code") as batch:
        batch.add_column(
            sa.Column("issue", sa.Integer, nullable=False, server_default="1")
        )


def _positions() -> None:
    op.create_table(
        "position",
        sa.Column("id", NUMBER, nullable=False),
        *needed(sa.String, "courier_code"),
        *needed(sa.Uuid, "route_id"),
        *needed(INSTANT, "at", "heard_at"),
        *needed(sa.Float, "lon", "lat"),
        *optional(sa.Float, "accuracy_m", "speed_mps"),
        sa.PrimaryKeyConstraint("id", name="position_pkey"),
        sa.UniqueConstraint("courier_code", "at", name="position_once"),
        sqlite_autoincrement=True,
    )
    for column in ("route_id", "at"):
        op.create_index(f"ix_position_{column}", "position", [column])
    op.create_table(
        "last_position",
        *needed(sa.String, "courier_code"),
        *needed(sa.Uuid, "route_id"),
        *needed(INSTANT, "at", "heard_at"),
        *needed(sa.Float, "lon", "lat"),
        *optional(sa.Float, "accuracy_m", "speed_mps"),
        *needed(sa.Float, "anchor_lon", "anchor_lat"),
        *needed(INSTANT, "still_since"),
        *optional(INSTANT, "off_since"),
        sa.PrimaryKeyConstraint("courier_code", name="last_position_pkey"),
    )
    op.create_table(
        "position_aside",
        *needed(sa.String, "courier_code"),
        *needed(sa.Date, "day"),
        *needed(sa.String, "why"),
        *needed(sa.Integer, "fixes"),
        sa.PrimaryKeyConstraint(
            "courier_code", "day", "why", name="position_aside_pkey"
        ),
        sa.CheckConstraint("fixes > 0", name="position_aside_fixes"),
    )


def _feeds() -> None:
    op.create_table(
        "feed_key",
        *needed(sa.Uuid, "id"),
        *needed(sa.String, "carrier_code", "digest"),
        *needed(INSTANT, "made_at"),
        *needed(sa.String, "made_by"),
        *optional(INSTANT, "ended_at"),
        sa.PrimaryKeyConstraint("id", name="feed_key_pkey"),
        sa.UniqueConstraint("digest", name="feed_key_digest_key"),
    )
    op.create_index("ix_feed_key_carrier_code", "feed_key", ["carrier_code"])
    op.create_table(
        "feed_device",
        *needed(sa.String, "carrier_code", "device", "courier_code"),
        sa.PrimaryKeyConstraint("carrier_code", "device", name="feed_device_pkey"),
    )


def _acts() -> None:
    op.create_table(
        "desk_act",
        sa.Column("id", NUMBER, nullable=False),
        *needed(sa.Uuid, "subject"),
        *needed(sa.String, "about", "act", "kind", "carrier_code", "courier_code"),
        *needed(sa.Uuid, "route_id"),
        *optional(sa.Uuid, "order_id"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by"),
        *needed(sa.JSON, "detail"),
        sa.PrimaryKeyConstraint("id", name="desk_act_pkey"),
        sa.CheckConstraint("about IN ('alert', 'case')", name="desk_act_about"),
    )
    for column in ("subject", "order_id", "at"):
        op.create_index(f"ix_desk_act_{column}", "desk_act", [column])
    op.create_index("desk_act_of_firm", "desk_act", ["carrier_code", "at"])
    once = where("about = 'alert'")
    op.create_index(
        "desk_act_once", "desk_act", ["subject", "act"], unique=True, **once
    )
    guard("desk_act")


def _cases() -> None:
    op.create_table(
        "desk_case",
        *needed(sa.Uuid, "id"),
        *needed(sa.String, "carrier_code", "courier_code"),
        *needed(sa.Uuid, "route_id"),
        *optional(sa.Uuid, "order_id"),
        *needed(sa.String, "kind", "state"),
        *optional(sa.String, "way", "holder"),
        *needed(INSTANT, "opened_at"),
        *optional(INSTANT, "ended_at"),
        sa.PrimaryKeyConstraint("id", name="desk_case_pkey"),
        sa.CheckConstraint(
            "state IN ('open', 'ending', 'ended')", name="desk_case_state"
        ),
        sa.CheckConstraint("(state = 'open') = (way IS NULL)", name="desk_case_way"),
    )
    for column in ("courier_code", "order_id"):
        op.create_index(f"ix_desk_case_{column}", "desk_case", [column])
    still = where("state <> 'ended'")
    op.create_index("desk_case_open", "desk_case", ["order_id"], unique=True, **still)
    op.create_index(
        "desk_case_of_firm", "desk_case", ["carrier_code", "state", "opened_at"]
    )
