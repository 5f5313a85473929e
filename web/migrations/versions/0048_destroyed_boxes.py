"""Boxes that came back and were destroyed."""

from web.migrations.steps import changing, guard

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a code be marked as destroyed."""
    with changing("trace_event") as batch:
        batch.drop_constraint("trace_event_kind", type_="check")
        batch.create_check_constraint(
            "trace_event_kind", "kind IN ('sold', 'returned', 'destroyed')"
        )
    guard("trace_event")
