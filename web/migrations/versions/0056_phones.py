"""A person is found by the phone as well: its blind index, of which a family has one."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index; the service fills it, because the key of it lies outside the database."""
    kept = sa.Column("phone_index", sa.String, nullable=False, server_default="")
    op.add_column("person", kept)
    op.create_index("ix_person_phone_index", "person", ["phone_index"])
