"""What was done with each account: made, switched off and on, a password changed."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed, optional

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; what was done with accounts before is not known."""
    op.create_table(
        "account_event",
        *needed(sa.Integer, "id"),
        *needed(sa.String(64), "username"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "kind", "by", "role", "detail"),
        *optional(sa.String, "person_no", "place"),
        sa.PrimaryKeyConstraint("id", name="account_event_pkey"),
        sa.CheckConstraint(
            "kind IN ('created', 'disabled', 'enabled', 'password')",
            name="account_event_kind",
        ),
    )
    op.create_index("ix_account_event_username", "account_event", ["username"])
    guard("account_event")
