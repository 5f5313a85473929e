"""Accounts that are closed: since when, in which way, who wrote it down."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, NUMBER, guard, needed, optional

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the day to a person, and the table; nobody's account is closed yet."""
    for column in optional(INSTANT, "closed_at"):
        op.add_column("person", column)
    op.create_table(
        "closure",
        *needed(NUMBER, "id"),
        *needed(sa.String, "person_no", "way", "by", "role", "note"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="closure_pkey"),
        sa.ForeignKeyConstraint(
            ["person_no"], ["person.person_no"], name="closure_person_no_fkey"
        ),
        sa.CheckConstraint("way IN ('page', 'program', 'written')", name="closure_way"),
    )
    op.create_index("ix_closure_person_no", "closure", ["person_no"])
    guard("closure")
