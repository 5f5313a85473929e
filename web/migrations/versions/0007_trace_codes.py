"""Trace codes: their history, sale by the part, old stock without a code, and suspicions."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, changing, guard, needed, optional, where

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_SOLD_BEFORE = """
INSERT INTO trace_event (code, kind, parts, of_parts, settlement_id, line_no,
  outlet_code, at, "by", reason)
SELECT sale.code, 'sold', 1, 1, sale.settlement_id, sale.line_no,
  settlement.outlet_code, settlement.opened_at, settlement."by", ''
  FROM trace_sale AS sale JOIN settlement ON settlement.id = sale.settlement_id
 ORDER BY sale.id
"""
_RETURNED_BEFORE = """
INSERT INTO trace_event (code, kind, parts, of_parts, settlement_id, line_no,
  outlet_code, at, "by", reason)
SELECT sale.code, 'returned', 1, 1, sale.settlement_id, sale.line_no,
  settlement.outlet_code, sale.returned_at, settlement."by",
  coalesce(settlement.reversal_reason, 'void')
  FROM trace_sale AS sale JOIN settlement ON settlement.id = sale.settlement_id
 WHERE sale.returned_at IS NOT NULL ORDER BY sale.id
"""


def upgrade() -> None:
    """Make each pack sold so far one part of one; its history is told from its sale."""
    _parts()
    _history()
    _old_stock()
    _suspicions()


def _parts() -> None:
    with changing("medicine") as batch:
        batch.add_column(_one("pack_parts"))
    with changing("medicine") as batch:
        batch.alter_column("pack_parts", server_default=None)
        batch.create_check_constraint("medicine_parts", "pack_parts BETWEEN 1 AND 1000")
    op.drop_index("trace_sold_once", "trace_sale")
    with changing("trace_sale") as batch:
        batch.add_column(_one("part"))
        batch.add_column(_one("of_parts"))
    with changing("trace_sale") as batch:
        batch.alter_column("part", server_default=None)
        batch.alter_column("of_parts", server_default=None)
        batch.create_check_constraint("trace_sale_part", "part BETWEEN 1 AND of_parts")
    op.create_index(
        "trace_sold_once",
        "trace_sale",
        ["code", "part"],
        unique=True,
        **where("returned_at IS NULL"),
    )


def _one(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default="1")


def _history() -> None:
    op.create_table(
        "trace_event",
        *needed(sa.Integer, "id"),
        *needed(sa.String, "code", "kind"),
        *needed(sa.Integer, "parts", "of_parts"),
        *needed(sa.Uuid, "settlement_id"),
        *needed(sa.Integer, "line_no"),
        *needed(sa.String, "outlet_code"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by", "reason"),
        sa.PrimaryKeyConstraint("id", name="trace_event_pkey"),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlement.id"], name="trace_event_settlement_id_fkey"
        ),
        sa.CheckConstraint("kind IN ('sold', 'returned')", name="trace_event_kind"),
        sa.CheckConstraint("parts BETWEEN 1 AND of_parts", name="trace_event_parts"),
    )
    op.create_index("ix_trace_event_code", "trace_event", ["code"])
    op.execute(_SOLD_BEFORE)
    op.execute(_RETURNED_BEFORE)
    guard("trace_event")


def _old_stock() -> None:
    op.create_table(
        "no_code",
        *needed(sa.Uuid, "id"),
        *needed(sa.String, "medicine_code"),
        *optional(sa.String, "batch", "outlet_code"),
        *needed(sa.Date, "first_day", "last_day"),
        *needed(sa.String, "source"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by"),
        sa.PrimaryKeyConstraint("id", name="no_code_pkey"),
        sa.ForeignKeyConstraint(
            ["medicine_code"], ["medicine.code"], name="no_code_medicine_code_fkey"
        ),
        sa.ForeignKeyConstraint(
            ["outlet_code"], ["outlet.code"], name="no_code_outlet_code_fkey"
        ),
        sa.CheckConstraint("first_day <= last_day", name="no_code_days"),
        sa.CheckConstraint("source <> ''", name="no_code_source"),
    )
    op.create_index("ix_no_code_medicine_code", "no_code", ["medicine_code"])
    op.create_table(
        "no_code_end",
        *needed(sa.Uuid, "no_code_id"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by", "reason"),
        sa.PrimaryKeyConstraint("no_code_id", name="no_code_end_pkey"),
        sa.ForeignKeyConstraint(
            ["no_code_id"], ["no_code.id"], name="no_code_end_no_code_id_fkey"
        ),
    )
    op.create_table(
        "uncoded_sale",
        *needed(sa.Uuid, "settlement_id"),
        *needed(sa.Integer, "line_no", "no"),
        *needed(sa.String, "batch"),
        *needed(sa.Uuid, "no_code_id"),
        sa.PrimaryKeyConstraint(
            "settlement_id", "line_no", "no", name="uncoded_sale_pkey"
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"],
            ["settlement.id"],
            name="uncoded_sale_settlement_id_fkey",
        ),
        sa.ForeignKeyConstraint(
            ["no_code_id"], ["no_code.id"], name="uncoded_sale_no_code_id_fkey"
        ),
    )
    for table in ("no_code", "no_code_end", "uncoded_sale"):
        guard(table)


def _suspicions() -> None:
    op.create_table(
        "suspicion",
        *needed(sa.Uuid, "id"),
        *needed(sa.String, "code"),
        *needed(sa.Integer, "first_sale_id"),
        *needed(sa.Uuid, "first_settlement_id"),
        *needed(sa.String, "first_outlet_code"),
        *needed(INSTANT, "first_at"),
        *needed(sa.Uuid, "prescription_id"),
        *needed(sa.Integer, "line_no"),
        *needed(sa.String, "outlet_code"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by"),
        sa.PrimaryKeyConstraint("id", name="suspicion_pkey"),
        _refers("first_sale_id", "trace_sale"),
        _refers("first_settlement_id", "settlement"),
        _refers("prescription_id", "prescription"),
        sa.UniqueConstraint(
            "first_sale_id", "prescription_id", "outlet_code", name="suspicion_once"
        ),
    )
    op.create_index("ix_suspicion_at", "suspicion", ["at"])
    op.create_index("ix_suspicion_code", "suspicion", ["code"])
    op.create_table(
        "suspicion_event",
        *needed(sa.Integer, "id"),
        *needed(sa.Uuid, "suspicion_id"),
        *needed(sa.String, "kind"),
        *optional(sa.String, "finding"),
        *needed(sa.String, "reason"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by"),
        sa.PrimaryKeyConstraint("id", name="suspicion_event_pkey"),
        sa.ForeignKeyConstraint(
            ["suspicion_id"], ["suspicion.id"], name="suspicion_event_suspicion_id_fkey"
        ),
        sa.CheckConstraint(
            "kind IN ('again', 'resolved')", name="suspicion_event_kind"
        ),
    )
    op.create_index(
        "ix_suspicion_event_suspicion_id", "suspicion_event", ["suspicion_id"]
    )
    op.create_index(
        "suspicion_resolved_once",
        "suspicion_event",
        ["suspicion_id"],
        unique=True,
        **where("kind = 'resolved'"),
    )
    for table in ("suspicion", "suspicion_event"):
        guard(table)


def _refers(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{table}.id"], name=f"suspicion_{column}_fkey"
    )
