"""The bureau's forms: versions, when they were sent, and numbers entered with their evidence."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, and let the database keep their rows as they are."""
    op.create_table(
        "form_version",
        *needed(sa.Uuid, "id"),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("place", sa.String(12), nullable=False),
        *needed(sa.Date, "first"),
        *needed(sa.Integer, "number"),
        *needed(sa.String, "content"),
        sa.Column("sha256", sa.String(64), nullable=False),
        *needed(sa.String, "by", "role"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="form_version_pkey"),
        sa.UniqueConstraint("kind", "place", "first", "number", name="form_version_no"),
        sa.CheckConstraint(
            "kind IN ('schedule', 'report', 'summary')", name="form_version_kind"
        ),
        sa.CheckConstraint("number > 0", name="form_version_counts"),
    )
    op.create_table(
        "form_sending",
        *needed(sa.Uuid, "version_id"),
        sa.Column("place", sa.String(12), nullable=False),
        *needed(sa.String, "reporter", "phone", "remark", "by", "role"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("version_id", name="form_sending_pkey"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["form_version.id"], name="form_sending_version_id_fkey"
        ),
    )
    op.create_table(
        "form_entry",
        *needed(sa.Uuid, "id"),
        sa.Column("place", sa.String(12), nullable=False),
        *needed(sa.Date, "first"),
        sa.Column("name", sa.String(32), nullable=False),
        *needed(sa.BigInteger, "number"),
        *needed(sa.String, "source", "by", "role"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="form_entry_pkey"),
        sa.CheckConstraint("number >= 0", name="form_entry_number"),
    )
    for table in ("form_version", "form_sending", "form_entry"):
        guard(table)
