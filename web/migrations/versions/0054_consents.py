"""Consents: what a person agrees to, word for word, given and withdrawn."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, NUMBER, guard, needed, optional

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; before, nobody was asked."""
    op.create_table(
        "consent_text",
        sa.Column("sha256", sa.String(64), nullable=False),
        *needed(sa.String, "purpose"),
        *needed(sa.Integer, "version"),
        *needed(sa.String, "language", "text"),
        *needed(INSTANT, "first_used_at"),
        sa.PrimaryKeyConstraint("sha256", name="consent_text_pkey"),
    )
    op.create_table(
        "consent",
        *needed(NUMBER, "id"),
        *needed(sa.String, "person_no", "purpose", "kind"),
        sa.Column("text_sha256", sa.String, nullable=False),
        *needed(sa.String, "way"),
        *optional(sa.String, "by"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="consent_pkey"),
        sa.ForeignKeyConstraint(
            ["person_no"], ["person.person_no"], name="consent_person_no_fkey"
        ),
        sa.ForeignKeyConstraint(
            ["text_sha256"], ["consent_text.sha256"], name="consent_text_sha256_fkey"
        ),
        sa.CheckConstraint("kind IN ('given', 'withdrawn')", name="consent_kind"),
        sa.CheckConstraint("way IN ('page', 'paper', 'helper')", name="consent_way"),
    )
    op.create_index("consent_of", "consent", ["person_no", "purpose"])
    guard("consent_text")
    guard("consent")
