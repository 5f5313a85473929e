"""What was taken at a door, how sure its hour is, and when a code for it was renewed."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of acts before nobody knows how sure their hour is."""
    op.add_column("wrong_code", sa.Column("renewed_at", INSTANT, nullable=True))
    sure = sa.Column("sure", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("courier_act", sure)
    op.add_column("courier_act", sa.Column("paid_by", sa.String, nullable=True))
    op.add_column("courier_act", sa.Column("taken_fen", sa.BigInteger, nullable=True))
