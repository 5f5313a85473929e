"""The audit chain: what happened, and the links that seal it."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, NUMBER, guard, needed, optional

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables; the chain begins with what happens from now on."""
    op.create_table(
        "audit_record",
        *needed(NUMBER, "id"),
        *needed(sa.String, "area", "kind", "subject"),
        *optional(sa.String, "person_no"),
        *needed(sa.String, "who", "role"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "salt", "digest"),
        sa.PrimaryKeyConstraint("id", name="audit_record_pkey"),
    )
    guard("audit_record")
    op.create_table(
        "audit_link",
        *needed(sa.String, "area"),
        *needed(sa.BigInteger, "seq", "batch", "record_id"),
        *needed(INSTANT, "sealed_at"),
        *needed(sa.String, "previous", "hash"),
        sa.PrimaryKeyConstraint("area", "seq", name="audit_link_pkey"),
        sa.UniqueConstraint("record_id", name="audit_link_record_id_key"),
        sa.ForeignKeyConstraint(
            ["record_id"], ["audit_record.id"], name="audit_link_record_id_fkey"
        ),
    )
    guard("audit_link")
