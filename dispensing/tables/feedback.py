"""The rows of what patients say of their cases (评价与投诉), and of what became of it."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, event, text
from sqlmodel import Field, SQLModel

from pharmacies.append_only import guard


class FeedbackRow(SQLModel, table=True):
    """A rating or a complaint about one case and one of its parties; never changed.

    `party` is the outlet, the delivery firm, or the pooling area whose insurance decided.
    """

    __tablename__ = "feedback"
    __table_args__ = (
        CheckConstraint("kind IN ('rating', 'complaint')", name="feedback_kind"),
        CheckConstraint(
            "about IN ('outlet', 'carrier', 'insurance')", name="feedback_about"
        ),
        CheckConstraint(
            "(kind = 'rating') = (stars IS NOT NULL)"
            " AND (kind = 'complaint') = (answer_by IS NOT NULL)",
            name="feedback_whole",
        ),
        CheckConstraint("stars BETWEEN 1 AND 5", name="feedback_stars"),
        # One may complain again; a case is rated once.
        Index(
            "feedback_rated_once",
            "prescription_id",
            "about",
            "party",
            unique=True,
            sqlite_where=text("kind = 'rating'"),
            postgresql_where=text("kind = 'rating'"),
        ),
        Index("feedback_of_party", "about", "party", "at"),
        Index("feedback_of_area", "area", "at"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    kind: str
    prescription_id: UUID = Field(index=True, foreign_key="prescription.id")
    order_id: UUID | None = None
    person_no: str = Field(index=True, foreign_key="person.person_no")
    about: str
    party: str
    area: str  # the pooling area that looks after it
    stars: int | None = None
    topic: str
    words: str
    at: datetime
    by: str
    answer_by: date | None = None


class FeedbackTurnRow(SQLModel, table=True):
    """What became of a complaint: answered, or the patient was content or not; never changed."""

    __tablename__ = "feedback_turn"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('answered', 'unsatisfied', 'closed')", name="feedback_turn_kind"
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    feedback_id: UUID = Field(index=True, foreign_key="feedback.id")
    prescription_id: UUID = Field(foreign_key="prescription.id")
    kind: str
    role: str
    words: str
    at: datetime
    by: str


for _name in ("feedback", "feedback_turn"):
    event.listen(SQLModel.metadata.tables[_name], "after_create", guard)
