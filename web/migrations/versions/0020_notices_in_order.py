"""Find the next notices of a subscriber without looking at those that were delivered."""

from alembic import op

from web.migrations.steps import where

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add an index over what waits, in the order of events."""
    op.create_index(
        "notice_waiting",
        "notice",
        ["subscription_id", "event_no"],
        **where("state = 'waiting'"),
    )
