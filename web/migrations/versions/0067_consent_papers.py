"""The number of the paper on which a consent was given or withdrawn."""

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was written down before names no paper."""
    paper = sa.Column("paper", sa.String, nullable=False, server_default="")
    op.add_column("consent", paper)
