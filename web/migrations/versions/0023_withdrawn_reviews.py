"""Reviews that a pharmacist withdrew before the settlement."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; before, what was passed stayed so."""
    op.create_table(
        "review_withdrawal",
        *needed(sa.Integer, "id"),
        *needed(sa.Uuid, "prescription_id"),
        *needed(sa.Integer, "review_no", "after_no"),
        *needed(sa.String, "pharmacist_code", "pharmacist_name", "reason"),
        *needed(sa.String, "outlet_code", "by"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="review_withdrawal_pkey"),
        sa.ForeignKeyConstraint(
            ["prescription_id"],
            ["prescription.id"],
            name="review_withdrawal_prescription_id_fkey",
        ),
        sa.UniqueConstraint(
            "prescription_id", "review_no", name="review_withdrawal_once"
        ),
    )
    guard("review_withdrawal")
