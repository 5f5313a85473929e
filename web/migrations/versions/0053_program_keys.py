"""Keys of institutions' programs, how they end, and about when each was used last."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed, optional

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, and let the database keep their rows as they are."""
    op.create_table(
        "program_key",
        *needed(sa.Uuid, "id"),
        *needed(sa.String(8), "prefix"),
        *needed(sa.String(64), "key_sha256", "name"),
        *needed(sa.String, "acts_as", "place", "actions"),
        *optional(sa.Uuid, "replaces"),
        *needed(sa.String, "by", "role"),
        *needed(INSTANT, "at", "expires_at"),
        sa.PrimaryKeyConstraint("id", name="program_key_pkey"),
        sa.UniqueConstraint("prefix", name="program_key_prefix_key"),
        sa.UniqueConstraint("key_sha256", name="program_key_key_sha256_key"),
        sa.CheckConstraint(
            "acts_as IN ('counter', 'hospital', 'dispatch')", name="program_key_acts_as"
        ),
    )
    op.create_index("ix_program_key_place", "program_key", ["place"])
    _end()
    op.create_table(
        "program_key_use",
        *needed(sa.Uuid, "program_key_id"),
        *needed(sa.BigInteger, "used_s"),
        sa.PrimaryKeyConstraint("program_key_id", name="program_key_use_pkey"),
        sa.ForeignKeyConstraint(
            ["program_key_id"],
            ["program_key.id"],
            name="program_key_use_program_key_id_fkey",
        ),
    )
    guard("program_key")
    guard("program_key_end")


def _end() -> None:
    op.create_table(
        "program_key_end",
        *needed(sa.Uuid, "program_key_id"),
        *needed(sa.String, "kind", "place"),
        *needed(INSTANT, "ends_at"),
        *needed(sa.String, "by", "role"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("program_key_id", "kind", name="program_key_end_pkey"),
        sa.ForeignKeyConstraint(
            ["program_key_id"],
            ["program_key.id"],
            name="program_key_end_program_key_id_fkey",
        ),
        sa.CheckConstraint(
            "kind IN ('replaced', 'withdrawn')", name="program_key_end_kind"
        ),
    )
