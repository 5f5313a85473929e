"""The rows of plans, routes, their stops and what stays behind."""

from datetime import date, datetime, time
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field, SQLModel


class PlanRow(SQLModel, table=True):
    """One plan of one firm for one time slice of a day."""

    __tablename__ = "plan"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'committed')", name="plan_state"),
        CheckConstraint("opens < closes", name="plan_slice"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    carrier_code: str = Field(index=True)
    day: date = Field(index=True)
    opens: time
    closes: time
    state: str
    seed: int
    seconds_max: int
    distance_m: int
    cost_fen: int = Field(sa_type=BigInteger)
    made_at: datetime


class RouteRow(SQLModel, table=True):
    """One courier's route of a plan."""

    __tablename__ = "route"
    __table_args__ = (
        CheckConstraint("state IN ('planned', 'out', 'done')", name="route_state"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    plan_id: UUID = Field(index=True, foreign_key="plan.id")
    courier_code: str = Field(index=True)
    state: str
    distance_m: int
    leaves_at: datetime
    ends_at: datetime


class StopRow(SQLModel, table=True):
    """One stop of a route; pickups and hand-overs name their order."""

    __tablename__ = "stop"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('start', 'pickup', 'dropoff', 'end')", name="stop_kind"
        ),
        CheckConstraint(
            "outcome IS NULL OR outcome IN ('picked_up', 'handed_over', 'retry', 'return')",
            name="stop_outcome",
        ),
    )

    route_id: UUID = Field(primary_key=True, foreign_key="route.id")
    no: int = Field(primary_key=True)
    kind: str
    order_id: UUID | None = Field(default=None, index=True)
    lon: float
    lat: float
    arrive_at: datetime
    start_at: datetime  # the service begins, after any wait for the window
    depart_at: datetime
    distance_m: int
    done_at: datetime | None = None
    outcome: str | None = None
    detail: str = ""


class UnservedRow(SQLModel, table=True):
    """An order that a plan leaves behind, with the checked reason and the cheapest remedy."""

    __tablename__ = "unserved"

    plan_id: UUID = Field(primary_key=True, foreign_key="plan.id")
    order_id: UUID = Field(primary_key=True)
    reason: str
    detail: str
    remedy: str | None = None
    remedy_courier: str | None = None
    remedy_s: int = 0


class WrongCodeRow(SQLModel, table=True):
    """How many wrong hand-over codes were tried at the door of an order."""

    __tablename__ = "wrong_code"

    order_id: UUID = Field(primary_key=True)
    tries: int = 0
