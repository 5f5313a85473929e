"""Invitations to open an account, and how they ended."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed, optional

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, and let the database keep their rows as they are."""
    op.create_table(
        "invitation",
        *needed(sa.Uuid, "id"),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        *needed(sa.String, "invited_role"),
        *optional(sa.String, "person_no", "place"),
        sa.Column("name", sa.String(64), nullable=False),
        *needed(sa.String, "username", "by", "role"),
        *needed(INSTANT, "at", "expires_at"),
        sa.PrimaryKeyConstraint("id", name="invitation_pkey"),
        sa.UniqueConstraint("token_sha256", name="invitation_token_sha256_key"),
    )
    op.create_index("ix_invitation_person_no", "invitation", ["person_no"])
    op.create_index("ix_invitation_place", "invitation", ["place"])
    op.create_table(
        "invitation_end",
        *needed(sa.Uuid, "invitation_id"),
        *needed(sa.String, "kind"),
        *optional(sa.String, "person_no", "place"),
        *needed(sa.String, "by", "role"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("invitation_id", name="invitation_end_pkey"),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["invitation.id"],
            name="invitation_end_invitation_id_fkey",
        ),
        sa.CheckConstraint("kind IN ('used', 'withdrawn')", name="invitation_end_kind"),
    )
    guard("invitation")
    guard("invitation_end")
