"""The tables of settlements: ledger, numbers, codes and packs."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed, optional, where


def create() -> None:
    """Create them, each after those that it refers to."""
    _message_number()
    _spent_code()
    _settlement()
    _ledger()
    _trace_sale()


def _message_number() -> None:
    op.create_table(
        "message_number",
        *needed(sa.String, "outlet_code"),
        *needed(sa.BigInteger, "last"),
        sa.PrimaryKeyConstraint("outlet_code", name="message_number_pkey"),
    )


def _spent_code() -> None:
    op.create_table(
        "spent_code",
        *needed(sa.String, "nonce"),
        *needed(sa.Uuid, "prescription_id"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("nonce", name="spent_code_pkey"),
    )


def _settlement() -> None:
    op.create_table(
        "settlement",
        *needed(sa.Uuid, "id", "prescription_id", "assessment_id"),
        *needed(sa.String, "person_no", "outlet_code", "msgid"),
        *needed(sa.Integer, "year"),
        *needed(sa.Date, "on"),
        *needed(sa.String, "state", "voucher", "tender"),
        *optional(sa.String, "override"),
        *needed(
            sa.BigInteger,
            "total_fen",
            "own_paid_fen",
            "over_standard_fen",
            "self_pay_fen",
            "in_scope_fen",
            "deductible_fen",
            "fund_fen",
            "account_fen",
            "cash_fen",
        ),
        *optional(sa.String, "receipt"),
        *needed(sa.Boolean, "barred"),
        *needed(sa.String, "by"),
        *needed(INSTANT, "opened_at", "changed_at"),
        *optional(sa.String, "reversal_reason"),
        sa.PrimaryKeyConstraint("id", name="settlement_pkey"),
        sa.UniqueConstraint("msgid", name="settlement_msgid_key"),
        sa.ForeignKeyConstraint(
            ["prescription_id"],
            ["prescription.id"],
            name="settlement_prescription_id_fkey",
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name="settlement_assessment_id_fkey"
        ),
        sa.ForeignKeyConstraint(
            ["person_no"], ["person.person_no"], name="settlement_person_no_fkey"
        ),
        *_settlement_checks(),
    )
    op.create_index("ix_settlement_on", "settlement", ["on"])
    op.create_index("ix_settlement_outlet_code", "settlement", ["outlet_code"])
    op.create_index("ix_settlement_person_no", "settlement", ["person_no"])
    op.create_index("ix_settlement_prescription_id", "settlement", ["prescription_id"])
    op.create_index(
        "settlement_live",
        "settlement",
        ["prescription_id"],
        unique=True,
        **where("state IN ('pending', 'unknown', 'posted', 'reversing')"),
    )


def _settlement_checks() -> Iterator[sa.CheckConstraint]:
    yield sa.CheckConstraint(
        "fund_fen + account_fen + cash_fen = total_fen", name="settlement_adds_up"
    )
    yield sa.CheckConstraint(
        "own_paid_fen + over_standard_fen + self_pay_fen + in_scope_fen = total_fen",
        name="settlement_parts_add_up",
    )
    yield sa.CheckConstraint(
        "fund_fen >= 0 AND account_fen >= 0 AND cash_fen >= 0 AND deductible_fen >= 0",
        name="settlement_not_negative",
    )
    yield sa.CheckConstraint(
        "state IN ('pending', 'unknown', 'posted', 'void', 'reversing', 'reversed')",
        name="settlement_state",
    )


def _ledger() -> None:
    op.create_table(
        "ledger",
        *needed(sa.Integer, "id"),
        *needed(sa.Uuid, "settlement_id"),
        *needed(sa.String, "entry", "account"),
        *needed(sa.BigInteger, "amount_fen"),
        *needed(sa.String, "person_no", "outlet_code"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="ledger_pkey"),
        sa.UniqueConstraint("settlement_id", "entry", "account", name="ledger_once"),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlement.id"], name="ledger_settlement_id_fkey"
        ),
        sa.CheckConstraint(
            "account IN ('fund', 'personal_account', 'cash', 'sales')",
            name="ledger_account",
        ),
        sa.CheckConstraint("entry IN ('post', 'reverse')", name="ledger_entry"),
    )
    op.create_index("ix_ledger_outlet_code", "ledger", ["outlet_code"])
    op.create_index("ix_ledger_person_no", "ledger", ["person_no"])
    guard("ledger")


def _trace_sale() -> None:
    op.create_table(
        "trace_sale",
        *needed(sa.Integer, "id"),
        *needed(sa.String, "code"),
        *needed(sa.Uuid, "settlement_id"),
        *needed(sa.Integer, "line_no"),
        *optional(INSTANT, "returned_at"),
        sa.PrimaryKeyConstraint("id", name="trace_sale_pkey"),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlement.id"], name="trace_sale_settlement_id_fkey"
        ),
    )
    op.create_index("ix_trace_sale_settlement_id", "trace_sale", ["settlement_id"])
    op.create_index(
        "trace_sold_once",
        "trace_sale",
        ["code"],
        unique=True,
        **where("returned_at IS NULL"),
    )
