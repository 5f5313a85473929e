"""What is really paid for a plan, and the phone of an outlet."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both; of plannings that are over and of outlets that are there they are not known."""
    op.add_column("planning", sa.Column("spent_fen", sa.BigInteger, nullable=True))
    op.add_column("outlet", sa.Column("phone", sa.String, nullable=True))
