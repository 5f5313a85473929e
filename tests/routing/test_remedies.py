"""Whether the remedy named for a parcel left behind would help, under every limit."""

import time
from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from routing.insertion import Gaps, best_insertion
from routing.plan import Kind, Reason, Relaxation, Remedy
from routing.problem import Courier, Parcel, Problem
from routing.reasons import Reasons, servable
from routing.timing import Stop, earliest_starts, stops_of
from routing.verify.reasons import may_be
from tests.routing.cities import random_city
from tests.routing.small import full_problems, small_problems

MANY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@MANY
@given(small_problems(parcels_max=4, couriers_max=2))
def test_every_remedy_named_lets_the_parcel_go(problem):
    check_remedies(problem)


@MANY
@given(full_problems(parcels_max=4, couriers_max=2))
def test_every_remedy_under_every_limit_lets_the_parcel_go(problem):
    check_remedies(problem)


def test_a_thousand_parcels_left_behind_are_explained_in_seconds():
    problem = random_city(300, 5, n_couriers=30)
    gaps, _ = filled(problem)
    reasons = Reasons(problem, gaps.values())
    began_s = time.monotonic()
    for parcel in problem.parcels[:100]:
        reasons.of(replace(parcel, close_s=parcel.open_s))
    # A hundred; generous, since the machine may be busy.
    assert time.monotonic() - began_s < 20


def check_remedies(problem: Problem) -> None:
    """Fill routes up, ask why the rest stays behind, and try what is then named."""
    gaps, left = filled(problem)
    reasons = Reasons(problem, gaps.values())
    for parcel in left:
        unserved = reasons.of(parcel)
        cure = unserved.relaxation
        alone = unserved.reason in (
            Reason.FLEET_FULL,
            Reason.STILL_FITS,
            Reason.NOT_WORTH,
        )
        assert servable(problem, parcel) is alone
        assert may_be(problem, parcel, unserved.reason)
        if cure is not None:
            assert is_cured(problem, gaps[cure.courier_id], parcel, cure)


def filled(problem: Problem) -> tuple[dict[str, Gaps], list[Parcel]]:
    """Put parcels into gaps as they come; return the routes and who is left."""
    gaps = {it.id: Gaps(problem, it, begun(problem, it)) for it in problem.couriers}
    fixed = {name for it in problem.couriers for name, _ in it.fixed}
    left = []
    for parcel in problem.parcels:
        if parcel.id in fixed:
            continue
        for name, courier in ((it.id, it) for it in problem.couriers):
            found = best_insertion(gaps[name], stops_of(problem, parcel))
            if found is not None:
                gaps[name] = Gaps(problem, courier, found.stops)
                break
        else:
            left.append(parcel)
    return gaps, left


def begun(problem: Problem, courier: Courier) -> list[Stop]:
    """Return the fixed stops, then the doors of what is on board by then."""
    stops = {
        (stop.parcel.id, stop.kind): stop
        for parcel in problem.parcels
        for stop in stops_of(problem, parcel)
    }
    doors = [
        (name, Kind.DROPOFF)
        for name, _ in courier.fixed
        if (name, Kind.DROPOFF) not in courier.fixed
    ]
    return [stops[it] for it in (*courier.fixed, *doors)]


def is_cured(problem: Problem, gaps: Gaps, parcel: Parcel, cure: Relaxation) -> bool:
    """Apply a remedy and try again: in the route that stands, or alone."""
    parcel, courier = remedied(problem, parcel, gaps.courier, cure)
    if cure.remedy is Remedy.ADD_COURIER:
        courier = replace(courier, fixed=(), breaks=())
    stops = stops_of(problem, parcel)
    for route in (gaps.stops, begun(problem, courier)):
        if earliest_starts(problem, courier, route) is not None:
            found = best_insertion(Gaps(problem, courier, route), stops)
            if found is not None:
                return True
    return False


def remedied(
    problem: Problem, parcel: Parcel, courier: Courier, cure: Relaxation
) -> tuple[Parcel, Courier]:
    """Change exactly what a remedy names, and by no more than it says."""
    seconds, late_s = cure.seconds, problem.lateness_s_max(parcel)
    closes_s, limits = parcel.pickup_close_s or 0, (parcel.limit_s or 0) + seconds
    cold_places = parcel.size_parcels if parcel.cold else 0
    return {
        Remedy.SERVE_ANYWAY: (parcel, courier),
        Remedy.LICENSE_COURIER: (parcel, replace(courier, areas=None)),
        Remedy.TEACH_SKILL: (parcel, replace(courier, skills=parcel.skills)),
        Remedy.ADD_COLD_BOX: (parcel, roomier(courier, parcel, cold_places)),
        Remedy.ENLARGE_ROOM: (parcel, roomier(courier, parcel, cold_places)),
        Remedy.FREE_COURIER: (replace(parcel, courier_id=None), courier),
        Remedy.LENGTHEN_FRIDGE_LIMIT: (lasting(parcel, limits), courier),
        Remedy.LENGTHEN_ABOARD_LIMIT: (lasting(parcel, limits), courier),
        Remedy.READY_EARLIER: (
            replace(parcel, ready_s=max(0, parcel.ready_s - seconds)),
            courier,
        ),
        Remedy.KEEP_PICKUP_OPEN: (
            replace(parcel, pickup_close_s=max(parcel.ready_s, closes_s + seconds)),
            courier,
        ),
        Remedy.WIDEN_WINDOW: (replace(parcel, late_s_max=late_s + seconds), courier),
        Remedy.LENGTHEN_SHIFT: (
            parcel,
            replace(courier, end_s=courier.end_s + seconds),
        ),
        Remedy.MOVE_BREAK: (parcel, replace(courier, breaks=())),
        Remedy.ADD_COURIER: (
            parcel,
            replace(courier, start_s=min(courier.start_s, 0), end_s=2 * 86_400),
        ),
    }[cure.remedy]


def roomier(courier: Courier, parcel: Parcel, cold_places: int) -> Courier:
    box = max(courier.cold_capacity_parcels, cold_places)
    weight_g = courier.capacity_g
    return replace(
        courier,
        capacity_parcels=max(courier.capacity_parcels, parcel.size_parcels, box),
        cold_capacity_parcels=box,
        capacity_g=None if weight_g is None else max(weight_g, parcel.weight_g),
    )


def lasting(parcel: Parcel, limit_s: int) -> Parcel:
    """Let a parcel be out of the fridge and aboard for so long at least."""
    fridge_s, aboard_s = parcel.out_of_fridge_s_max, parcel.aboard_s_max
    return replace(
        parcel,
        out_of_fridge_s_max=fridge_s and max(fridge_s, limit_s),
        aboard_s_max=None if aboard_s is None else max(aboard_s, limit_s),
    )
