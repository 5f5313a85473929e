"""Smart audit: thresholds, runs, alarms, samples, cases, recoveries and pledges."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, NUMBER, changing, guard, needed, optional

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

_ACCOUNTS = (
    "'fund', 'personal_account', 'mutual_aid', 'patient', 'receivable', 'due', 'cash',"
    " 'bank_card', 'mobile', 'courier', 'bank', 'difference', 'ordinary_fund',"
    " 'deductible', 'scope', 'clawback', 'elsewhere'"
)
_ENTRIES = (
    "'opening', 'post', 'reverse', 'tender', 'refund', 'hand_in', 'deposit',"
    " 'difference', 'recover'"
)


def upgrade() -> None:
    """Create the tables; let the ledger take back, and two people decide a case."""
    _runs()
    _samples()
    _cases()
    _recoveries()
    with changing("ledger") as batch:
        for side in ("debit", "credit"):
            batch.drop_constraint(f"ledger_{side}", type_="check")
            batch.create_check_constraint(f"ledger_{side}", f"{side} IN ({_ACCOUNTS})")
        batch.drop_constraint("ledger_entry", type_="check")
        batch.create_check_constraint("ledger_entry", f"entry IN ({_ENTRIES})")
    guard("ledger")
    with changing("proposal") as batch:
        batch.drop_constraint("proposal_kind", type_="check")
        batch.create_check_constraint(
            "proposal_kind",
            "kind IN ('designation', 'settlement', 'people', 'overlay', 'case')",
        )
    guard("proposal")
    for table in (
        *("smart_threshold", "smart_run", "smart_alarm", "smart_case"),
        *("smart_case_claim", "smart_turn", "smart_recovery", "smart_pledge"),
        *("smart_sample", "smart_sample_claim", "smart_finding"),
    ):
        guard(table)


def _runs() -> None:
    op.create_table(
        "smart_threshold",
        *needed(NUMBER, "id"),
        *needed(sa.String(4), "place"),
        *needed(sa.String(32), "rule", "name"),
        *needed(sa.BigInteger, "value"),
        *needed(sa.String, "reason", "by"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="smart_threshold_pkey"),
        sa.CheckConstraint("value >= 0", name="smart_threshold_value"),
    )
    op.create_index("ix_smart_threshold_place", "smart_threshold", ["place"])
    op.create_table(
        "smart_run",
        *needed(sa.Uuid, "id"),
        *needed(sa.String(4), "place"),
        *needed(sa.Date, "since", "until"),
        *needed(sa.BigInteger, "lines"),
        *needed(sa.Integer, "alarms"),
        *needed(sa.String, "unrun", "by"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="smart_run_pkey"),
    )
    op.create_index("ix_smart_run_place", "smart_run", ["place"])
    op.create_table(
        "smart_alarm",
        *needed(sa.String(16), "id"),
        *needed(sa.String(4), "place"),
        *needed(sa.Uuid, "run_id"),
        *needed(sa.String(32), "rule"),
        *needed(sa.String, "edition", "subject", "outlet_code"),
        *needed(sa.Date, "first_day", "last_day"),
        *needed(sa.BigInteger, "stake_fen"),
        *needed(sa.String, "facts", "evidence"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="smart_alarm_pkey"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["smart_run.id"], name="smart_alarm_run_id_fkey"
        ),
        sa.CheckConstraint("stake_fen >= 0", name="smart_alarm_stake"),
    )
    for column in ("place", "rule", "outlet_code"):
        op.create_index(f"ix_smart_alarm_{column}", "smart_alarm", [column])


def _samples() -> None:
    op.create_table(
        "smart_sample",
        *needed(sa.Uuid, "id"),
        *needed(sa.String(4), "place"),
        *needed(sa.Date, "since", "until"),
        *needed(sa.String(16), "way"),
        *needed(sa.BigInteger, "seed"),
        *needed(sa.Integer, "size", "claims"),
        *needed(sa.BigInteger, "fund_fen"),
        *needed(sa.String, "strata", "by"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="smart_sample_pkey"),
        sa.CheckConstraint(
            "way IN ('random', 'value', 'variance')", name="smart_sample_way"
        ),
    )
    op.create_index("ix_smart_sample_place", "smart_sample", ["place"])
    op.create_table(
        "smart_sample_claim",
        *needed(sa.Uuid, "sample_id"),
        *needed(sa.String, "claim", "outlet_code"),
        *needed(sa.BigInteger, "fund_fen"),
        *needed(sa.String, "stratum"),
        *needed(sa.Integer, "times"),
        sa.PrimaryKeyConstraint("sample_id", "claim", name="smart_sample_claim_pkey"),
        sa.ForeignKeyConstraint(
            ["sample_id"], ["smart_sample.id"], name="smart_sample_claim_sample_id_fkey"
        ),
        sa.CheckConstraint(
            "times > 0 AND fund_fen >= 0", name="smart_sample_claim_counts"
        ),
    )
    op.create_table(
        "smart_finding",
        *needed(NUMBER, "id"),
        *needed(sa.String(4), "place"),
        *needed(sa.Uuid, "sample_id"),
        *needed(sa.String, "claim"),
        *needed(sa.BigInteger, "wrong_fen"),
        *needed(sa.String, "words", "by"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="smart_finding_pkey"),
        sa.ForeignKeyConstraint(
            ["sample_id"], ["smart_sample.id"], name="smart_finding_sample_id_fkey"
        ),
        sa.UniqueConstraint("sample_id", "claim", name="smart_finding_once"),
        sa.CheckConstraint("wrong_fen >= 0", name="smart_finding_wrong"),
    )


def _cases() -> None:
    op.create_table(
        "smart_case",
        *needed(sa.Uuid, "id"),
        *needed(sa.String, "outlet_code"),
        *needed(sa.String(32), "rule"),
        *optional(sa.String(16), "alarm_id"),
        *optional(sa.Uuid, "sample_id"),
        *optional(sa.String, "sample_claim"),
        *needed(sa.BigInteger, "stake_fen"),
        *needed(sa.String, "words"),
        *needed(sa.Date, "answer_by"),
        *needed(sa.String, "by"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="smart_case_pkey"),
        sa.ForeignKeyConstraint(
            ["alarm_id"], ["smart_alarm.id"], name="smart_case_alarm_id_fkey"
        ),
        sa.ForeignKeyConstraint(
            ["sample_id"], ["smart_sample.id"], name="smart_case_sample_id_fkey"
        ),
        sa.UniqueConstraint("alarm_id", name="smart_case_of_alarm"),
        sa.UniqueConstraint("sample_id", "sample_claim", name="smart_case_of_sample"),
        sa.CheckConstraint(
            "(alarm_id IS NULL) <> (sample_id IS NULL)", name="smart_case_origin"
        ),
    )
    op.create_index("ix_smart_case_outlet_code", "smart_case", ["outlet_code"])
    op.create_table(
        "smart_case_claim",
        *needed(sa.Uuid, "case_id"),
        *needed(sa.String, "claim", "about"),
        *needed(sa.BigInteger, "fund_fen", "stake_fen"),
        sa.PrimaryKeyConstraint("case_id", "claim", name="smart_case_claim_pkey"),
        sa.ForeignKeyConstraint(
            ["case_id"], ["smart_case.id"], name="smart_case_claim_case_id_fkey"
        ),
        sa.UniqueConstraint("about", "claim", name="smart_case_claim_once"),
        sa.CheckConstraint(
            "stake_fen >= 0 AND stake_fen <= fund_fen", name="smart_case_claim_stake"
        ),
    )
    op.create_index("ix_smart_case_claim_claim", "smart_case_claim", ["claim"])
    _turns()


def _turns() -> None:
    op.create_table(
        "smart_turn",
        *needed(NUMBER, "id"),
        *needed(sa.Uuid, "case_id"),
        *needed(sa.String, "outlet_code"),
        *needed(sa.String(16), "kind"),
        *needed(sa.String, "role", "words"),
        *optional(sa.String, "outcome"),
        *needed(sa.BigInteger, "recover_fen"),
        *needed(sa.String, "by"),
        *optional(sa.String, "second"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="smart_turn_pkey"),
        sa.ForeignKeyConstraint(
            ["case_id"], ["smart_case.id"], name="smart_turn_case_id_fkey"
        ),
        sa.UniqueConstraint("case_id", "kind", name="smart_turn_once"),
        sa.CheckConstraint(
            "kind IN ('answered', 'decided', 'accepted', 'appealed', 'ruled', 'booked',"
            " 'published')",
            name="smart_turn_kind",
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('confirmed', 'partly', 'unfounded')",
            name="smart_turn_outcome",
        ),
        sa.CheckConstraint(
            "(kind IN ('decided', 'ruled')) = (outcome IS NOT NULL)",
            name="smart_turn_whole",
        ),
        sa.CheckConstraint("recover_fen >= 0", name="smart_turn_recover"),
    )
    op.create_index("ix_smart_turn_case_id", "smart_turn", ["case_id"])


def _recoveries() -> None:
    op.create_table(
        "smart_recovery",
        *needed(sa.Uuid, "case_id", "settlement_id"),
        *needed(sa.BigInteger, "amount_fen"),
        *needed(sa.String, "by"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("case_id", "settlement_id", name="smart_recovery_pkey"),
        sa.ForeignKeyConstraint(
            ["case_id"], ["smart_case.id"], name="smart_recovery_case_id_fkey"
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"],
            ["settlement.id"],
            name="smart_recovery_settlement_id_fkey",
        ),
        sa.CheckConstraint("amount_fen > 0", name="smart_recovery_amount"),
    )
    op.create_table(
        "smart_pledge",
        *needed(NUMBER, "id"),
        *needed(sa.String, "outlet_code"),
        *needed(sa.Integer, "version"),
        *needed(sa.String, "text"),
        *needed(sa.String(64), "sha256"),
        *needed(sa.String, "signer", "by"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="smart_pledge_pkey"),
        sa.UniqueConstraint("outlet_code", "version", name="smart_pledge_once"),
    )
    op.create_index("ix_smart_pledge_outlet_code", "smart_pledge", ["outlet_code"])
