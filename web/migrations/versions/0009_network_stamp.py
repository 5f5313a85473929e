"""The stamp that changes with outlets, agreements, medicines and prices."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import needed

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_STAMPED = (
    *("outlet", "agreement", "suspension"),
    *("medicine", "medicine_condition", "price"),
)
_FUNCTION = """CREATE OR REPLACE FUNCTION network_changed() RETURNS trigger AS $$
BEGIN
  INSERT INTO network_stamp (id, stamp) VALUES (1, gen_random_uuid()::text)
    ON CONFLICT (id) DO UPDATE SET stamp = EXCLUDED.stamp;
  RETURN NULL;
END $$ LANGUAGE plpgsql"""
_STAMPS = {
    "sqlite": tuple(
        f"CREATE TRIGGER {{table}}_stamps_{act.lower()} AFTER {act} ON {{table}}"
        " BEGIN REPLACE INTO network_stamp (id, stamp)"
        " VALUES (1, hex(randomblob(16))); END"
        for act in ("INSERT", "UPDATE", "DELETE")
    ),
    "postgresql": (
        _FUNCTION,
        "CREATE TRIGGER {table}_stamps AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE"
        " ON {table} FOR EACH STATEMENT EXECUTE FUNCTION network_changed()",
    ),
}


def upgrade() -> None:
    """Create the stamp; the first change of the network draws the first one."""
    op.create_table(
        "network_stamp",
        *needed(sa.Integer, "id"),
        *needed(sa.String, "stamp"),
        sa.PrimaryKeyConstraint("id", name="network_stamp_pkey"),
        sa.CheckConstraint("id = 1", name="network_stamp_one"),
    )
    for table in _STAMPED:
        for statement in _STAMPS[op.get_bind().dialect.name]:
            op.execute(statement.format(table=table))
