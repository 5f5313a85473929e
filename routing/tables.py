"""The rows of plans, routes, their stops and what stays behind."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    event,
    false,
    text,
)
from sqlmodel import Field, SQLModel

from pharmacies.append_only import guard
from routing.cold_tables import BreachDecisionRow as BreachDecisionRow
from routing.cold_tables import ReadingRow as ReadingRow
from routing.live_tables import DeskActRow as DeskActRow

BROKEN_SEAL = "detail = 'broken_seal'"


class PlanRow(SQLModel, table=True):
    """One version of a firm's plan for one time slice of a day.

    `base_id` is the version that this one was made from; committing it supersedes that
    one. `conditions` are what the dispatcher has decided besides the orders and shifts.
    """

    __tablename__ = "plan"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'committed', 'superseded')", name="plan_state"
        ),
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
    version: int = 1
    base_id: UUID | None = Field(default=None, index=True, foreign_key="plan.id")
    conditions: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False)
    )
    figures: dict[str, Any] = Field(  # of the plan and of what would be done by hand
        default_factory=dict, sa_column=Column(JSON, nullable=False)
    )


class PlanningRow(SQLModel, table=True):
    """One request to plan, as a job: what is asked, how far it is, how it ended.

    The draft that it makes bears its number. `seen_at` is when its worker last said so.
    """

    __tablename__ = "planning"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queued', 'running', 'done', 'cancelled', 'failed')",
            name="planning_state",
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    carrier_code: str = Field(index=True)
    day: date = Field(index=True)
    base_id: UUID | None = Field(default=None, foreign_key="plan.id")
    state: str
    asked: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    asked_by: str
    asked_at: datetime
    seconds_max: int
    began_at: datetime | None = None
    seen_at: datetime | None = None
    ended_at: datetime | None = None
    cancelled_by: str | None = None  # set: whoever plans shall end
    orders: int | None = None
    served: int | None = None
    cost_fen: int | None = Field(default=None, sa_type=BigInteger)
    spent_fen: int | None = Field(default=None, sa_type=BigInteger)
    distance_m: int | None = None
    found: int = 0  # plans, each better than the one before
    first_ms: int | None = None  # from when the planner was ready to the first plan
    first_cost_fen: int | None = Field(default=None, sa_type=BigInteger)
    trouble: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True), nullable=True)
    )


class SitingRow(SQLModel, table=True):
    """One search for places that close the gaps, as a job: what is asked, what was found."""

    __tablename__ = "siting"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed')", name="siting_state"
        ),
        CheckConstraint("(state = 'done') = (found IS NOT NULL)", name="siting_done"),
    )

    id: UUID = Field(primary_key=True)
    state: str
    asked: str  # JSON
    asked_by: str
    asked_at: datetime
    began_at: datetime | None = None
    ended_at: datetime | None = None
    found: bytes | None = Field(default=None, sa_type=LargeBinary)  # JSON, deflated


class PlanActRow(SQLModel, table=True):
    """What a dispatcher did with a plan, and why."""

    __tablename__ = "plan_act"

    id: int | None = Field(default=None, primary_key=True)
    plan_id: UUID = Field(index=True, foreign_key="plan.id")
    at: datetime
    by: str
    kind: str
    reason: str
    detail: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class RouteRow(SQLModel, table=True):
    """One courier's route of a plan."""

    __tablename__ = "route"
    __table_args__ = (
        CheckConstraint(
            "state IN ('planned', 'out', 'done', 'replaced')", name="route_state"
        ),
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
        Index(
            "stop_broken_seal",
            "order_id",
            sqlite_where=text(BROKEN_SEAL),
            postgresql_where=text(BROKEN_SEAL),
        ),
    )

    route_id: UUID = Field(primary_key=True, foreign_key="route.id")
    no: int = Field(primary_key=True)
    kind: str
    order_id: UUID | None = Field(default=None, index=True)
    point_sealed: str
    arrive_at: datetime
    start_at: datetime  # the service begins, after any wait for the window
    depart_at: datetime
    distance_m: int
    done_at: datetime | None = None
    outcome: str | None = None
    detail: str = ""
    locked: bool = False  # it, and all stops before it, stay where they are


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


class HoldRow(SQLModel, table=True):
    """An order that the dispatcher holds back: no planning takes it until it is released."""

    __tablename__ = "order_hold"

    order_id: UUID = Field(primary_key=True, foreign_key="delivery_order.id")
    since: datetime
    by: str
    reason: str


class WrongCodeRow(SQLModel, table=True):
    """How many wrong hand-over codes were tried at the door of an order.

    `issue` is the number of its code that is valid: a new one makes those before void.
    """

    __tablename__ = "wrong_code"

    order_id: UUID = Field(primary_key=True)
    tries: int = 0
    issue: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    renewed_at: datetime | None = None  # when the code before this one became void


class CourierActRow(SQLModel, table=True):
    """One act of a courier's phone and what was answered; its number is the phone's own.

    `at` is when it happened by the corrected clock of the phone, `received_at` when it came.
    """

    __tablename__ = "courier_act"
    __table_args__ = (
        CheckConstraint(
            "status IN ('done', 'already', 'refused')", name="courier_act_status"
        ),
        Index("courier_act_of_courier", "courier_code", "received_at"),
    )

    id: UUID = Field(primary_key=True)
    courier_code: str
    kind: str
    order_id: UUID | None = Field(default=None, index=True)
    at: datetime
    received_at: datetime
    digest: str
    status: str
    code: str = ""
    said: dict[str, str] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True), nullable=True)
    )
    body_sealed: str | None = None
    # Whether the phone's clock agreed with ours when it told of this: else `at` is its word.
    sure: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    paid_by: str | None = None  # of a hand-over: how a share due at the door was paid
    taken_fen: int | None = Field(default=None, sa_type=BigInteger)


class DeliveryProofRow(SQLModel, table=True):
    """One proof of what happened at a door, sealed; its number is that of the act that sent it.

    `sha256` is that of the file as it is kept, so that whoever has a copy can tell.
    """

    __tablename__ = "delivery_proof"
    __table_args__ = (
        CheckConstraint("kind IN ('photo', 'signature')", name="delivery_proof_kind"),
    )

    id: UUID = Field(primary_key=True)
    order_id: UUID = Field(index=True, foreign_key="delivery_order.id")
    courier_code: str
    kind: str
    media: str
    sha256: str
    sealed: bytes = Field(sa_type=LargeBinary)
    at: datetime
    received_at: datetime


for _name in ("plan_act", "courier_act", "delivery_proof"):
    event.listen(SQLModel.metadata.tables[_name], "after_create", guard)
