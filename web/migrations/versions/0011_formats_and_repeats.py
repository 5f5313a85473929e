"""In which format a prescription came, of which kind it is, and how often it may be filled."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import optional

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what was received before came as our own JSON, to be filled once."""
    own = sa.Column("format", sa.String, nullable=False, server_default="yaoda")
    op.add_column("prescription", own)
    for column in (
        *optional(sa.String, "rx_type", "refill_of"),
        *optional(sa.Integer, "repeat_max", "repeat_interval_days"),
    ):
        op.add_column("prescription", column)
