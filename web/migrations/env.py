"""Where Alembic runs a revision: on the connection, and in the transaction, it was given."""

from web import migrating

# Alembic loads this file under this name; whoever else imports it runs nothing.
if __name__ == "env_py":
    migrating.run_given()
