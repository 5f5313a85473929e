"""Days of cities that workers plan, and what came of them."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, needed, optional

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "city_day",
        *needed(sa.String(32), "run"),
        *needed(sa.Integer, "number"),
        *needed(sa.String, "city"),
        *needed(sa.String(8), "state"),
        *needed(sa.Integer, "tries"),
        *needed(sa.String(80), "worker"),
        *needed(INSTANT, "changed_at"),
        *optional(sa.String, "told"),
        *optional(sa.LargeBinary, "day"),
        sa.PrimaryKeyConstraint("run", "number", name="city_day_pkey"),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed')", name="city_day_state"
        ),
        sa.CheckConstraint(
            "(state = 'done') = (day IS NOT NULL)", name="city_day_done"
        ),
        sa.CheckConstraint("tries >= 0", name="city_day_tries"),
    )
