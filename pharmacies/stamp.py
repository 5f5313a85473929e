"""The stamp of the network: the database changes it with every change of what checks rest on.

Whoever has read outlets, agreements, medicines or prices keeps the stamp with them, and may
use them for as long as the database shows the same one. A stamp is drawn, not counted: one
that was rolled back never comes again.
"""

from sqlalchemy import Connection, Table

STAMPED = (
    "outlet",
    "agreement",
    "suspension",
    "medicine",
    "medicine_condition",
    "price",
    "medicine_version",
    "medicine_terms",
    "price_version",
)
FUNCTION = """CREATE OR REPLACE FUNCTION network_changed() RETURNS trigger AS $$
BEGIN
  INSERT INTO network_stamp (id, stamp) VALUES (1, gen_random_uuid()::text)
    ON CONFLICT (id) DO UPDATE SET stamp = EXCLUDED.stamp;
  RETURN NULL;
END $$ LANGUAGE plpgsql"""
STAMPS = {
    "sqlite": tuple(
        f"CREATE TRIGGER {{table}}_stamps_{act.lower()} AFTER {act} ON {{table}}"
        " BEGIN REPLACE INTO network_stamp (id, stamp)"
        " VALUES (1, hex(randomblob(16))); END"
        for act in ("INSERT", "UPDATE", "DELETE")
    ),
    "postgresql": (
        FUNCTION,
        "CREATE TRIGGER {table}_stamps AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE"
        " ON {table} FOR EACH STATEMENT EXECUTE FUNCTION network_changed()",
    ),
}


def stamps(rows: Table, connection: Connection, **_: object) -> None:
    """Let the database change the stamp with every change of a table."""
    for statement in STAMPS[connection.dialect.name]:
        connection.exec_driver_sql(statement.format(table=rows.name))
