"""The tables of those who sign in."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import needed


def create() -> None:
    """Create them, each after those that it refers to."""
    _account()
    _ended_session()
    _account_role()


def _account() -> None:
    op.create_table(
        "account",
        *needed(sa.Integer, "id"),
        *needed(sa.String(64), "username", "name"),
        *needed(sa.String(255), "password"),
        *needed(sa.Boolean, "active"),
        *needed(sa.String(64), "fs_uniquifier"),
        *needed(sa.String(32), "subject"),
        sa.PrimaryKeyConstraint("id", name="account_pkey"),
    )
    op.create_index(
        "ix_account_fs_uniquifier", "account", ["fs_uniquifier"], unique=True
    )
    op.create_index("ix_account_username", "account", ["username"], unique=True)


def _ended_session() -> None:
    op.create_table(
        "ended_session",
        *needed(sa.String(32), "number"),
        *needed(sa.Integer, "ended_s"),
        sa.PrimaryKeyConstraint("number", name="ended_session_pkey"),
    )


def _account_role() -> None:
    op.create_table(
        "account_role",
        *needed(sa.Integer, "account_id"),
        *needed(sa.String(16), "role"),
        sa.PrimaryKeyConstraint("account_id", "role", name="account_role_pkey"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="account_role_account_id_fkey"
        ),
    )
