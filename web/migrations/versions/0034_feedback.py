"""What patients say of their cases: ratings, complaints, and what became of them."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed, optional, where

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _feedback()
    op.create_table(
        "feedback_turn",
        *needed(sa.Integer, "id"),
        *needed(sa.Uuid, "feedback_id", "prescription_id"),
        *needed(sa.String, "kind", "role", "words"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by"),
        sa.PrimaryKeyConstraint("id", name="feedback_turn_pkey"),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["feedback.id"], name="feedback_turn_feedback_id_fkey"
        ),
        sa.ForeignKeyConstraint(
            ["prescription_id"],
            ["prescription.id"],
            name="feedback_turn_prescription_id_fkey",
        ),
        sa.CheckConstraint(
            "kind IN ('answered', 'unsatisfied', 'closed')", name="feedback_turn_kind"
        ),
    )
    op.create_index("ix_feedback_turn_feedback_id", "feedback_turn", ["feedback_id"])
    guard("feedback_turn")


def _feedback() -> None:
    op.create_table(
        "feedback",
        *needed(sa.Uuid, "id"),
        *needed(sa.String, "kind"),
        *needed(sa.Uuid, "prescription_id"),
        *optional(sa.Uuid, "order_id"),
        *needed(sa.String, "person_no", "about", "party", "area"),
        *optional(sa.Integer, "stars"),
        *needed(sa.String, "topic", "words"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by"),
        *optional(sa.Date, "answer_by"),
        sa.PrimaryKeyConstraint("id", name="feedback_pkey"),
        sa.ForeignKeyConstraint(
            ["prescription_id"],
            ["prescription.id"],
            name="feedback_prescription_id_fkey",
        ),
        sa.ForeignKeyConstraint(
            ["person_no"], ["person.person_no"], name="feedback_person_no_fkey"
        ),
        sa.CheckConstraint("kind IN ('rating', 'complaint')", name="feedback_kind"),
        sa.CheckConstraint(
            "about IN ('outlet', 'carrier', 'insurance')", name="feedback_about"
        ),
        sa.CheckConstraint(
            "(kind = 'rating') = (stars IS NOT NULL)"
            " AND (kind = 'complaint') = (answer_by IS NOT NULL)",
            name="feedback_whole",
        ),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name="feedback_stars"),
    )
    for column in ("prescription_id", "person_no"):
        op.create_index(f"ix_feedback_{column}", "feedback", [column])
    op.create_index("feedback_of_party", "feedback", ["about", "party", "at"])
    op.create_index("feedback_of_area", "feedback", ["area", "at"])
    op.create_index(
        "feedback_rated_once",
        "feedback",
        ["prescription_id", "about", "party"],
        unique=True,
        **where("kind = 'rating'"),
    )
    guard("feedback")
