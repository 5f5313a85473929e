"""The disease of a prescription, and of a registration, is sealed.

What stood plain is marked so, and `yaoda db upgrade` seals it right after the revisions.
"""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import changing

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

_SEALED = "UPDATE {0} SET disease_sealed = 'plain.0000.' || disease"
# By their days and not by their names: a number is not to tell which of two it is.
_COUNTED = """
UPDATE registration SET no = counted.no FROM (
  SELECT person_no, disease, kind, row_number()
    OVER (PARTITION BY person_no ORDER BY since, random()) AS no FROM registration
) AS counted
WHERE counted.person_no = registration.person_no
  AND counted.disease = registration.disease AND counted.kind = registration.kind"""


def upgrade() -> None:
    """Count the registrations of each person, and write the diseases into sealed columns."""
    for table in ("prescription", "registration"):
        op.add_column(table, sa.Column("disease_sealed", sa.String, nullable=True))
        op.execute(_SEALED.format(table))
    op.add_column("registration", sa.Column("no", sa.Integer, nullable=True))
    op.execute(_COUNTED)
    with changing("prescription") as batch:
        batch.alter_column("disease_sealed", existing_type=sa.String(), nullable=False)
        batch.drop_column("disease")
    with changing("registration") as batch:
        batch.drop_constraint("registration_pkey", type_="primary")
        batch.alter_column("disease_sealed", existing_type=sa.String(), nullable=False)
        batch.alter_column("no", existing_type=sa.Integer(), nullable=False)
        batch.drop_column("disease")
        batch.create_primary_key("registration_pkey", ["person_no", "no"])
