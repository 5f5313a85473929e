"""Paper prescriptions: each paper, its record number and its photograph, once."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, needed, optional

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; papers of before were sent as messages."""
    op.create_table(
        "paper",
        *needed(sa.String, "issuer", "hosp_rx_no", "record_no", "digest", "person_no"),
        *needed(sa.String, "outlet_code", "by"),
        *needed(INSTANT, "taken_at"),
        *optional(sa.String, "sha256", "dhash", "prints", "image_sealed"),
        sa.PrimaryKeyConstraint("issuer", "hosp_rx_no", name="paper_pkey"),
        sa.ForeignKeyConstraint(
            ["person_no"], ["person.person_no"], name="paper_person_no_fkey"
        ),
        sa.UniqueConstraint("record_no", name="paper_record_no_key"),
        sa.UniqueConstraint("sha256", name="paper_sha256_key"),
    )
    op.create_index("paper_of_issuer", "paper", ["issuer", "taken_at"])
    op.create_index("paper_of_person", "paper", ["person_no", "taken_at"])
