"""Ended orders of a firm by the instant of their end, each with what it was promised."""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_ORDERS = sa.table(
    "delivery_order",
    sa.column("id", sa.Uuid),
    sa.column("window_closes", INSTANT),
    sa.column("promised_until", INSTANT),
    sa.column("attempts", sa.Integer),
    sa.column("state", sa.String),
)


def upgrade() -> None:
    """Index them, and write down what orders of before were promised: their first window."""
    op.create_index("order_ended", "delivery_order", ["carrier_code", "ended_at"])
    none = _ORDERS.c.promised_until.is_(None)
    first = none & (_ORDERS.c.attempts == 0)
    closes = {"promised_until": _ORDERS.c.window_closes}
    op.execute(_ORDERS.update().where(first).values(closes))
    books = op.get_bind()
    columns = (_ORDERS.c.id, _ORDERS.c.window_closes, _ORDERS.c.attempts)
    for row in books.execute(sa.select(*columns, _ORDERS.c.state).where(none)).all():
        # A visit that was tried again put the window off by a day; a return did not.
        days = row.attempts - (row.state == "returned")
        until = row.window_closes - timedelta(days=days)
        mine = _ORDERS.update().where(_ORDERS.c.id == row.id)
        books.execute(mine.values(promised_until=until))
