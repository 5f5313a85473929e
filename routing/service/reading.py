"""Read plans, routes and where a parcel is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing import service as dispensing
from dispensing.desk import Desk, Reader
from dispensing.errors import NotFound
from dispensing.sealed import point_of, unseal
from dispensing.service.ordering import order_row, order_view
from dispensing.service.people import record_read
from dispensing.service.tendering import dues_at_door
from dispensing.tables import OrderRow
from dispensing.vault import Vault
from pharmacies import service as pharmacies
from routing.handover import handover_code
from routing.plan import REASON_WORDS, Reason
from routing.service.code_issues import issue_of, issues_of
from routing.service.refusals import REFUSALS
from routing.service.views import (
    FiguresView,
    PlanView,
    RoadsView,
    RouteView,
    StopView,
    TrackingView,
    UnservedView,
)
from routing.tables import PlanRow, RouteRow, StopRow, UnservedRow

REASON_ENGLISH = {
    Reason.NO_CARRIER: "no courier is on duty in this slice",
    Reason.NO_SKILL: "no courier who may go there has the skill it asks for",
    Reason.TOO_LARGE: "it is larger than any courier's room",
    Reason.TOO_HEAVY: "it is heavier than any courier may carry",
    Reason.NO_WAY: "no road leads there",
    Reason.ABOARD_LIMIT: "even the direct way is longer than it may be aboard",
    Reason.PICKUP_NOT_READY: "even alone it is packed too late",
    Reason.PICKUP_CLOSES: "even alone nobody is there before the outlet closes",
    Reason.BREAK_DUE: "even alone it collides with the courier's break",
    Reason.NOT_WORTH: "to deliver it in this slice costs more than to let it wait",
    Reason.STILL_FITS: "a route still has room for it, but the time to plan was over",
    Reason.TIME_IS_UP: "the time to plan was over before the reason was found",
    Reason.NO_LICENCE: "no courier is licensed for the area",
    Reason.NO_COLD_BOX: "no courier who may go there has a cold box",
    Reason.COURIER_UNABLE: "the named courier cannot carry it",
    Reason.FRIDGE_LIMIT: "even the direct way is longer than the limit out of the fridge",
    Reason.WINDOW_CLOSES: "even alone it arrives after the window closes",
    Reason.SHIFT_ENDS: "even alone it runs past the courier's shift",
    Reason.WINDOW_AND_SHIFT: "even alone it breaks several limits of time at once",
    Reason.FLEET_FULL: "the fleet has no room left in this slice",
}
_AT_THE_DOOR = ("planned", "out")


@dataclass(frozen=True, slots=True)
class Sign:
    """What stands at a stop."""

    name: str = ""
    address: str = ""
    phone_masked: str = ""
    storage: str = "ambient"


def plan(session: Session, desk: Desk, plan_id: UUID, *, carrier_code: str) -> PlanView:
    """Return one plan of a firm, or raise NotFound."""
    row = session.get(PlanRow, plan_id)
    if row is None or row.carrier_code != carrier_code:
        raise NotFound("计划", "plan")
    return plan_view(session, desk, row)


def routes(
    session: Session, desk: Desk, courier_code: str, day: date
) -> tuple[RouteView, ...]:
    """List a courier's committed routes of a day, in their order."""
    query = (
        select(RouteRow)
        .join(PlanRow, col(PlanRow.id) == col(RouteRow.plan_id))
        .where(
            col(RouteRow.courier_code) == courier_code,
            col(PlanRow.day) == day,
            col(PlanRow.state) == "committed",
        )
        .order_by(col(RouteRow.leaves_at))
    )
    return tuple(route_view(session, desk, row) for row in session.exec(query).all())


def route(
    session: Session, desk: Desk, route_id: UUID, *, courier_code: str
) -> RouteView:
    """Return one committed route of a courier, or raise NotFound."""
    return route_view(session, desk, route_row(session, route_id, courier_code))


def tracking(
    session: Session, desk: Desk, secret: bytes, order_id: UUID
) -> TrackingView:
    """Tell the code for an order's door, and which courier brings it."""
    row = order_row(session, order_id)
    code = handover_code(secret, str(order_id), issue=issue_of(session, order_id))
    found = _last_stop(session, order_id) if row.state in _AT_THE_DOOR else None
    if found is None:
        return TrackingView(
            order_view(desk.vault, row),
            code,
            None,
        )
    _, on_route = found
    return TrackingView(
        order=order_view(desk.vault, row),
        code=code,
        courier_name=pharmacies.courier(session, on_route.courier_code).name,
    )


def phone_at_door(
    session: Session,
    desk: Desk,
    order_id: UUID,
    *,
    courier_code: str,
    reader: Reader,
    now: datetime,
) -> str:
    """Tell a courier the number to call at a door that is still ahead; the look is recorded."""
    row = order_row(session, order_id)
    found = _last_stop(session, order_id) if row.state in _AT_THE_DOOR else None
    if found is None or found[1].courier_code != courier_code:
        raise NotFound("订单", "order")
    person_no = dispensing.person_of(session, row.prescription_id)
    record_read(session, person_no, reader, now)
    phone = unseal(desk.vault, row, "phone_sealed")
    session.commit()
    return phone


def route_row(
    session: Session, route_id: UUID, courier_code: str, *, lock: bool = False
) -> RouteRow:
    """Return the row of a courier's committed route, or raise NotFound."""
    row = session.get(
        RouteRow, route_id, with_for_update=lock or None, populate_existing=lock
    )
    if row is not None and row.courier_code == courier_code:
        plan_row = session.get(PlanRow, row.plan_id)
        if plan_row is not None and plan_row.state == "committed":
            return row
    raise NotFound("路线", "route")


def plan_view(session: Session, desk: Desk, row: PlanRow) -> PlanView:
    """Turn a plan's rows into the value that services answer with."""
    kept = session.exec(
        select(RouteRow)
        .where(col(RouteRow.plan_id) == row.id)
        .order_by(col(RouteRow.courier_code))
    ).all()
    return PlanView(
        id=row.id,
        carrier_code=row.carrier_code,
        day=row.day,
        opens=row.opens,
        closes=row.closes,
        state=row.state,
        distance_m=row.distance_m,
        cost_fen=row.cost_fen,
        made_at=row.made_at,
        version=row.version,
        base_id=row.base_id,
        figures=figures_view(row.figures.get("plan")),
        by_hand=figures_view(row.figures.get("hand")),
        routes=_route_views(session, desk, row, kept),
        unserved=unserved_of(session, row.id),
        roads=roads_view(row.figures.get("roads")),
    )


def route_view(session: Session, desk: Desk, row: RouteRow) -> RouteView:
    """Turn a route's rows into what its courier is told, with what is due at each door."""
    plan_row = session.get_one(PlanRow, row.plan_id)
    (view,) = _route_views(session, desk, plan_row, [row])
    doors = {it.order_id for it in view.stops if it.kind == "dropoff" and it.order_id}
    dues, issues = dues_at_door(session, doors), issues_of(session, doors)
    stops = (
        replace(
            it,
            due_fen=dues.get(it.order_id, 0),
            code_issue=issues.get(it.order_id, 1),
        )
        if it.kind == "dropoff" and it.order_id
        else it
        for it in view.stops
    )
    return replace(view, stops=tuple(stops))


def _route_views(
    session: Session, desk: Desk, plan_row: PlanRow, rows: Sequence[RouteRow]
) -> tuple[RouteView, ...]:
    """Turn routes into values, with few questions for many stops."""
    query = select(StopRow).where(col(StopRow.route_id).in_([row.id for row in rows]))
    stops: dict[UUID, list[StopRow]] = {row.id: [] for row in rows}
    for stop in session.exec(query.order_by(col(StopRow.route_id), col(StopRow.no))):
        stops[stop.route_id].append(stop)
    signs = _signs(session, desk, [it for listed in stops.values() for it in listed])
    names = pharmacies.courier_names(session, [row.courier_code for row in rows])
    changed = plan_row.figures.get("changed", ())
    return tuple(
        RouteView(
            id=row.id,
            plan_id=row.plan_id,
            courier_code=row.courier_code,
            courier_name=names[row.courier_code],
            state=row.state,
            distance_m=row.distance_m,
            leaves_at=row.leaves_at,
            ends_at=row.ends_at,
            version=plan_row.version,
            changed=row.courier_code in changed,
            stops=tuple(_stop(it, signs, desk.vault) for it in stops[row.id]),
        )
        for row in rows
    )


def _stop(
    row: StopRow, signs: Mapping[tuple[UUID | None, str], Sign], vault: Vault
) -> StopView:
    sign = signs.get((row.order_id, row.kind), Sign())
    return StopView(
        no=row.no,
        kind=row.kind,
        order_id=row.order_id,
        name=sign.name,
        address=sign.address,
        phone_masked=sign.phone_masked,
        storage=sign.storage,
        point=point_of(vault, row),
        arrive_at=row.arrive_at,
        start_at=row.start_at,
        depart_at=row.depart_at,
        distance_m=row.distance_m,
        done_at=row.done_at,
        outcome=row.outcome,
        locked=row.locked,
    )


class Stands(Protocol):
    """A stop as far as it is to be named."""

    @property
    def kind(self) -> str:
        """Tell what is done there."""

    @property
    def order_id(self) -> UUID | None:
        """Tell whose parcel it is about, if any."""


def signs_of(session: Session, desk: Desk, stops: Sequence[Stands]) -> tuple[Sign, ...]:
    """Name what is at each stop: the outlet at a pickup, the door at a hand-over."""
    named = _signs(session, desk, stops)
    return tuple(named.get((it.order_id, it.kind), Sign()) for it in stops)


def _signs(
    session: Session, desk: Desk, stops: Sequence[Stands]
) -> dict[tuple[UUID | None, str], Sign]:
    ids = {stop.order_id for stop in stops if stop.order_id is not None}
    query = select(OrderRow).where(col(OrderRow.id).in_(ids))
    orders = {order.id: order for order in session.exec(query)}
    codes = {order.outlet_code for order in orders.values()}
    shops = {shop.code: shop for shop in pharmacies.outlets_of(session, codes)}
    signs: dict[tuple[UUID | None, str], Sign] = {}
    for stop in stops:
        if stop.order_id is None:
            continue
        order = orders[stop.order_id]
        shop = shops[order.outlet_code]
        if stop.kind == "pickup":
            sign = Sign(shop.name, shop.address, "", order.storage)
        else:
            seen = order_view(desk.vault, order)
            sign = Sign("", seen.address, seen.phone_masked, order.storage)
        signs[stop.order_id, stop.kind] = sign
    return signs


def _last_stop(session: Session, order_id: UUID) -> tuple[StopRow, RouteRow] | None:
    """Find the stop at which a committed route hands an order over."""
    query = (
        select(StopRow, RouteRow)
        .join(RouteRow, col(RouteRow.id) == col(StopRow.route_id))
        .join(PlanRow, col(PlanRow.id) == col(RouteRow.plan_id))
        .where(
            col(StopRow.order_id) == order_id,
            col(StopRow.kind) == "dropoff",
            col(PlanRow.state) == "committed",
            col(StopRow.outcome).is_(None),
        )
        .order_by(col(RouteRow.leaves_at).desc())
    )
    return session.exec(query).first()


def roads_view(told: dict[str, Any] | None) -> RoadsView | None:
    """Read whose travel times a plan goes by, as it is kept with a plan."""
    if told is None:
        return None
    return RoadsView(**{**told, "cut_off": tuple(told["cut_off"])})


def figures_view(told: dict[str, int] | None) -> FiguresView | None:
    """Read what a way of working comes to, as it is kept with a plan."""
    return FiguresView(**told) if told else None


def unserved_of(session: Session, plan_id: UUID) -> tuple[UnservedView, ...]:
    """List what a plan leaves behind, as plain values: it may be hundreds of orders."""
    row = UnservedRow
    columns: tuple[Any, ...] = (
        *(row.order_id, row.reason, row.detail),
        *(row.remedy, row.remedy_courier, row.remedy_s),
    )
    query = select(*columns).where(col(row.plan_id) == plan_id)
    found = session.exec(query.order_by(col(row.reason), col(row.order_id)))
    return tuple(
        _unserved(order_id, reason, *more) for order_id, reason, *more in found
    )


def _unserved(order_id: UUID, reason: str, *more: Any) -> UnservedView:
    """Say why an order stays behind: what the planner found, or what the commit did."""
    left_out = REFUSALS.get(reason)
    if left_out is None:
        known = Reason(reason)
        left_out = REASON_WORDS[known], REASON_ENGLISH[known]
    return UnservedView(order_id, reason, *left_out, *more)
