"""What takes two people, and which masked values were opened."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, and let the database keep their rows as they are."""
    _proposals()
    _ends_and_uses()
    op.create_table(
        "opening",
        *needed(sa.Integer, "id"),
        sa.Column("person_no", sa.String(10), nullable=False),
        sa.Column("field", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        *needed(sa.String, "note"),
        sa.Column("place", sa.String(32), nullable=False),
        sa.Column("proposal_id", sa.Uuid, nullable=True),
        *needed(sa.String, "by", "role"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="opening_pkey"),
    )
    for column in ("person_no", "by", "at"):
        op.create_index(f"ix_opening_{column}", "opening", [column])
    for table in ("proposal", "proposal_end", "proposal_use", "opening"):
        guard(table)


def _proposals() -> None:
    op.create_table(
        "proposal",
        *needed(sa.Uuid, "id"),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("place", sa.String(32), nullable=False),
        sa.Column("area", sa.String(4), nullable=False),
        *needed(sa.String, "content"),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("basis", sa.String(64), nullable=False),
        *needed(sa.String, "reason", "by", "role"),
        *needed(INSTANT, "at", "expires_at"),
        sa.PrimaryKeyConstraint("id", name="proposal_pkey"),
        sa.CheckConstraint(
            "kind IN ('designation', 'settlement', 'people', 'overlay')",
            name="proposal_kind",
        ),
        sa.CheckConstraint("expires_at > at", name="proposal_waits"),
    )
    op.create_index("ix_proposal_area", "proposal", ["area"])
    op.create_index("ix_proposal_digest", "proposal", ["digest"])


def _ends_and_uses() -> None:
    once = sa.ForeignKeyConstraint
    op.create_table(
        "proposal_end",
        *needed(sa.Uuid, "proposal_id"),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("place", sa.String(32), nullable=False),
        *needed(sa.String, "reason", "by", "role"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("proposal_id", name="proposal_end_pkey"),
        once(["proposal_id"], ["proposal.id"], name="proposal_end_proposal_id_fkey"),
        sa.CheckConstraint(
            "kind IN ('approved', 'declined', 'withdrawn')", name="proposal_end_kind"
        ),
    )
    op.create_table(
        "proposal_use",
        *needed(sa.Uuid, "proposal_id"),
        sa.Column("place", sa.String(32), nullable=False),
        *needed(sa.String, "by"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("proposal_id", name="proposal_use_pkey"),
        once(["proposal_id"], ["proposal.id"], name="proposal_use_proposal_id_fkey"),
    )
