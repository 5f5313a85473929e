"""Community centres confirm whom they manage before the benefit begins (渝某区 三（四）3)."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, NUMBER, changing, guard, needed, unguard

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

ENTRY: tuple[str, ...] = (
    "change",
    "content",
    "id",
    "institution",
    "list",
    "person_no",
    "run_id",
)
ENTRY += ("score", "subject")


def upgrade() -> None:
    """Say who manages a person, which outlet that is, and what it says of the person."""
    unguard("matching_entry")
    with changing("matching_entry") as table:
        table.add_column(
            sa.Column("institution", sa.String, nullable=False, server_default="")
        )
    guard("matching_entry", *ENTRY)
    op.create_table(
        "managed_centre",
        *needed(sa.Uuid, "id"),
        *needed(sa.String(4), "place"),
        *needed(sa.String, "institution", "outlet_code", "by", "role"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="managed_centre_pkey"),
    )
    op.create_index("ix_managed_centre_place", "managed_centre", ["place"])
    guard("managed_centre")
    _words()


def _words() -> None:
    op.create_table(
        "centre_word",
        *needed(NUMBER, "id", "entry_id"),
        *needed(sa.String(4), "place"),
        *needed(sa.String, "outlet_code", "subject", "content", "code", "note"),
        *needed(sa.String, "by", "role"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="centre_word_pkey"),
        sa.CheckConstraint("code IN ('confirmed', 'refused')", name="centre_word_code"),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["matching_entry.id"], name="centre_word_entry_id_fkey"
        ),
    )
    columns = ["place", "outlet_code", "subject", "content"]
    op.create_index("centre_word_subject", "centre_word", columns)
    guard("centre_word")
