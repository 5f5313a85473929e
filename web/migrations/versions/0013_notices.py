"""Notices to hospitals and pharmacies: subscriptions, events in order, deliveries."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed, optional, where

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_UNDELIVERED = "state IN ('waiting', 'dead')"


def upgrade() -> None:
    """Create the tables; who subscribes is told what is recorded from then on."""
    _subscription()
    _subscription_event()
    _outbox()
    _notice()


def _key(table: str, column: str, to: str, key: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.{key}"], name=f"{table}_{column}_fkey"
    )


def _subscription() -> None:
    op.create_table(
        "subscription",
        *needed(sa.Uuid, "id"),
        *needed(sa.String, "outlet_code", "url"),
        *needed(sa.JSON, "kinds"),
        *needed(sa.String, "signature", "secret_sealed", "state"),
        *optional(sa.String, "old_secret_sealed"),
        *needed(sa.BigInteger, "after_record"),
        *needed(sa.Integer, "failures"),
        *optional(
            INSTANT,
            "old_secret_until",
            "failing_since",
            "paused_until",
            "last_taken_at",
        ),
        *needed(INSTANT, "created_at"),
        sa.PrimaryKeyConstraint("id", name="subscription_pkey"),
        sa.CheckConstraint(
            "state IN ('active', 'disabled', 'gone', 'ended')",
            name="subscription_state",
        ),
        sa.CheckConstraint("signature IN ('v1', 'v1a')", name="subscription_signature"),
    )
    op.create_index("ix_subscription_outlet_code", "subscription", ["outlet_code"])


def _subscription_event() -> None:
    table = "subscription_event"
    op.create_table(
        table,
        *needed(sa.Integer, "id"),
        *needed(sa.Uuid, "subscription_id"),
        *needed(sa.String, "outlet_code"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "kind", "by", "detail"),
        sa.PrimaryKeyConstraint("id", name=f"{table}_pkey"),
        _key(table, "subscription_id", "subscription", "id"),
    )
    op.create_index(f"ix_{table}_subscription_id", table, ["subscription_id"])
    guard(table)


def _outbox() -> None:
    table = "outbox_event"
    op.create_table(
        table,
        sa.Column("no", sa.BigInteger, nullable=False, autoincrement=False),
        *needed(sa.BigInteger, "record_id"),
        *needed(sa.Integer, "event_id"),
        *needed(sa.Uuid, "prescription_id"),
        *needed(sa.Integer, "seq"),
        *needed(sa.String, "body"),
        *needed(INSTANT, "told_at"),
        sa.PrimaryKeyConstraint("no", name=f"{table}_pkey"),
        sa.UniqueConstraint("record_id", name=f"{table}_record_id_key"),
        sa.UniqueConstraint("event_id", name=f"{table}_event_id_key"),
        sa.UniqueConstraint("prescription_id", "seq", name="outbox_event_seq"),
        _key(table, "event_id", "prescription_event", "id"),
        _key(table, "prescription_id", "prescription", "id"),
    )
    op.create_table(
        "outbox_mark",
        *needed(sa.Integer, "id"),
        *needed(sa.BigInteger, "low_id", "mark_id", "mark_xid"),
        sa.PrimaryKeyConstraint("id", name="outbox_mark_pkey"),
    )


def _notice() -> None:
    op.create_table(
        "notice",
        *needed(sa.Uuid, "id", "subscription_id"),
        *needed(sa.BigInteger, "event_no"),
        *needed(sa.Uuid, "prescription_id"),
        *needed(sa.Integer, "seq"),
        *needed(sa.String, "kind", "state"),
        *needed(INSTANT, "made_at", "next_at"),
        *needed(sa.Integer, "tries"),
        *optional(INSTANT, "first_try_at"),
        *optional(sa.String, "lease"),
        *optional(INSTANT, "leased_until"),
        *optional(sa.Integer, "last_status"),
        *needed(sa.String, "last_error"),
        *optional(INSTANT, "ended_at"),
        sa.PrimaryKeyConstraint("id", name="notice_pkey"),
        sa.UniqueConstraint("subscription_id", "event_no", name="notice_once"),
        sa.CheckConstraint(
            "state IN ('waiting', 'delivered', 'dead', 'dropped')", name="notice_state"
        ),
        _key("notice", "subscription_id", "subscription", "id"),
        _key("notice", "event_no", "outbox_event", "no"),
    )
    op.create_index("ix_notice_ended_at", "notice", ["ended_at"])
    op.create_index(
        "notice_undelivered",
        "notice",
        ["subscription_id", "prescription_id", "seq"],
        **where(_UNDELIVERED),
    )
