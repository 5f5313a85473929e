"""Which orders and couriers a time slice of a firm's day has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from dispensing.days import CHINA, day_of
from dispensing.desk import Desk
from dispensing.errors import Conflict, FieldError, Malformed, Words
from dispensing.service.ordering import order_view
from dispensing.service.views import OrderView
from dispensing.tables import OrderRow
from pharmacies import service as pharmacies
from pharmacies.carriers import Courier
from routing.service.conditions import OUT_OF_FRIDGE_S_MAX, Conditions
from routing.tables import PlanRow, RouteRow

LEAD = timedelta(hours=1)  # couriers collect before the first window opens
SLICE_ORDERS_MAX = 1000
LISTED_MAX = 50
Staff = Sequence[tuple[Courier, datetime]]
"""Couriers, each with the instant from which he or she is free."""


@dataclass(frozen=True, slots=True)
class Slice:
    """What one plan covers, and how long the planner may think.

    `out_of_fridge_s_max` is the operator's own limit for 2-8 °C parcels: no text gives one.
    """

    carrier_code: str
    day: date
    opens: time
    closes: time
    seed: int = 1
    seconds_max: int = 10
    out_of_fridge_s_max: int = OUT_OF_FRIDGE_S_MAX

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise Malformed([FieldError("closes", "a time after opens")])


@dataclass(frozen=True, slots=True)
class OrdersWaiting:
    """A firm's orders of a day that no route has taken yet, and one page of them by window."""

    by_window: Mapping[datetime, int]  # how many open at an instant
    orders: tuple[OrderView, ...]

    @property
    def number(self) -> int:
        """Tell how many orders wait, on all pages."""
        return sum(self.by_window.values())

    @property
    def pages(self) -> int:
        """Tell how many pages they have, one where there are none."""
        return max(1, -(-self.number // LISTED_MAX))


def orders_waiting(
    session: Session, desk: Desk, carrier_code: str, day: date, *, page: int = 1
) -> OrdersWaiting:
    """Count a firm's orders of a day that no route has taken yet, and list a page of them."""
    opens = datetime.combine(day, time(), CHINA)
    asked = carrier_code, opens, opens + timedelta(days=1), ("placed", "packed")
    query = _orders(*asked).offset((page - 1) * LISTED_MAX).limit(LISTED_MAX)
    rows = session.exec(query)
    counted = select(OrderRow.window_opens, func.count()).where(*_among(*asked))
    counted = counted.group_by(col(OrderRow.window_opens))
    return OrdersWaiting(
        by_window={opens: int(n) for opens, n in sorted(session.exec(counted))},
        orders=tuple(order_view(desk.vault, row) for row in rows),
    )


def open_orders(session: Session, asked: Slice | PlanRow) -> Sequence[OrderRow]:
    """Return the packed orders of a slice; Conflict where they are too many for one plan."""
    opens, closes = bounds(asked)
    rows = session.exec(_orders(asked.carrier_code, opens, closes, ("packed",))).all()
    if len(rows) > SLICE_ORDERS_MAX:
        raise Conflict(
            Words(
                f"本时段有 {len(rows)} 单，超过一次计划的上限 {SLICE_ORDERS_MAX} 单。",
                f"{len(rows)} orders are more than one plan takes ({SLICE_ORDERS_MAX}).",
                "请缩短时段，分几次计划。",
                "Shorten the slice and plan it in parts.",
            ),
            code="slice-too-large",
        )
    return rows


def _orders(
    carrier_code: str, opens: datetime, closes: datetime, states: Sequence[str]
) -> SelectOfScalar[OrderRow]:
    return (
        select(OrderRow)
        .where(*_among(carrier_code, opens, closes, states))
        .order_by(col(OrderRow.window_opens), col(OrderRow.id))
    )


def _among(
    carrier_code: str, opens: datetime, closes: datetime, states: Sequence[str]
) -> tuple[ColumnElement[bool], ...]:
    return (
        col(OrderRow.carrier_code) == carrier_code,
        col(OrderRow.state).in_(states),
        col(OrderRow.window_opens) >= opens,
        col(OrderRow.window_opens) < closes,
    )


def crew(
    session: Session, carrier_code: str, day: date, conditions: Conditions
) -> tuple[Courier, ...]:
    """List a firm's couriers of a day, those who were called in among them."""
    working = pharmacies.couriers(session, carrier_code, day)
    known = {each.code for each in working}
    more = (pharmacies.courier(session, code) for code in conditions.called_in)
    return (*working, *(each for each in more if each.code not in known))


def free_couriers(
    session: Session,
    asked: Slice | PlanRow,
    conditions: Conditions,
    *,
    beside: Sequence[UUID] = (),
) -> Staff:
    """List the couriers of a slice, each free after the committed routes that end last.

    Routes of the plans named by `beside` do not count: they are planned anew.
    """
    opens, closes = bounds(asked)
    busy = _busy_until(session, asked, beside)
    free = []
    for courier in crew(session, asked.carrier_code, asked.day, conditions):
        begins = datetime.combine(asked.day, courier.shift_begins, CHINA)
        begins = max(begins, opens - LEAD, busy.get(courier.code, begins))
        more = timedelta(seconds=conditions.lengthened_s.get(courier.code, 0))
        ends = datetime.combine(asked.day, courier.shift_ends, CHINA) + more
        if begins < min(closes, ends):
            free.append((courier, begins))
    return tuple(free)


def _busy_until(
    session: Session, asked: Slice | PlanRow, beside: Sequence[UUID]
) -> dict[str, datetime]:
    """Return when each courier's committed routes of the day end."""
    query = (
        select(RouteRow.courier_code, RouteRow.ends_at)
        .join(PlanRow, col(PlanRow.id) == col(RouteRow.plan_id))
        .where(
            col(PlanRow.carrier_code) == asked.carrier_code,
            col(PlanRow.day) == asked.day,
            col(PlanRow.state) == "committed",
            col(PlanRow.id).not_in(beside),
        )
    )
    ends: dict[str, datetime] = {}
    for code, at in session.exec(query).all():
        ends[code] = max(at, ends.get(code, at))
    return ends


def bounds(asked: Slice | PlanRow) -> tuple[datetime, datetime]:
    """Return the instants at which a slice begins and ends."""
    return (
        datetime.combine(asked.day, asked.opens, CHINA),
        datetime.combine(asked.day, asked.closes, CHINA),
    )


def second(instant: datetime, day: date) -> int:
    """Return an instant as seconds of a business day, 0 where it lies before the day."""
    if day_of(instant) < day:
        return 0
    midnight = datetime.combine(day, time(), CHINA)
    return int((instant - midnight).total_seconds())


def instant(day: date, second: int) -> datetime:
    """Return a second of a business day as an instant."""
    return datetime.combine(day, time(), CHINA) + timedelta(seconds=second)
