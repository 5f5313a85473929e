"""Rules of one stop: at the parcel's place, in its time, by a courier who may."""

from collections.abc import Callable

from routing.plan import Kind
from routing.problem import Parcel
from routing.verify.values import Leg

StopRule = Callable[[Leg, Parcel], str | None]


def _is_pickup(leg: Leg) -> bool:
    return leg.visit.kind is Kind.PICKUP


def _at(leg: Leg) -> str:
    return f"{leg.visit.kind} at place {leg.visit.place}, {leg.visit.start_s} s"


def _unless(true: bool, words: str) -> str | None:
    return None if true else words


def _place(leg: Leg, parcel: Parcel) -> str | None:
    place = parcel.pickup if _is_pickup(leg) else parcel.dropoff
    return _unless(leg.visit.place == place, f"{_at(leg)}, expected place {place}")


def _ready(leg: Leg, parcel: Parcel) -> str | None:
    early = _is_pickup(leg) and leg.visit.start_s < parcel.ready_s
    return _unless(not early, f"{_at(leg)}, ready at {parcel.ready_s} s")


def _pickup_close(leg: Leg, parcel: Parcel) -> str | None:
    closes_s = parcel.pickup_close_s
    shut = _is_pickup(leg) and closes_s is not None and leg.visit.start_s > closes_s
    return _unless(not shut, f"{_at(leg)}, pickup until {closes_s} s")


def _window_open(leg: Leg, parcel: Parcel) -> str | None:
    early = not _is_pickup(leg) and leg.visit.start_s < parcel.open_s
    return _unless(not early, f"{_at(leg)}, opens at {parcel.open_s} s")


def _late_s(leg: Leg, parcel: Parcel) -> int:
    return 0 if _is_pickup(leg) else max(0, leg.visit.start_s - parcel.close_s)


def _window_close(leg: Leg, parcel: Parcel) -> str | None:
    most_s = parcel.late_s_max
    if most_s is None:
        most_s = leg.ride.case.problem.late_s_max
    late_s = _late_s(leg, parcel)
    return _unless(late_s <= most_s, f"{_at(leg)}, {late_s} s late, not {most_s} s")


def _late_told(leg: Leg, parcel: Parcel) -> str | None:
    late_s = _late_s(leg, parcel)
    words = f"{leg.visit.late_s} s late told, {late_s} s by the clock"
    return _unless(leg.visit.late_s == late_s, words)


def _service(leg: Leg, parcel: Parcel) -> str | None:
    problem = leg.ride.case.problem
    if _is_pickup(leg):
        own_s, usual_s = parcel.pickup_service_s, problem.pickup_service_s
    else:
        own_s, usual_s = parcel.dropoff_service_s, problem.dropoff_service_s
    service_s = usual_s if own_s is None else own_s
    served_s = leg.visit.depart_s - leg.visit.start_s
    return _unless(
        served_s == service_s, f"{_at(leg)}, {served_s} s, not {service_s} s"
    )


def _licence(leg: Leg, parcel: Parcel) -> str | None:
    areas = leg.ride.courier.areas
    return _unless(areas is None or parcel.area in areas, f"not for {parcel.area}")


def _named_courier(leg: Leg, parcel: Parcel) -> str | None:
    mine = parcel.courier_id in (None, leg.ride.courier.id)
    return _unless(mine, f"is kept for {parcel.courier_id}")


def _skills(leg: Leg, parcel: Parcel) -> str | None:
    lacking = parcel.skills - leg.ride.courier.skills
    return _unless(not lacking, f"needs {', '.join(sorted(lacking))}")


STOP_RULES: dict[str, StopRule] = {
    "place": _place,
    "ready": _ready,
    "pickup_close": _pickup_close,
    "window_open": _window_open,
    "window_close": _window_close,
    "late_told": _late_told,
    "service": _service,
    "licence": _licence,
    "named_courier": _named_courier,
    "skills": _skills,
}
