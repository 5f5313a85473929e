"""The road over the interface: couriers and when they come, alerts, and a firm's own feed."""

from dataclasses import dataclass
from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from routing import service
from routing.service import CaseWords, FeedDevice, FeedKey
from routing.service.views import AlertView, ArrivalView, PlaceView, RiderView
from web import clock, db, parts, scope
from web.auth import caller, may
from web.openapi import answers, reply
from web.schemas_live import DeviceForm

bp = APIBlueprint("live_road", __name__, url_prefix="/api")


@dataclass(frozen=True, slots=True)
class Fleet:
    """A firm's couriers on the road, and what is wrong there."""

    riders: tuple[RiderView, ...]
    alerts: tuple[AlertView, ...]


@dataclass(frozen=True, slots=True)
class Arrival:
    """When an order is expected; none, where it is on no route to come."""

    arrival: ArrivalView | None


@dataclass(frozen=True, slots=True)
class Feed:
    """A firm's keys, without the keys themselves, and its devices."""

    keys: tuple[FeedKey, ...]
    devices: tuple[FeedDevice, ...]


@bp.get("/fleet")
@may("fleet.read")
@answers({200: Fleet})
def fleet() -> ResponseReturnValue:
    """Show the couriers on the road with their last position, arrivals and alerts."""
    session, firm, now = db.session(), caller().subject, clock.now()
    riders = service.riders(session, parts.desk(), firm, parts.live_travel(), now=now)
    return reply(Fleet(riders, service.alerts(session, firm, now=now)))


@bp.get("/routes/<uuid:route_id>/track")
@may("fleet.read")
@answers({200: tuple[PlaceView, ...]})
def track(route_id: UUID) -> ResponseReturnValue:
    """Show the positions of one route of the caller's firm, while they are kept."""
    firm = caller().subject
    return reply(service.route_track(db.session(), route_id, carrier_code=firm))


@bp.get("/orders/<uuid:order_id>/arrival")
@may("arrival.read")
@answers({200: Arrival})
def arrival(order_id: UUID) -> ResponseReturnValue:
    """Tell when an order is expected at its door, as a span of minutes."""
    scope.order(order_id)
    return reply(Arrival(arrival_of(order_id)))


@bp.post("/alerts/<uuid:alert_id>/acknowledgement")
@may("alert.acknowledge")
@answers({200: AlertView})
def acknowledge(alert_id: UUID) -> ResponseReturnValue:
    """Note that the caller has seen an alert; the first who did stays named."""
    return reply(acknowledged(alert_id))


@bp.get("/feed")
@may("fleet.read")
@answers({200: Feed})
def show_feed() -> ResponseReturnValue:
    """Show the keys of the caller's feed, and who carries which device."""
    session, firm = db.session(), caller().subject
    return reply(
        Feed(service.feed_keys(session, firm), service.feed_devices(session, firm))
    )


@bp.post("/feed/keys")
@may("feed.change")
@answers({201: FeedKey})
def make_key() -> ResponseReturnValue:
    """Make a key for the caller's feed; it is shown this once."""
    return reply(made_key(), 201)


@bp.post("/feed/keys/<uuid:key_id>/end")
@may("feed.change")
@answers({200: FeedKey})
def end_key(key_id: UUID) -> ResponseReturnValue:
    """End a key: what is sent with it from now on is refused."""
    return reply(ended_key(key_id))


@bp.put("/feed/devices")
@may("feed.change")
@bp.input(
    DeviceForm,
    arg_name="form",
    example={"device": "86012345", "courier": "C33030000101"},
)
@answers({200: Feed})
def give_device(form: DeviceForm) -> ResponseReturnValue:
    """Say who carries a device; a device without a courier is taken off the list."""
    given(form)
    session, firm = db.session(), caller().subject
    return reply(
        Feed(service.feed_keys(session, firm), service.feed_devices(session, firm))
    )


def arrival_of(order_id: UUID) -> ArrivalView | None:
    """Tell when an order is expected, as every page and program is told."""
    travel, now = parts.live_travel(), clock.now()
    return service.arrival(db.session(), parts.desk(), order_id, travel, now=now)


def case_of(order_id: UUID) -> CaseWords | None:
    """Tell how the last exception of an order stands, in the words of every side."""
    return service.case_words(db.session(), [order_id]).get(order_id)


def acknowledged(alert_id: UUID) -> AlertView:
    """Note that the caller has seen an alert of the caller's firm."""
    who = caller()
    return service.acknowledge(
        db.session(),
        alert_id,
        carrier_code=who.subject,
        by=who.user,
        now=clock.now(),
    )


def made_key() -> FeedKey:
    """Make a key for the feed of the caller's firm."""
    who = caller()
    return service.make_feed_key(
        db.session(), carrier_code=who.subject, by=who.user, now=clock.now()
    )


def ended_key(key_id: UUID) -> FeedKey:
    """End a key of the caller's firm."""
    return service.end_feed_key(
        db.session(), key_id, carrier_code=caller().subject, now=clock.now()
    )


def given(form: DeviceForm) -> None:
    """Say who of the caller's firm carries a device."""
    service.give_device(
        db.session(), form.device, form.courier, carrier_code=caller().subject
    )
