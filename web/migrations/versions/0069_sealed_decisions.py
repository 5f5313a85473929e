"""What decisions rested on, what the platform differs in and what it is told is sealed.

What stood plain is marked so, and `yaoda db upgrade` seals it right after the revisions.
"""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import changing, guard, unguard

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

COLUMNS = (
    ("assessment", "record"),
    ("platform_word", "doubts"),
    ("upload_event", "told"),  # empty where nothing was told
)


def upgrade() -> None:
    """Write the texts into sealed columns, drop the plain ones, and guard the rest as before."""
    for table, column in COLUMNS:
        unguard(table)
        sealed, text = f"{column}_sealed", f"CAST({column} AS TEXT)"
        op.add_column(table, sa.Column(sealed, sa.String, nullable=True))
        op.execute(
            f"UPDATE {table} SET {sealed} = 'plain.0000.' || {text} WHERE {text} <> ''"
        )
        with changing(table) as batch:
            if column != "told":
                batch.alter_column(sealed, existing_type=sa.String(), nullable=False)
            batch.drop_column(column)
    guard(
        "platform_word",
        *("id", "prescription_id", "person_no", "outlet_code", "at", "outcome"),
    )
    guard(
        "upload_event",
        *("id", "upload_id", "outlet_code", "infno", "at", "kind", "by", "msgid"),
        "words",
    )
