"""Where people live, and where parcels go, is sealed.

What stood plain is marked so, and `yaoda db upgrade` seals it right after the revisions.
"""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import changing

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

TABLES = ("person", "delivery_order", "stop")


def upgrade() -> None:
    """Write each point into one column that is sealed, and drop the plain ones."""
    for table in TABLES:
        op.add_column(table, sa.Column("point_sealed", sa.String, nullable=True))
        op.execute(
            f"UPDATE {table} SET point_sealed = 'plain.0000.' || lon || ',' || lat"
        )
        with changing(table) as batch:
            batch.alter_column(
                "point_sealed", existing_type=sa.String(), nullable=False
            )
            batch.drop_column("lon")
            batch.drop_column("lat")
