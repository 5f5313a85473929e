"""An independent check of a simulated day: what the database says beside what happened.

It reads the rows themselves and reckons anew; of the services it uses nothing. What it finds
is told in sentences, with the number of the order.
"""

from sqlalchemy import Engine

from web.bench_day.checking import ends, goods, money, trail
from web.bench_day.checking.rows import Rows, Truth

__all__ = ["CHECKS", "Truth", "check"]

CHECKS = (
    ends.of_orders,
    ends.of_handovers,
    ends.of_routes,
    money.of_fund,
    money.of_purses,
    money.of_years,
    goods.of_shelves,
    goods.of_sales,
    trail.of_events,
    trail.of_records,
    trail.of_chain,
    trail.of_alerts,
)


def check(engine: Engine, truth: Truth) -> tuple[str, ...]:
    """Find everything in which a database differs from what happened."""
    with engine.connect() as connection:
        rows = Rows(connection)
    return tuple(fault for each in CHECKS for fault in each(rows, truth))
