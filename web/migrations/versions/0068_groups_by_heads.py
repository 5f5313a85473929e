"""Groups paid by heads: institutions, contracts, what was entered, booked and cleared."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, NUMBER, changing, guard, needed, optional

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

STAGES = (
    *("advance", "settle", "clear", "contract", "deduct"),
    *("share", "rest", "retain", "revolve", "return"),
)


def upgrade() -> None:
    """Create the tables, and let a clearing wait for a second officer."""
    _groups()
    _entries()
    _bookings()
    _clearings()
    with changing("proposal") as batch:
        batch.drop_constraint("proposal_kind", type_="check")
        batch.create_check_constraint(
            "proposal_kind",
            "kind IN ('designation', 'settlement', 'people', 'overlay', 'case',"
            " 'clearing')",
        )
    guard("proposal")


def _whose() -> tuple[sa.Column[str], ...]:
    return (
        sa.Column("place", sa.String(4), nullable=False),
        sa.Column("group_code", sa.String(20), nullable=False),
    )


def _groups() -> None:
    op.create_table(
        "group_act",
        *needed(NUMBER, "id"),
        *needed(sa.Uuid, "key"),
        *_whose(),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("level", sa.String(12), nullable=False),
        sa.Column("above", sa.String(20), nullable=False),
        *needed(sa.Date, "on"),
        *needed(sa.String, "document", "by", "role"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="group_act_pkey"),
        sa.UniqueConstraint("key", name="group_act_key_key"),
        sa.CheckConstraint(
            "level IN ('village', 'township', 'county')", name="group_act_level"
        ),
        sa.CheckConstraint("kind IN ('joined', 'left')", name="group_act_kind"),
    )
    op.create_index("ix_group_act_group_code", "group_act", ["group_code"])
    guard("group_act")
    op.create_table(
        "family_contract",
        *needed(NUMBER, "id"),
        *needed(sa.Uuid, "batch"),
        sa.Column("place", sa.String(4), nullable=False),
        sa.Column("head_no", sa.String(10), nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        *needed(sa.Boolean, "signed"),
        *needed(sa.Date, "on"),
        *needed(sa.String, "document", "by", "role"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="family_contract_pkey"),
        sa.UniqueConstraint("batch", "head_no", name="family_contract_once"),
    )
    of = ["place", "head_no", "on"]
    op.create_index("family_contract_of", "family_contract", of)
    guard("family_contract")


def _entries() -> None:
    op.create_table(
        "clearing_entry",
        *needed(NUMBER, "id"),
        *needed(sa.Uuid, "key"),
        *_whose(),
        *needed(sa.Integer, "year"),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("ref", sa.String(80), nullable=False),
        *needed(sa.BigInteger, "part"),
        *optional(sa.BigInteger, "of"),
        *needed(sa.String, "document", "by", "role"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="clearing_entry_pkey"),
        sa.UniqueConstraint("key", name="clearing_entry_key_key"),
        sa.CheckConstraint(
            'part >= 0 AND ("of" IS NULL OR "of" > 0)', name="entry_counts"
        ),
    )
    of = ["place", "group_code", "year"]
    op.create_index("clearing_entry_of", "clearing_entry", of)
    guard("clearing_entry")


def _bookings() -> None:
    op.create_table(
        "group_booking",
        *needed(NUMBER, "id"),
        *needed(sa.Uuid, "key"),
        *_whose(),
        *needed(sa.Integer, "year", "turn"),
        sa.Column("stage", sa.String(10), nullable=False),
        sa.Column("period", sa.String(4), nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        *needed(sa.BigInteger, "amount_fen"),
        *optional(sa.Integer, "number", "undoes"),
        *needed(sa.String, "document", "by", "role"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="group_booking_pkey"),
        sa.UniqueConstraint("key", name="group_booking_key_key"),
        sa.UniqueConstraint("undoes", name="group_booking_undoes_key"),
        sa.UniqueConstraint(
            "place", "group_code", "year", "turn", name="group_booking_turn"
        ),
        sa.CheckConstraint(f"stage IN {STAGES!r}", name="group_booking_stage"),
        sa.CheckConstraint("amount_fen <> 0", name="group_booking_amount"),
    )
    guard("group_booking")


def _clearings() -> None:
    op.create_table(
        "clearing",
        *needed(NUMBER, "id"),
        sa.Column("place", sa.String(4), nullable=False),
        sa.Column("region", sa.String(32), nullable=False),
        sa.Column("group_code", sa.String(20), nullable=False),
        *needed(sa.Integer, "year", "number"),
        *needed(sa.String, "text"),
        sa.Column("sha256", sa.String(64), nullable=False),
        *needed(sa.BigInteger, "surplus_fen", "paid_fen", "pool_fen"),
        *needed(sa.Uuid, "proposal_id"),
        *needed(sa.String, "reason", "by", "approved_by"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="clearing_pkey"),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name="clearing_proposal_id_fkey"
        ),
        sa.UniqueConstraint(
            *("place", "group_code", "year", "number"), name="clearing_number"
        ),
        sa.UniqueConstraint("proposal_id", name="clearing_once"),
        sa.CheckConstraint("number > 0", name="clearing_counts"),
    )
    guard("clearing")
