"""The client keys of the acts, each with its first answer."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; acts of before have no keys, and the domain answers for them."""
    op.create_table(
        "client_key",
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("holder", sa.String(32), nullable=False),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.Column("answer_sealed", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("account", "key", name="client_key_pkey"),
    )
    op.create_index("ix_client_key_taken_at", "client_key", ["taken_at"])
