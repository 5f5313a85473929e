"""Stock movements, reconciliation of days, till files and closed days."""

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

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_GUARDED = (
    "stock_movement",
    "till_file",
    "till_file_line",
    "reconcile_run",
    "reconcile_total",
    "reconcile_difference",
    "reconcile_found",
    "reconcile_event",
    "closed_day",
)
_SOLD_BEFORE = """
INSERT INTO stock_movement (outlet_code, medicine_code, batch, quantity, kind,
  settlement_id, line_no, "on", at, "by", reason)
SELECT s.outlet_code, line.medicine_code, '', -line.quantity, 'sold', s.id, line.no,
  s."on", s.opened_at, s."by", ''
  FROM settlement AS s
  JOIN prescription_line AS line ON line.prescription_id = s.prescription_id
 WHERE s.state IN ('posted', 'reversing', 'reversed')
 ORDER BY s.opened_at, s.id, line.no
"""
_RETURNED_BEFORE = """
INSERT INTO stock_movement (outlet_code, medicine_code, batch, quantity, kind,
  settlement_id, line_no, "on", at, "by", reason)
SELECT s.outlet_code, line.medicine_code, '', line.quantity, 'sale_returned', s.id,
  line.no, back."on", back.at, back."by", coalesce(s.reversal_reason, '')
  FROM settlement AS s
  JOIN prescription_line AS line ON line.prescription_id = s.prescription_id
  JOIN ledger AS back ON back.id = (
    SELECT min(id) FROM ledger
     WHERE settlement_id = s.id AND entry = 'reverse')
 WHERE s.state = 'reversed'
 ORDER BY back.id, line.no
"""


def upgrade() -> None:
    """Tell what settlements have sold so far; no day is closed yet."""
    _stock()
    _till_files()
    _runs()
    _differences()
    _closed_days()
    for table in _GUARDED:
        guard(table)


def _stock() -> None:
    op.create_table(
        "stock_movement",
        *needed(NUMBER, "id"),
        *needed(sa.String, "outlet_code", "medicine_code", "batch"),
        *needed(sa.Integer, "quantity"),
        *needed(sa.String, "kind"),
        *optional(sa.Uuid, "settlement_id"),
        *optional(sa.Integer, "line_no"),
        *optional(sa.Uuid, "difference_id"),
        *needed(sa.Date, "on"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by", "reason"),
        sa.PrimaryKeyConstraint("id", name="stock_movement_pkey"),
        _refers("stock_movement", "outlet_code", "outlet.code"),
        _refers("stock_movement", "medicine_code", "medicine.code"),
        *_stock_checks(),
    )
    for name, columns, condition in (
        (
            "stock_moved_once",
            ["settlement_id", "line_no", "kind"],
            "settlement_id IS NOT NULL AND difference_id IS NULL",
        ),
        (
            "stock_corrected_once",
            ["settlement_id", "line_no", "difference_id"],
            "difference_id IS NOT NULL",
        ),
    ):
        op.create_index(
            name, "stock_movement", columns, unique=True, **where(condition)
        )
    op.create_index("stock_of_outlet", "stock_movement", ["outlet_code", "on"])
    op.execute(_SOLD_BEFORE)
    op.execute(_RETURNED_BEFORE)


def _stock_checks() -> tuple[sa.CheckConstraint, ...]:
    return (
        sa.CheckConstraint(
            "kind IN ('received', 'sold', 'sale_returned', 'counted', 'written_off')",
            name="stock_movement_kind",
        ),
        sa.CheckConstraint(
            "quantity <> 0 AND (kind = 'counted'"
            " OR (quantity < 0) = (kind IN ('sold', 'written_off')))",
            name="stock_movement_sign",
        ),
        sa.CheckConstraint(
            "(kind IN ('sold', 'sale_returned')) ="
            " (settlement_id IS NOT NULL AND line_no IS NOT NULL)",
            name="stock_movement_of_settlement",
        ),
    )


def _till_files() -> None:
    op.create_table(
        "till_file",
        *needed(NUMBER, "id"),
        *needed(sa.String, "outlet_code"),
        *needed(sa.Date, "day"),
        *needed(sa.String, "sha256"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by"),
        sa.PrimaryKeyConstraint("id", name="till_file_pkey"),
    )
    op.create_index("till_file_of_day", "till_file", ["outlet_code", "day"])
    op.create_table(
        "till_file_line",
        *needed(sa.BigInteger, "file_id"),
        *needed(sa.Integer, "line_no"),
        *needed(sa.String, "msgid", "method"),
        *needed(sa.BigInteger, "amount_fen"),
        sa.PrimaryKeyConstraint("file_id", "line_no", name="till_file_line_pkey"),
        _refers("till_file_line", "file_id", "till_file.id"),
    )


def _runs() -> None:
    op.create_table(
        "reconcile_run",
        *needed(NUMBER, "id"),
        *needed(sa.String, "outlet_code"),
        *needed(sa.Date, "day"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by", "result", "digest"),
        *optional(sa.BigInteger, "till_file_id"),
        sa.PrimaryKeyConstraint("id", name="reconcile_run_pkey"),
        _refers("reconcile_run", "till_file_id", "till_file.id"),
        sa.CheckConstraint(
            "result IN ('equal', 'differs', 'unanswered')", name="reconcile_run_result"
        ),
    )
    op.create_index("ix_reconcile_run_day", "reconcile_run", ["day"])
    op.create_index("reconcile_run_of_day", "reconcile_run", ["outlet_code", "day"])
    sides = [f"{side}_{sum_}" for side in ("ours", "theirs") for sum_ in _SUMS]
    op.create_table(
        "reconcile_total",
        *needed(sa.BigInteger, "run_id"),
        *needed(sa.String, "scheme", "verdict"),
        *needed(sa.Integer, "ours_count", "theirs_count"),
        *needed(sa.BigInteger, *sides),
        sa.PrimaryKeyConstraint("run_id", "scheme", name="reconcile_total_pkey"),
        _refers("reconcile_total", "run_id", "reconcile_run.id"),
    )


_SUMS = ("total_fen", "fund_fen", "account_fen")


def _differences() -> None:
    op.create_table(
        "reconcile_difference",
        *needed(sa.Uuid, "id"),
        *needed(sa.Date, "day"),
        *needed(sa.String, "outlet_code", "kind", "event_kind", "event_id"),
        *optional(sa.String, "msgid"),
        *needed(sa.BigInteger, "ours", "theirs"),
        *needed(sa.String, "detail"),
        *needed(INSTANT, "found_at"),
        sa.PrimaryKeyConstraint("id", name="reconcile_difference_pkey"),
        sa.UniqueConstraint(
            *("day", "outlet_code", "kind", "event_kind", "event_id"),
            *("ours", "theirs"),
            name="reconcile_difference_once",
        ),
    )
    op.create_table(
        "reconcile_found",
        *needed(sa.BigInteger, "run_id"),
        *needed(sa.Uuid, "difference_id"),
        sa.PrimaryKeyConstraint("run_id", "difference_id", name="reconcile_found_pkey"),
        _refers("reconcile_found", "run_id", "reconcile_run.id"),
        _refers("reconcile_found", "difference_id", "reconcile_difference.id"),
    )
    op.create_index(
        "ix_reconcile_found_difference_id", "reconcile_found", ["difference_id"]
    )
    op.create_table(
        "reconcile_event",
        *needed(NUMBER, "id"),
        *needed(sa.Uuid, "difference_id"),
        *needed(sa.String, "outlet_code", "kind", "reason", "outcome"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by"),
        sa.PrimaryKeyConstraint("id", name="reconcile_event_pkey"),
        _refers("reconcile_event", "difference_id", "reconcile_difference.id"),
        sa.CheckConstraint(
            "kind IN ('query', 'retry', 'reverse', 'book')", name="reconcile_event_kind"
        ),
        sa.CheckConstraint(
            "kind <> 'book' OR reason <> ''", name="reconcile_event_why"
        ),
    )
    op.create_index(
        "ix_reconcile_event_difference_id", "reconcile_event", ["difference_id"]
    )
    op.create_index(
        "reconcile_booked_once",
        "reconcile_event",
        ["difference_id"],
        unique=True,
        **where("kind = 'book'"),
    )


def _closed_days() -> None:
    op.create_table(
        "closed_day",
        *needed(sa.Uuid, "id"),
        *needed(sa.String, "outlet_code"),
        *needed(sa.Date, "day"),
        *needed(sa.BigInteger, "run_id"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by"),
        sa.PrimaryKeyConstraint("id", name="closed_day_pkey"),
        _refers("closed_day", "run_id", "reconcile_run.id"),
        sa.UniqueConstraint("outlet_code", "day", name="closed_day_once"),
    )
    with changing("message_number") as batch:
        batch.add_column(sa.Column("closed_until", sa.Date, nullable=True))


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=f"{table}_{column}_fkey")
