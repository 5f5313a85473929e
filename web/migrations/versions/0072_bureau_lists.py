"""Lists that a bureau lays beside the claims: auxiliary medicines, stays, ends, diagnoses."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

PLAIN: tuple[str, ...] = (
    "as_of",
    "at",
    "by",
    "file_name",
    "file_sha256",
    "id",
    "kept",
    "kind",
)
PLAIN += ("passed_over", "place", "role", "rows", "source", "unknown")


def upgrade() -> None:
    """Create the table, and let the database keep its rows as they are."""
    op.create_table(
        "bureau_list",
        *needed(sa.Uuid, "id"),
        *needed(sa.String(4), "place"),
        *needed(sa.String(16), "kind"),
        *needed(sa.Date, "as_of"),
        *needed(sa.String, "source", "file_name"),
        *needed(sa.String(64), "file_sha256"),
        *needed(sa.Integer, "rows", "kept", "unknown", "passed_over"),
        *needed(sa.LargeBinary, "content_sealed"),
        *needed(sa.String, "by", "role"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="bureau_list_pkey"),
        sa.CheckConstraint(
            "kind IN ('auxiliary', 'stays', 'ends', 'diagnoses')",
            name="bureau_list_kind",
        ),
    )
    op.create_index("ix_bureau_list_place", "bureau_list", ["place"])
    guard("bureau_list", *PLAIN)
