"""Which orders and couriers a time slice of a firm's day has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from dispensing.days import CHINA, day_of
from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from dispensing.tables import OrderRow
from pharmacies import service as pharmacies
from pharmacies.carriers import Courier
from routing.reserve import RESERVE_PERCENT
from routing.service.conditions import OUT_OF_FRIDGE_S_MAX, Conditions
from routing.tables import HoldRow, PlanRow, RouteRow

LEAD = timedelta(hours=1)  # couriers collect before the first window opens
SLICE_ORDERS_MAX = 1000
NAMED_MAX = 20
Staff = Sequence[tuple[Courier, datetime]]
"""Couriers, each with the instant from which he or she is free."""


@dataclass(frozen=True, slots=True)
class Slice:
    """What one plan covers, and how long the planner may think.

    `out_of_fridge_s_max` is the operator's own limit for 2-8 °C parcels: no text gives one;
    `reserve_percent` is what the firm leaves free of the time until a window closes.
    """

    carrier_code: str
    day: date
    opens: time
    closes: time
    seed: int = 1
    seconds_max: int = 10
    out_of_fridge_s_max: int = OUT_OF_FRIDGE_S_MAX
    reserve_percent: int = RESERVE_PERCENT
    only: tuple[UUID, ...] = ()  # these orders alone; none named: all of the slice

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise Malformed([FieldError("closes", "a time after opens")])


def reject_outside(
    session: Session, asked: Slice | PlanRow, only: Sequence[UUID]
) -> None:
    """Raise Conflict that names the chosen orders which a plan of this slice cannot take."""
    if not only:
        return
    fit = {order.id for order in open_orders(session, asked, only)}
    left = [str(each)[:8] for each in only if each not in fit]
    if left:
        named = "、".join(left[:NAMED_MAX])
        raise Conflict(
            Words(
                f"有 {len(left)} 单不在本计划的时段内、没有打包或已暂缓：{named}。",
                f"{len(left)} orders are outside the slice, not packed or held back:"
                f" {', '.join(left[:NAMED_MAX])}.",
                "请去掉这些订单，或单独排成新计划。",
                "Leave these out, or plan them by themselves.",
            ),
            code="orders-outside",
        )


def slice_around(
    session: Session, carrier_code: str, ids: Sequence[UUID]
) -> tuple[time, time]:
    """Return a slice that holds the windows of some orders of one day, in whole hours."""
    query = select(
        func.min(OrderRow.window_opens), func.max(OrderRow.window_opens)
    ).where(col(OrderRow.carrier_code) == carrier_code, col(OrderRow.id).in_(ids))
    first, last = session.exec(query).one()
    if first is None or last is None:
        raise NotFound("订单", "order")
    begins = first.astimezone(CHINA).replace(minute=0, second=0, microsecond=0)
    ends = last.astimezone(CHINA)
    whole = time(ends.hour + 1) if ends.hour < 23 else time(23, 59, 59)
    return begins.time(), whole


def open_orders(
    session: Session, asked: Slice | PlanRow, only: Sequence[UUID] = ()
) -> Sequence[OrderRow]:
    """Return the packed orders of a slice that nobody holds back, or those named of them.

    Conflict where they are too many for one plan.
    """
    opens, closes = bounds(asked)
    query = _orders(asked.carrier_code, opens, closes, ("packed",))
    query = query.where(col(OrderRow.id).not_in(select(HoldRow.order_id)))
    if only:
        query = query.where(col(OrderRow.id).in_(only))
    rows = session.exec(query).all()
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
    session: Session,
    carrier_code: str,
    day: date,
    conditions: Conditions,
    *,
    only: Sequence[str] | None = None,
) -> tuple[Courier, ...]:
    """List a firm's couriers of a day, those who were called in among them."""
    working = pharmacies.couriers(session, carrier_code, day, only=only)
    known = {each.code for each in working}
    more = (pharmacies.courier(session, code, day) for code in conditions.called_in)
    return (*working, *(each for each in more if each.code not in known))


def free_couriers(
    session: Session,
    asked: Slice | PlanRow,
    conditions: Conditions,
    *,
    beside: Sequence[UUID] = (),
    only: Sequence[str] | None = None,
) -> Staff:
    """List the couriers of a slice, each free after the committed routes that end last.

    Routes of the plans named by `beside` do not count: they are planned anew.
    """
    opens, closes = bounds(asked)
    busy = _busy_until(session, asked, beside)
    free = []
    firm, day = asked.carrier_code, asked.day
    for courier in crew(session, firm, day, conditions, only=only):
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
