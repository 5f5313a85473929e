"""Sessions, tries and second factors, kept where every process sees them."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, changing, guard, needed, optional

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; whoever is signed in signs in again."""
    op.drop_table("ended_session")
    _sign_in_session()
    _attempt()
    _second_factor()
    with changing("account_event") as batch:
        batch.drop_constraint("account_event_kind", type_="check")
        batch.create_check_constraint(
            "account_event_kind",
            "kind IN ('created', 'disabled', 'enabled', 'password', 'roles',"
            " 'signed_out', 'factor', 'factor_reset', 'recovery_used', 'recovery_new')",
        )
    guard("account_event")


def _sign_in_session() -> None:
    op.create_table(
        "sign_in_session",
        *needed(sa.Integer, "id"),
        *needed(sa.String(64), "number_sha256"),
        *needed(sa.Integer, "account_id"),
        *needed(sa.BigInteger, "begun_s", "seen_s", "ends_s"),
        *needed(sa.Integer, "idle_s"),
        *needed(sa.String(40), "device"),
        sa.PrimaryKeyConstraint("id", name="sign_in_session_pkey"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="sign_in_session_account_id_fkey"
        ),
    )
    for name, unique in (
        ("number_sha256", True),
        ("account_id", False),
        ("ends_s", False),
    ):
        op.create_index(
            f"ix_sign_in_session_{name}", "sign_in_session", [name], unique=unique
        )


def _attempt() -> None:
    op.create_table(
        "attempt",
        *needed(sa.String(64), "key"),
        *needed(sa.Integer, "tries"),
        *needed(sa.BigInteger, "first_s", "until_s"),
        sa.PrimaryKeyConstraint("key", name="attempt_pkey"),
    )
    op.create_index("ix_attempt_first_s", "attempt", ["first_s"])


def _second_factor() -> None:
    op.create_table(
        "second_factor",
        *needed(sa.Integer, "account_id"),
        *needed(sa.String, "secret_sealed"),
        *optional(INSTANT, "since"),
        *needed(sa.BigInteger, "last_step"),
        sa.PrimaryKeyConstraint("account_id", name="second_factor_pkey"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="second_factor_account_id_fkey"
        ),
    )
    op.create_table(
        "recovery_code",
        *needed(sa.Integer, "account_id"),
        *needed(sa.String(64), "code_sha256"),
        sa.PrimaryKeyConstraint("account_id", "code_sha256", name="recovery_code_pkey"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="recovery_code_account_id_fkey"
        ),
    )
