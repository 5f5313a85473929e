"""Where an outlet is found: its pooling area, and its cell of the grid."""

from math import floor

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import changing

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_PER_DEGREE = 100
_AT_ONCE = 10_000
_OUTLET = sa.table(
    "outlet",
    *(sa.column(name) for name in ("code", "pooling_area", "cell")),
)
# SQLite writes the table anew, and forgets what changed the stamp of the network.
_STAMPS = tuple(
    f"CREATE TRIGGER outlet_stamps_{act.lower()} AFTER {act} ON outlet"
    " BEGIN REPLACE INTO network_stamp (id, stamp)"
    " VALUES (1, hex(randomblob(16))); END"
    for act in ("INSERT", "UPDATE", "DELETE")
)


def upgrade() -> None:
    """Add both, reckon them for every outlet that is there, and index them."""
    op.add_column("outlet", sa.Column("pooling_area", sa.String, nullable=True))
    op.add_column("outlet", sa.Column("cell", sa.Integer, nullable=True))
    _fill(op.get_bind())
    with changing("outlet") as batch:
        batch.alter_column("pooling_area", existing_type=sa.String(), nullable=False)
        batch.alter_column("cell", existing_type=sa.Integer(), nullable=False)
    op.create_index("outlet_near", "outlet", ["pooling_area", "cell"])
    if op.get_bind().dialect.name == "sqlite":
        for statement in _STAMPS:
            op.execute(statement)


def _fill(bind: sa.Connection) -> None:
    found = bind.exec_driver_sql("SELECT code, area, lon, lat FROM outlet").all()
    change = (
        sa.update(_OUTLET)
        .where(_OUTLET.c.code == sa.bindparam("of"))
        .values(pooling_area=sa.bindparam("in_area"), cell=sa.bindparam("at_cell"))
    )
    for first in range(0, len(found), _AT_ONCE):
        some = found[first : first + _AT_ONCE]
        bind.execute(change, [_reckoned(*each) for each in some])


def _reckoned(code: str, area: str, lon: float, lat: float) -> dict[str, str | int]:
    row = min(floor((lat + 90) * _PER_DEGREE), 180 * _PER_DEGREE - 1)
    column = min(floor((lon + 180) * _PER_DEGREE), 360 * _PER_DEGREE - 1)
    cell = row * 360 * _PER_DEGREE + column
    return {"of": code, "in_area": area[:4], "at_cell": cell}
