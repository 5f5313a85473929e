"""Whether the reason told of a parcel left behind is plainly untrue."""

import itertools
from collections.abc import Callable, Sequence

from routing.problem import INSTANT_S_MAX, Courier, Parcel, Problem

Claim = Callable[[Problem, Parcel, Sequence[Courier]], bool]


def may_be(problem: Problem, parcel: Parcel, reason: str) -> bool:
    """Tell whether a reason agrees with the couriers and with the straight way.

    A parcel kept for one courier may be spoken of as that courier's or as anybody's.
    Whether a window, a shift or a full fleet is to blame takes a planner to know;
    but then somebody is able to carry the parcel.
    """
    if reason == "courier_unable":
        named = [it for it in problem.couriers if it.id == parcel.courier_id]
        return bool(named) and not _able(parcel, named)
    claim = _CLAIMS.get(reason)
    named = [it for it in problem.couriers if parcel.courier_id in (None, it.id)]
    if claim is None:
        return bool(_able(parcel, named))
    return claim(problem, parcel, named) or claim(problem, parcel, problem.couriers)


def _licensed(parcel: Parcel, couriers: Sequence[Courier]) -> list[Courier]:
    return [it for it in couriers if it.areas is None or parcel.area in it.areas]


def _skilled(parcel: Parcel, couriers: Sequence[Courier]) -> list[Courier]:
    licensed = _licensed(parcel, couriers)
    return [it for it in licensed if parcel.skills <= it.skills]


def _boxed(parcel: Parcel, couriers: Sequence[Courier]) -> list[Courier]:
    skilled = _skilled(parcel, couriers)
    return [it for it in skilled if not parcel.cold or it.cold_capacity_parcels > 0]


def _large(parcel: Parcel, courier: Courier) -> bool:
    room = courier.cold_capacity_parcels if parcel.cold else courier.capacity_parcels
    return parcel.size_parcels > room


def _heavy(parcel: Parcel, courier: Courier) -> bool:
    return courier.capacity_g is not None and parcel.weight_g > courier.capacity_g


def _able(parcel: Parcel, couriers: Sequence[Courier]) -> list[Courier]:
    boxed = _boxed(parcel, couriers)
    return [it for it in boxed if not (_large(parcel, it) or _heavy(parcel, it))]


def _no_carrier(_: Problem, __: Parcel, couriers: Sequence[Courier]) -> bool:
    return not couriers


def _no_licence(_: Problem, parcel: Parcel, couriers: Sequence[Courier]) -> bool:
    return not _licensed(parcel, couriers)


def _no_skill(_: Problem, parcel: Parcel, couriers: Sequence[Courier]) -> bool:
    return bool(_licensed(parcel, couriers)) and not _skilled(parcel, couriers)


def _no_cold_box(_: Problem, parcel: Parcel, couriers: Sequence[Courier]) -> bool:
    return bool(_skilled(parcel, couriers)) and not _boxed(parcel, couriers)


def _too_large(_: Problem, parcel: Parcel, couriers: Sequence[Courier]) -> bool:
    boxed = _boxed(parcel, couriers)
    return bool(boxed) and all(_large(parcel, it) for it in boxed)


def _too_heavy(_: Problem, parcel: Parcel, couriers: Sequence[Courier]) -> bool:
    roomy = [it for it in _boxed(parcel, couriers) if not _large(parcel, it)]
    return bool(roomy) and all(_heavy(parcel, it) for it in roomy)


def _no_way(problem: Problem, parcel: Parcel, couriers: Sequence[Courier]) -> bool:
    able = _able(parcel, couriers)
    return bool(able) and all(_cut_off(problem, parcel, it) for it in able)


def _cut_off(problem: Problem, parcel: Parcel, courier: Courier) -> bool:
    places = [courier.start, parcel.pickup, parcel.dropoff, courier.end]
    known = [place for place in places if place is not None]
    ways = itertools.pairwise(known)
    return any(problem.way_s(here, there) >= INSTANT_S_MAX for here, there in ways)


def _fridge_limit(
    problem: Problem, parcel: Parcel, couriers: Sequence[Courier]
) -> bool:
    return _too_long(problem, parcel, couriers, parcel.out_of_fridge_s_max)


def _aboard_limit(
    problem: Problem, parcel: Parcel, couriers: Sequence[Courier]
) -> bool:
    return _too_long(problem, parcel, couriers, parcel.aboard_s_max)


def _too_long(
    problem: Problem,
    parcel: Parcel,
    couriers: Sequence[Courier],
    limit_s: int | None,
) -> bool:
    """Tell whether the straight way from the counter, or from the leaving, is too long."""
    if limit_s is None:
        return False
    if parcel.pickup is not None:
        return _way_s(problem, parcel.pickup, parcel.dropoff) > limit_s
    by_s = parcel.ready_s + limit_s
    return all(
        it.start_s + _way_s(problem, it.start, parcel.dropoff) > by_s
        for it in _able(parcel, couriers)
    )


def _way_s(problem: Problem, here: int, door: int) -> int:
    if here == door:
        return 0
    return problem.way_s(here, door) + problem.dropoff_setup_s


def _time_is_up(_: Problem, __: Parcel, ___: Sequence[Courier]) -> bool:
    """Nothing is claimed but that nobody has found out."""
    return True


_CLAIMS: dict[str, Claim] = {
    "time_is_up": _time_is_up,
    "no_carrier": _no_carrier,
    "no_licence": _no_licence,
    "no_skill": _no_skill,
    "no_cold_box": _no_cold_box,
    "too_large": _too_large,
    "too_heavy": _too_heavy,
    "no_way": _no_way,
    "fridge_limit": _fridge_limit,
    "aboard_limit": _aboard_limit,
}
