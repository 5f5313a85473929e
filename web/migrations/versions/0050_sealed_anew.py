"""Names are sealed, and what is sealed may be sealed anew where rows are append-only.

What stood plain is marked so, and is sealed as soon as the keys are at hand: right after
the revisions by `yaoda db upgrade`, and hourly by the service.
"""

from alembic import op

from web.migrations.steps import guard, unguard

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

NAMES = (
    ("person", "name"),
    ("handover", "proxy_name"),
    ("access_code", "helper_name"),
    ("access_code", "helper_phone_tail"),
    ("presentation", "helper_name"),
)


def upgrade() -> None:
    """Mark the names, and guard every column but those that hold something sealed."""
    unguard("presentation")
    for table, column in NAMES:
        op.execute(
            f"UPDATE {table} SET {column} = 'plain.0000.' || {column}"
            f" WHERE {column} IS NOT NULL"
        )
    guard(
        "presentation",
        *("id", "person_no", "way", "nonce", "access_code_id", "outlet_code", "by"),
        *("agent_no", "at", "expires_at"),
    )
    guard(
        "courier_act",
        *("id", "courier_code", "kind", "order_id", "at", "received_at", "digest"),
        *("status", "code", "said", "sure", "paid_by", "taken_fen"),
    )
    guard(
        "delivery_proof",
        *("id", "order_id", "courier_code", "kind", "media", "sha256", "at"),
        "received_at",
    )
