"""The first tables: the network, prescriptions, settlements, orders, routes, accounts."""

from web.migrations.first import (
    accounts,
    network,
    orders,
    people,
    prescriptions,
    routes,
    settlements,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them, each part after those that it refers to."""
    for part in (network, people, prescriptions, settlements, orders, routes, accounts):
        part.create()
