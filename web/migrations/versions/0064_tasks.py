"""Tasks and meetings: what is to be done, what was done about it, who met."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed, optional

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

ACTS = "'begin', 'note', 'evidence', 'done', 'reopen'"


def upgrade() -> None:
    """Add the three tables; nothing was written down yet."""
    op.create_table(
        "meeting",
        *needed(sa.Uuid, "id"),
        *needed(sa.String(6), "place"),
        *needed(sa.String(64), "key"),
        *needed(sa.Date, "held_on"),
        *needed(sa.String, "present", "words", "by", "role"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="meeting_pkey"),
        sa.UniqueConstraint("place", "key", name="meeting_once"),
    )
    op.create_index("ix_meeting_held_on", "meeting", ["held_on"])
    _tasks()
    for table, plain in (("meeting", ()), ("task", ()), ("task_act", _PLAIN)):
        guard(table, *plain)


def _tasks() -> None:
    op.create_table(
        "task",
        *needed(sa.Uuid, "id"),
        *needed(sa.String(6), "place"),
        *needed(sa.String(96), "key"),
        *needed(sa.String, "measure", "words"),
        *needed(sa.String(32), "of"),
        *needed(sa.String, "who", "clause"),
        *optional(sa.Date, "due"),
        *optional(sa.Uuid, "meeting_id"),
        *needed(sa.String, "by", "role"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="task_pkey"),
        sa.UniqueConstraint("place", "key", name="task_once"),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name="task_meeting_id_fkey"
        ),
    )
    op.create_index("ix_task_due", "task", ["due"])
    op.create_index("ix_task_meeting_id", "task", ["meeting_id"])
    op.create_table(
        "task_act",
        *needed(sa.Uuid, "id", "task_id"),
        *needed(sa.Integer, "no"),
        *needed(sa.String(6), "place"),
        *needed(sa.String(64), "key"),
        *needed(sa.String(16), "kind"),
        *needed(sa.String, "words_sealed", "file_name_sealed"),
        *needed(sa.String(64), "media", "sha256"),
        *needed(sa.LargeBinary, "sealed"),
        *needed(sa.String, "by", "role"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="task_act_pkey"),
        sa.UniqueConstraint("place", "key", name="task_act_once"),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name="task_act_task_id_fkey"),
        sa.CheckConstraint(f"kind IN ({ACTS})", name="task_act_kind"),
    )
    op.create_index("ix_task_act_task_id", "task_act", ["task_id"])


_PLAIN = (
    *("id", "task_id", "no", "place", "key", "kind", "media", "sha256"),
    *("by", "role", "at"),
)
