"""The receipts that were issued, as they were signed."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; a settlement of before gets its receipt when it is asked for."""
    op.create_table(
        "receipt",
        *needed(sa.String, "id"),
        *needed(sa.Uuid, "settlement_id"),
        *needed(sa.String, "kind", "text", "jws", "token", "key_id"),
        *needed(INSTANT, "issued_at"),
        sa.PrimaryKeyConstraint("id", name="receipt_pkey"),
        sa.UniqueConstraint("settlement_id", "kind", name="receipt_once"),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlement.id"], name="receipt_settlement_id_fkey"
        ),
        sa.CheckConstraint("kind IN ('settlement', 'reversal')", name="receipt_kind"),
    )
    guard("receipt")
