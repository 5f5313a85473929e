"""Identities of providers that open accounts, and the acts by which they are linked."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, changing, guard, needed

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; let the events of accounts tell of it."""
    op.create_table(
        "account_identity",
        *needed(sa.String(255), "issuer", "subject"),
        *needed(sa.Integer, "account_id"),
        *needed(INSTANT, "linked_at"),
        sa.PrimaryKeyConstraint("issuer", "subject", name="account_identity_pkey"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="account_identity_account_id_fkey"
        ),
    )
    name = "ix_account_identity_account_id"
    op.create_index(name, "account_identity", ["account_id"])
    with changing("account_event") as batch:
        batch.drop_constraint("account_event_kind", type_="check")
        batch.create_check_constraint(
            "account_event_kind",
            "kind IN ('created', 'disabled', 'enabled', 'password', 'roles',"
            " 'signed_out', 'factor', 'factor_reset', 'recovery_used', 'recovery_new',"
            " 'linked', 'unlinked')",
        )
    guard("account_event")
