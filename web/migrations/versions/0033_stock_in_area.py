"""Who of a pooling area has a medicine, asked without looking at the other outlets."""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the batches by pooling area and medicine."""
    columns = ["pooling_area", "medicine_code", "outlet_code"]
    op.create_index("stock_batch_in_area", "stock_batch", columns)
