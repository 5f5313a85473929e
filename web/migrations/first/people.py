"""The tables of insured people: registrations, the year's allowance, supplies."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import needed, optional


def create() -> None:
    """Create them, each after those that it refers to."""
    _person()
    _allowance()
    _registration()
    _supply()


def _person() -> None:
    op.create_table(
        "person",
        *needed(
            sa.String,
            "person_no",
            "id_index",
            "id_sealed",
            "name",
            "phone_sealed",
            "address_sealed",
        ),
        *needed(sa.Date, "born_on"),
        *needed(sa.String, "scheme", "area"),
        *needed(sa.Boolean, "active"),
        *optional(sa.String, "away_filed"),
        *needed(sa.BigInteger, "account_fen", "account_reserved_fen"),
        *needed(sa.Float, "lon", "lat"),
        sa.PrimaryKeyConstraint("person_no", name="person_pkey"),
        sa.UniqueConstraint("id_index", name="person_id_index_key"),
        sa.CheckConstraint("scheme IN ('resident', 'employee')", name="person_scheme"),
        sa.CheckConstraint(
            "account_fen >= account_reserved_fen AND account_reserved_fen >= 0",
            name="person_account",
        ),
    )


def _allowance() -> None:
    op.create_table(
        "allowance",
        *needed(sa.String, "person_no"),
        *needed(sa.Integer, "year"),
        *needed(
            sa.BigInteger,
            "fund_fen",
            "fund_reserved_fen",
            "ordinary_fund_fen",
            "deductible_fen",
            "deductible_reserved_fen",
        ),
        sa.PrimaryKeyConstraint("person_no", "year", name="allowance_pkey"),
        sa.ForeignKeyConstraint(
            ["person_no"], ["person.person_no"], name="allowance_person_no_fkey"
        ),
        sa.CheckConstraint(
            "fund_fen >= 0 AND fund_reserved_fen >= 0 AND ordinary_fund_fen >= "
            "0 AND deductible_fen >= 0 AND deductible_reserved_fen >= 0",
            name="allowance_not_negative",
        ),
    )


def _registration() -> None:
    op.create_table(
        "registration",
        *needed(sa.String, "person_no", "disease", "kind"),
        *needed(sa.Date, "since"),
        sa.PrimaryKeyConstraint(
            "person_no", "disease", "kind", name="registration_pkey"
        ),
        sa.ForeignKeyConstraint(
            ["person_no"], ["person.person_no"], name="registration_person_no_fkey"
        ),
    )


def _supply() -> None:
    op.create_table(
        "supply",
        *needed(sa.Integer, "id"),
        *needed(sa.String, "person_no", "atc"),
        *needed(sa.Date, "on"),
        *needed(sa.Integer, "supply_days"),
        *optional(sa.Uuid, "settlement_id"),
        *needed(sa.Boolean, "taken_back"),
        sa.PrimaryKeyConstraint("id", name="supply_pkey"),
        sa.ForeignKeyConstraint(
            ["person_no"], ["person.person_no"], name="supply_person_no_fkey"
        ),
    )
    op.create_index("ix_supply_person_no", "supply", ["person_no"])
    op.create_index("ix_supply_settlement_id", "supply", ["settlement_id"])
