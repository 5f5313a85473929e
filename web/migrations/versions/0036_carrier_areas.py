"""The areas of a delivery firm as rows, so that who serves an area is found by an index."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import needed

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_AREA = sa.table("carrier_area", sa.column("area"), sa.column("carrier_code"))
_FIRMS = sa.text("SELECT code, areas FROM carrier ORDER BY code")


def upgrade() -> None:
    """Create the table, fill it from the text of each firm, and drop the text."""
    op.create_table(
        "carrier_area",
        *needed(sa.String, "area", "carrier_code"),
        sa.PrimaryKeyConstraint("area", "carrier_code", name="carrier_area_pkey"),
        sa.ForeignKeyConstraint(
            ["carrier_code"], ["carrier.code"], name="carrier_area_carrier_code_fkey"
        ),
    )
    op.create_index("ix_carrier_area_carrier_code", "carrier_area", ["carrier_code"])
    firms = op.get_bind().execute(_FIRMS).all()
    op.bulk_insert(
        _AREA,
        [
            {"area": area, "carrier_code": code}
            for code, areas in firms
            for area in sorted(set(areas.split()))
        ],
    )
    op.drop_column("carrier", "areas")
