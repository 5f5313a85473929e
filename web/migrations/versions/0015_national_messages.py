"""The numbers of national prescriptions, what was signed, and the reviews that came."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, needed, optional

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; what came before came in another format."""
    op.create_table(
        "national_rx",
        sa.Column("hi_rxno", sa.String(30), nullable=False),
        sa.Column("rx_trace_code", sa.String(20), nullable=False),
        *needed(sa.String, "issuer", "hosp_rx_no", "region", "digest", "rx_sealed"),
        *optional(sa.String, "signed_sealed"),
        *needed(INSTANT, "checked_at"),
        sa.PrimaryKeyConstraint("hi_rxno", name="national_rx_pkey"),
        sa.UniqueConstraint("rx_trace_code", name="national_rx_rx_trace_code_key"),
        sa.UniqueConstraint("issuer", "hosp_rx_no", name="national_rx_number"),
    )
    op.create_table(
        "national_review",
        sa.Column("rx_chk_biz_sn", sa.String(30), nullable=False),
        sa.Column("hi_rxno", sa.String(), nullable=False),
        *needed(sa.String, "outlet_code", "digest", "status", "message_sealed"),
        *needed(INSTANT, "reviewed_at", "at"),
        sa.PrimaryKeyConstraint("rx_chk_biz_sn", name="national_review_pkey"),
        sa.ForeignKeyConstraint(
            ["hi_rxno"], ["national_rx.hi_rxno"], name="national_review_hi_rxno_fkey"
        ),
        sa.UniqueConstraint("outlet_code", "digest", name="national_review_once"),
    )
    op.create_index("ix_national_review_hi_rxno", "national_review", ["hi_rxno"])
