"""Codes: who may act for whom, what was issued, shared, presented and spent."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import (
    INSTANT,
    changing,
    guard,
    needed,
    optional,
    where,
)

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; a code that was spent before was spent by its settlement."""
    _spent()
    _issued()
    _agents()
    _access()
    _presentations()


def _spent() -> None:
    with changing("spent_code") as batch:
        batch.alter_column("prescription_id", existing_type=sa.Uuid(), nullable=True)
        batch.add_column(
            sa.Column("purpose", sa.String, nullable=False, server_default="settle")
        )
        for column in optional(sa.String, "outlet_code", "operator", "agent_no"):
            batch.add_column(column)


def _issued() -> None:
    op.create_table(
        "issued_code",
        *needed(sa.String, "nonce", "person_no", "shown_by", "purpose"),
        *needed(INSTANT, "expires_at"),
        sa.PrimaryKeyConstraint("nonce", name="issued_code_pkey"),
        _of_person("issued_code"),
    )
    _index("issued_code", "person_no", "shown_by")


def _agents() -> None:
    op.create_table(
        "family_agent",
        *needed(sa.Integer, "id"),
        *needed(sa.String, "person_no", "agent_no"),
        *needed(INSTANT, "since"),
        *optional(INSTANT, "until"),
        sa.PrimaryKeyConstraint("id", name="family_agent_pkey"),
        _of_person("family_agent"),
        _of_person("family_agent", "agent_no"),
        sa.CheckConstraint("person_no <> agent_no", name="family_agent_is_another"),
    )
    _index("family_agent", "person_no", "agent_no")
    op.create_index(
        "family_agent_once",
        "family_agent",
        ["person_no", "agent_no"],
        unique=True,
        **where("until IS NULL"),
    )


def _access() -> None:
    op.create_table(
        "access_code",
        *needed(sa.Uuid, "id"),
        *needed(sa.String, "code_index", "person_no", "shared_with"),
        *optional(sa.String, "helper_name", "helper_phone_tail", "outlet_code"),
        *needed(INSTANT, "created_at", "expires_at"),
        *optional(INSTANT, "withdrawn_at"),
        *needed(sa.Integer, "helpers_refused"),
        sa.PrimaryKeyConstraint("id", name="access_code_pkey"),
        sa.UniqueConstraint("code_index", name="access_code_code_index_key"),
        _of_person("access_code"),
        sa.CheckConstraint(
            "shared_with IN ('bearer', 'helper', 'outlet')", name="access_code_shared"
        ),
        sa.CheckConstraint(
            "(shared_with = 'helper') = (helper_name IS NOT NULL)"
            " AND (shared_with = 'helper') = (helper_phone_tail IS NOT NULL)"
            " AND (shared_with = 'outlet') = (outlet_code IS NOT NULL)",
            name="access_code_whom",
        ),
    )
    _index("access_code", "person_no")
    op.create_table(
        "access_code_line",
        *needed(sa.Uuid, "access_code_id", "prescription_id"),
        sa.PrimaryKeyConstraint(
            "access_code_id", "prescription_id", name="access_code_line_pkey"
        ),
        _of("access_code_line", "access_code_id", "access_code"),
        _of("access_code_line", "prescription_id", "prescription"),
    )
    op.create_table(
        "access_event",
        *needed(sa.Integer, "id"),
        *needed(sa.Uuid, "access_code_id"),
        *needed(sa.String, "person_no"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "kind", "by"),
        *optional(sa.String, "outlet_code"),
        *needed(sa.String, "detail"),
        sa.PrimaryKeyConstraint("id", name="access_event_pkey"),
        _of("access_event", "access_code_id", "access_code"),
    )
    _index("access_event", "access_code_id", "person_no")
    guard("access_event")


def _presentations() -> None:
    op.create_table(
        "presentation",
        *needed(sa.Uuid, "id"),
        *needed(sa.String, "person_no", "way"),
        *optional(sa.String, "nonce"),
        *optional(sa.Uuid, "access_code_id"),
        *needed(sa.String, "outlet_code", "by"),
        *optional(sa.String, "agent_no", "helper_name", "helper_id_sealed"),
        *needed(INSTANT, "at", "expires_at"),
        sa.PrimaryKeyConstraint("id", name="presentation_pkey"),
        sa.UniqueConstraint("nonce", name="presentation_nonce_key"),
        _of_person("presentation"),
        sa.CheckConstraint(
            "way IN ('insurance_code', 'access_code')", name="presentation_way"
        ),
    )
    _index("presentation", "person_no", "outlet_code")
    guard("presentation")
    op.create_table(
        "presented_prescription",
        *needed(sa.Uuid, "presentation_id", "prescription_id"),
        sa.PrimaryKeyConstraint(
            "presentation_id", "prescription_id", name="presented_prescription_pkey"
        ),
        _of("presented_prescription", "presentation_id", "presentation"),
        _of("presented_prescription", "prescription_id", "prescription"),
    )
    guard("presented_prescription")


def _of_person(table: str, column: str = "person_no") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], ["person.person_no"], name=f"{table}_{column}_fkey"
    )


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=f"{table}_{column}_fkey"
    )


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column])
