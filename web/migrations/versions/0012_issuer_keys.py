"""Why a signature does not count, and what was done with each institution's key."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed, optional

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns and the history; keys of before begin theirs with what is done next."""
    (reason,) = optional(sa.String, "signature_reason")
    op.add_column("prescription", reason)
    (told_at,) = optional(INSTANT, "revocation_told_at")
    op.add_column("issuer_key", told_at)
    (why,) = optional(sa.String, "revocation_reason")
    op.add_column("issuer_key", why)
    op.create_table(
        "issuer_key_event",
        sa.Column("id", sa.Integer, nullable=False),
        *needed(sa.String, "key_id", "issuer"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "kind", "by", "role"),
        *needed(sa.JSON, "detail"),
        sa.PrimaryKeyConstraint("id", name="issuer_key_event_pkey"),
        sa.ForeignKeyConstraint(
            ["key_id"], ["issuer_key.key_id"], name="issuer_key_event_key_id_fkey"
        ),
    )
    for column in ("issuer", "key_id"):
        name = f"ix_issuer_key_event_{column}"
        op.create_index(name, "issuer_key_event", [column])
    guard("issuer_key_event")
