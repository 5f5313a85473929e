"""The account of a patient keeps the name masked: the whole one stands sealed with the person."""

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Mask what is there."""
    stars = "*" * 64
    op.execute(
        "UPDATE account SET name ="
        f" substr(name, 1, 1) || substr('{stars}', 1, length(name) - 1)"
        " WHERE id IN (SELECT account_id FROM account_role WHERE role = 'patient')"
    )
