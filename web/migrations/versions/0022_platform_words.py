"""What the platform says of a patient before a settlement, and where it differs."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; before, nobody was asked."""
    op.create_table(
        "platform_word",
        *needed(sa.Integer, "id"),
        *needed(sa.Uuid, "prescription_id"),
        *needed(sa.String, "person_no", "outlet_code"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "outcome"),
        *needed(sa.JSON, "doubts"),
        sa.PrimaryKeyConstraint("id", name="platform_word_pkey"),
        sa.ForeignKeyConstraint(
            ["prescription_id"],
            ["prescription.id"],
            name="platform_word_prescription_id_fkey",
        ),
        sa.CheckConstraint(
            "outcome IN ('agrees', 'differs', 'unanswered')",
            name="platform_word_outcome",
        ),
    )
    op.create_index(
        "platform_word_of", "platform_word", ["prescription_id", "outlet_code"]
    )
    guard("platform_word")
