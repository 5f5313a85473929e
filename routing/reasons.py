"""Why a parcel stays behind, and the cheapest change that would let it go.

Nothing is guessed: every reason is found by letting couriers try the parcel
alone, and every remedy by trying the parcel again with it. Pure.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

from routing.insertion import Gaps, best_insertion
from routing.plan import REASON_WORDS, Reason, Relaxation, Remedy, Unserved
from routing.problem import INSTANT_S_MAX, Courier, Parcel, Problem, able
from routing.timing import Stop, cost_fen, earliest_starts, step_s, stops_of

_Pair = tuple[Stop, ...]


def alone_fen(problem: Problem, courier: Courier, pair: _Pair) -> int | None:
    """Return what one parcel costs on an idle courier, or None if it cannot be."""
    if not able(courier, pair[0].parcel):
        return None
    starts = earliest_starts(problem, courier, pair)
    return None if starts is None else cost_fen(problem, courier, pair, starts)


def servable(problem: Problem, parcel: Parcel) -> bool:
    """Tell whether some courier could serve a parcel if it were the only one."""
    pair = stops_of(problem, parcel)
    return any(alone_fen(problem, it, pair) is not None for it in problem.couriers)


def explain(problem: Problem, gaps: Collection[Gaps], parcel: Parcel) -> Unserved:
    """Say why a parcel is in none of the routes, and what would bring it in.

    The gaps of all routes must have been tried by `best_insertion` in vain. They
    are tried again for a later hand-over; without gaps only a courier more is.
    """
    if servable(problem, parcel):
        return _told(parcel, Reason.FLEET_FULL, _room(problem, gaps, parcel))
    return (
        _unable(problem, parcel) or _too_warm(problem, parcel) or _late(problem, parcel)
    )


def _unable(problem: Problem, parcel: Parcel) -> Unserved | None:
    """Explain by licence, cold box or named courier, if no courier is able."""
    couriers = problem.couriers
    if any(able(courier, parcel) for courier in couriers):
        return None
    licensed = [it for it in couriers if it.licensed_for(parcel.area)]
    if parcel.courier_id is not None:
        free = replace(parcel, courier_id=None)
        if any(able(courier, free) for courier in couriers):
            cure = _cheapest(problem, free, Remedy.FREE_COURIER, couriers)
            return _told(parcel, Reason.COURIER_UNABLE, cure)
    if not licensed:
        papers = [replace(it, areas=None) for it in couriers]
        cure = _cheapest(problem, parcel, Remedy.LICENSE_COURIER, papers)
        return _told(parcel, Reason.NO_LICENCE, cure)
    boxes = [replace(it, cold_capacity_parcels=1) for it in licensed]
    cure = _cheapest(problem, parcel, Remedy.ADD_COLD_BOX, boxes)
    return _told(parcel, Reason.NO_COLD_BOX, cure)


def _too_warm(problem: Problem, parcel: Parcel) -> Unserved | None:
    """Explain by the limit out of the fridge, if the straight way breaks it."""
    direct_s = step_s(problem, parcel.counter, stops_of(problem, parcel)[1])
    limit_s = parcel.out_of_fridge_s_max
    if limit_s is None or direct_s <= limit_s:
        return None
    longer = replace(parcel, out_of_fridge_s_max=direct_s)
    remedy = Remedy.LENGTHEN_FRIDGE_LIMIT
    cure = _cheapest(problem, longer, remedy, problem.couriers)
    if cure is not None:
        cure = replace(cure, seconds=direct_s - limit_s)
    return _told(parcel, Reason.FRIDGE_LIMIT, cure)


def _late(problem: Problem, parcel: Parcel) -> Unserved:
    """Explain by window or shift, whichever needs to grow less."""
    pickup, dropoff = stops_of(problem, parcel)
    wide = (pickup, replace(dropoff, close_s=INSTANT_S_MAX))
    fixes: list[tuple[int, Reason, Relaxation]] = []
    for courier in problem.couriers:
        if not able(courier, parcel):
            continue
        starts = earliest_starts(problem, courier, wide)
        if starts is not None:
            seconds = starts[1] - dropoff.close_s
            cost = cost_fen(problem, courier, wide, starts)
            cure = Relaxation(Remedy.WIDEN_WINDOW, courier.id, seconds, cost)
            fixes.append((seconds, Reason.WINDOW_CLOSES, cure))
        longer = replace(courier, end_s=INSTANT_S_MAX)
        starts = earliest_starts(problem, longer, (pickup, dropoff))
        if starts is not None:
            home_s = problem.way_s(dropoff.place, courier.end)
            seconds = starts[1] + dropoff.service_s + home_s - courier.end_s
            cost = cost_fen(problem, courier, (pickup, dropoff), starts)
            cure = Relaxation(Remedy.LENGTHEN_SHIFT, courier.id, seconds, cost)
            fixes.append((seconds, Reason.SHIFT_ENDS, cure))
    if fixes:
        _, reason, cure = min(fixes, key=lambda fix: (fix[0], fix[2].cost_fen))
        return _told(parcel, reason, cure)
    days = [replace(it, start_s=0, end_s=INSTANT_S_MAX) for it in problem.couriers]
    another = _cheapest(problem, parcel, Remedy.ADD_COURIER, days)
    return _told(parcel, Reason.WINDOW_AND_SHIFT, another)


def _room(
    problem: Problem, gaps: Collection[Gaps], parcel: Parcel
) -> Relaxation | None:
    """Return the cheaper of a later hand-over on a route and one courier more."""
    pickup, dropoff = stops_of(problem, parcel)
    wide = (pickup, replace(dropoff, close_s=INSTANT_S_MAX))
    cures = [_cheapest(problem, parcel, Remedy.ADD_COURIER, problem.couriers)]
    for found in (best_insertion(it, wide) for it in gaps):
        if found is not None:
            starts = earliest_starts(problem, found.courier, found.stops) or []
            seconds = starts[found.stops.index(wide[1])] - dropoff.close_s
            name, cost = found.courier.id, found.cost_fen
            cures.append(Relaxation(Remedy.WIDEN_WINDOW, name, seconds, cost))
    return min(
        (cure for cure in cures if cure), key=lambda it: it.cost_fen, default=None
    )


def _cheapest(
    problem: Problem, parcel: Parcel, remedy: Remedy, couriers: Iterable[Courier]
) -> Relaxation | None:
    """Try a parcel alone on couriers changed by a remedy; return the cheapest."""
    pair = stops_of(problem, parcel)
    costs = [(alone_fen(problem, it, pair), it.id) for it in couriers]
    able_ones = [(cost, name) for cost, name in costs if cost is not None]
    if not able_ones:
        return None
    cost, name = min(able_ones)
    return Relaxation(remedy, name, cost_fen=cost)


def _told(parcel: Parcel, reason: Reason, cure: Relaxation | None) -> Unserved:
    words = REASON_WORDS[reason]
    if cure is None:
        return Unserved(parcel.id, reason, f"{words}；未找到可行的放宽办法", None)
    return Unserved(parcel.id, reason, f"{words}；{_advice(cure)}", cure)


def _advice(cure: Relaxation) -> str:
    who, minutes = f"配送员{cure.courier_id}", -(-cure.seconds // 60)
    return {
        Remedy.LICENSE_COURIER: f"可为{who}办理该区域备案",
        Remedy.ADD_COLD_BOX: f"可为{who}加配冷藏箱",
        Remedy.FREE_COURIER: f"可改派{who}",
        Remedy.LENGTHEN_FRIDGE_LIMIT: f"需延长时限{minutes}分钟，或由更近的药店发药",
        Remedy.WIDEN_WINDOW: f"收货时段延后{minutes}分钟，{who}即可送达",
        Remedy.LENGTHEN_SHIFT: f"{who}的班次延长{minutes}分钟即可送达",
        Remedy.ADD_COURIER: f"可增派一名配送员（同{who}）",
    }[cure.remedy]
