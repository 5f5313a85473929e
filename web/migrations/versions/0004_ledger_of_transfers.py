"""The ledger as transfers between accounts, closings of the till, and a relative who pays along."""

import sqlalchemy as sa
from alembic import op

from web.migrations import transfers
from web.migrations.steps import (
    INSTANT,
    NUMBER,
    changing,
    guard,
    needed,
    optional,
    unguard,
    where,
)

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ACCOUNTS = (
    "'fund', 'personal_account', 'mutual_aid', 'patient', 'receivable', 'due', 'cash',"
    " 'bank_card', 'mobile', 'courier', 'bank', 'difference', 'ordinary_fund',"
    " 'deductible', 'scope', 'elsewhere'"
)
_ENTRIES = (
    "'opening', 'post', 'reverse', 'tender', 'refund', 'hand_in', 'deposit',"
    " 'difference'"
)
_ONCE = "entry IN ('post', 'reverse')"


def upgrade() -> None:
    """Write each entry of the old ledger as the transfers that it stood for."""
    _family_aid()
    _settlement()
    _till_closing()
    op.execute("CREATE TEMPORARY TABLE ledger_before AS SELECT * FROM ledger")
    unguard("ledger")
    op.drop_table("ledger")
    _ledger()
    transfers.carry_over(op.get_bind())
    op.execute("DROP TABLE ledger_before")


def _family_aid() -> None:
    op.create_table(
        "family_aid",
        *needed(sa.Integer, "id"),
        *needed(sa.String, "person_no", "payer_no"),
        *needed(INSTANT, "since"),
        *optional(INSTANT, "until"),
        sa.PrimaryKeyConstraint("id", name="family_aid_pkey"),
        sa.ForeignKeyConstraint(
            ["person_no"], ["person.person_no"], name="family_aid_person_no_fkey"
        ),
        sa.ForeignKeyConstraint(
            ["payer_no"], ["person.person_no"], name="family_aid_payer_no_fkey"
        ),
        sa.CheckConstraint("person_no <> payer_no", name="family_aid_of_another"),
    )
    op.create_index("ix_family_aid_person_no", "family_aid", ["person_no"])
    op.create_index("ix_family_aid_payer_no", "family_aid", ["payer_no"])
    op.create_index(
        "family_aid_once",
        "family_aid",
        ["person_no"],
        unique=True,
        **where("until IS NULL"),
    )


def _settlement() -> None:
    nothing = sa.Column(
        "mutual_aid_fen", sa.BigInteger, nullable=False, server_default="0"
    )
    with changing("settlement") as batch:
        batch.add_column(nothing)
        batch.add_column(sa.Column("mutual_aid_payer", sa.String, nullable=True))
        batch.create_foreign_key(
            "settlement_mutual_aid_payer_fkey",
            "person",
            ["mutual_aid_payer"],
            ["person_no"],
        )
        for name in ("settlement_adds_up", "settlement_not_negative"):
            batch.drop_constraint(name, type_="check")
    with changing("settlement") as batch:
        batch.alter_column("mutual_aid_fen", server_default=None)
        batch.create_check_constraint(
            "settlement_adds_up",
            "fund_fen + account_fen + mutual_aid_fen + cash_fen = total_fen",
        )
        batch.create_check_constraint(
            "settlement_not_negative",
            "fund_fen >= 0 AND account_fen >= 0 AND mutual_aid_fen >= 0"
            " AND cash_fen >= 0 AND deductible_fen >= 0",
        )
        batch.create_check_constraint(
            "settlement_tender",
            "tender IN ('cash', 'bank_card', 'mobile', 'on_delivery')",
        )


def _till_closing() -> None:
    op.create_table(
        "till_closing",
        *needed(sa.Uuid, "id"),
        *needed(sa.String, "outlet_code"),
        *needed(sa.Date, "on"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by"),
        *needed(sa.BigInteger, "cash_expected_fen", "cash_counted_fen"),
        *needed(sa.BigInteger, "bank_card_expected_fen", "bank_card_counted_fen"),
        *needed(sa.BigInteger, "mobile_expected_fen", "mobile_counted_fen"),
        *needed(sa.String, "reason"),
        sa.PrimaryKeyConstraint("id", name="till_closing_pkey"),
    )
    op.create_index("ix_till_closing_outlet_code", "till_closing", ["outlet_code"])
    op.create_index("ix_till_closing_on", "till_closing", ["on"])
    guard("till_closing")


def _ledger() -> None:
    op.create_table(
        "ledger",
        *needed(NUMBER, "id"),
        *optional(sa.Uuid, "settlement_id", "closing_id"),
        *needed(sa.String, "entry", "debit", "credit"),
        *needed(sa.BigInteger, "amount_fen"),
        *optional(sa.String, "person_no", "outlet_code", "holder"),
        *needed(sa.Integer, "year"),
        *needed(sa.Date, "on"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by"),
        sa.PrimaryKeyConstraint("id", name="ledger_pkey"),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlement.id"], name="ledger_settlement_id_fkey"
        ),
        sa.ForeignKeyConstraint(
            ["closing_id"], ["till_closing.id"], name="ledger_closing_id_fkey"
        ),
        sa.CheckConstraint(f"debit IN ({_ACCOUNTS})", name="ledger_debit"),
        sa.CheckConstraint(f"credit IN ({_ACCOUNTS})", name="ledger_credit"),
        sa.CheckConstraint("debit <> credit", name="ledger_two_accounts"),
        sa.CheckConstraint(f"entry IN ({_ENTRIES})", name="ledger_entry"),
        sa.CheckConstraint(
            "amount_fen <> 0 AND (amount_fen < 0) = (entry IN ('reverse', 'refund'))",
            name="ledger_sign",
        ),
        sa.CheckConstraint(
            f"settlement_id IS NOT NULL OR NOT ({_ONCE})", name="ledger_of_settlement"
        ),
    )
    op.create_index("ix_ledger_settlement_id", "ledger", ["settlement_id"])
    op.create_index("ledger_of_outlet", "ledger", ["outlet_code", "on"])
    op.create_index("ledger_of_person", "ledger", ["person_no", "year"])
    op.create_index(
        "ledger_once",
        "ledger",
        ["settlement_id", "entry", "debit", "credit"],
        unique=True,
        **where(_ONCE),
    )
    guard("ledger")
