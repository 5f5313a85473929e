"""Which prescription a national review is of, so that its record tells whose it was."""

import sqlalchemy as sa

from web.migrations.steps import changing

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a review of before goes on by its number alone."""
    with changing("national_review") as batch:
        batch.add_column(sa.Column("prescription_id", sa.Uuid(), nullable=True))
        batch.create_foreign_key(
            "national_review_prescription_id_fkey",
            "prescription",
            ["prescription_id"],
            ["id"],
        )
