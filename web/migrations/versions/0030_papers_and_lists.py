"""Papers of delivery firms and chains with their days, and the chains' drug lists."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, NUMBER, guard, needed

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; what firms said of themselves stands until papers are entered."""
    op.create_table(
        "qualification",
        *needed(NUMBER, "id"),
        *needed(sa.String, "holder", "kind", "number"),
        *needed(sa.Date, "begins", "ends"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by", "source"),
        sa.PrimaryKeyConstraint("id", name="qualification_pkey"),
        sa.CheckConstraint(
            "kind IN ('licence', 'cold_chain', 'framework')", name="qualification_kind"
        ),
        sa.CheckConstraint("ends >= begins", name="qualification_days"),
    )
    op.create_index("ix_qualification_holder", "qualification", ["holder"])
    guard("qualification")
    op.create_table(
        "chain_list",
        *needed(NUMBER, "id"),
        *needed(sa.String, "chain"),
        *needed(sa.Date, "published_on"),
        *needed(sa.String, "medicine_code"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by", "source"),
        sa.PrimaryKeyConstraint("id", name="chain_list_pkey"),
        sa.ForeignKeyConstraint(
            ["medicine_code"], ["medicine.code"], name="chain_list_medicine_code_fkey"
        ),
        sa.UniqueConstraint(
            "chain", "published_on", "medicine_code", name="chain_list_once"
        ),
    )
    guard("chain_list")
