"""Uploads of sales and deliveries to the platform: what is owed, and each try's answer."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed, optional, where

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_UNDONE = "state IN ('waiting', 'refused', 'laid_aside')"


def upgrade() -> None:
    """Create the tables; what was sold before is owed, unless the operator sets a first day."""
    _upload()
    _upload_event()
    op.create_table(
        "upload_mark",
        *needed(sa.Integer, "id"),
        *needed(sa.BigInteger, "no"),
        *needed(INSTANT, "begun_at"),
        sa.PrimaryKeyConstraint("id", name="upload_mark_pkey"),
    )


def _upload() -> None:
    op.create_table(
        "upload",
        *needed(sa.Uuid, "id", "settlement_id"),
        *needed(sa.BigInteger, "no"),
        *needed(sa.String, "infno", "key", "outlet_code"),
        *needed(INSTANT, "happened_at", "made_at"),
        *needed(sa.String, "state"),
        *needed(INSTANT, "next_at"),
        *needed(sa.Integer, "tries"),
        *optional(INSTANT, "first_try_at"),
        *needed(sa.Boolean, "unanswered"),
        *optional(sa.String, "lease"),
        *optional(INSTANT, "leased_until"),
        *needed(sa.String, "last_words"),
        *optional(INSTANT, "ended_at"),
        sa.PrimaryKeyConstraint("id", name="upload_pkey"),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlement.id"], name="upload_settlement_id_fkey"
        ),
        sa.UniqueConstraint("settlement_id", "infno", "key", name="upload_once"),
        sa.UniqueConstraint("no", name="upload_no"),
        sa.CheckConstraint(
            "infno IN ('3505', '3506', '7209', '7210')", name="upload_infno"
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'refused', 'laid_aside', 'done', 'dropped')",
            name="upload_state",
        ),
    )
    op.create_index(
        "upload_undone",
        "upload",
        ["outlet_code", "settlement_id", "no"],
        **where(_UNDONE),
    )


def _upload_event() -> None:
    op.create_table(
        "upload_event",
        *needed(sa.Integer, "id"),
        *needed(sa.Uuid, "upload_id"),
        *needed(sa.String, "outlet_code", "infno"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "kind", "by", "msgid", "told", "words"),
        sa.PrimaryKeyConstraint("id", name="upload_event_pkey"),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["upload.id"], name="upload_event_upload_id_fkey"
        ),
        sa.CheckConstraint(
            "kind IN ('sent', 'accepted', 'refused', 'unanswered', 'again', 'dropped')",
            name="upload_event_kind",
        ),
        sa.CheckConstraint("kind <> 'dropped' OR words <> ''", name="upload_event_why"),
    )
    op.create_index("ix_upload_event_upload_id", "upload_event", ["upload_id"])
    guard("upload_event")
