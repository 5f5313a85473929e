"""The end of a search: what is left is tried in every gap, then the plan is written out."""

import time
from collections.abc import Sequence

from routing.insertion import Gaps, cheapest_insertion
from routing.plan import REASON_WORDS, Plan, Reason, Unserved
from routing.reasons import Reasons
from routing.solve.board import Board
from routing.solve.watching import Watch
from routing.timing import earliest_starts, stops_of, timed_route

# Of the time that is left for the end, what the reasons may not take.
_WRITE_S_PER_STOP = 0.00006
# Even where there is hardly any time, or none because somebody said to stop, some parcels
# are given a place and some reasons are found.
_FILL_S_MIN = 0.2


def finish(board: Board, watch: Watch) -> list[Gaps]:
    """Put parcels into the cheapest gaps of the routes, the urgent ones first."""
    problem = board.problem
    left = sorted(board.unserved, key=lambda it: (-it.priority, it.close_s, it.id))
    if not left:
        return []
    gaps = {
        courier.id: Gaps(problem, courier, board.orders.get(courier.id, []))
        for courier in problem.couriers
    }
    until_s = max(watch.ends_s - _write_s(board), watch.begun_s + _FILL_S_MIN)
    stopped_s = time.monotonic() + _FILL_S_MIN
    for parcel in left:
        now_s = time.monotonic()
        if now_s >= until_s or (now_s >= stopped_s and watch.over(until_s)):
            break
        best = cheapest_insertion(gaps.values(), stops_of(problem, parcel))
        if best is not None:
            name = best.courier.id
            if board.take([name], {name: best.stops}):
                gaps[name] = Gaps(problem, best.courier, best.stops)
    return list(gaps.values())


def plan_of(board: Board, gaps: Sequence[Gaps] | None, watch: Watch) -> Plan:
    """Write out the routes with their instants, and the reasons of the rest.

    Without gaps the plan is one on the way: its reasons are not looked for.
    """
    problem = board.problem
    routes = []
    for courier in problem.couriers:
        stops = board.orders.get(courier.id)
        if stops:
            starts = earliest_starts(problem, courier, stops)
            assert starts is not None, courier.id
            routes.append(timed_route(problem, courier, stops, starts))
    return Plan(
        routes=tuple(routes),
        unserved=_unserved(board, gaps, watch),
        distance_m=sum(route.distance_m for route in routes),
        cost_fen=board.fen,
    )


def _unserved(
    board: Board, gaps: Sequence[Gaps] | None, watch: Watch
) -> tuple[Unserved, ...]:
    """Tell why each parcel stays behind, as long as there is time to find out."""
    behind = board.unserved
    until_s = max(watch.ends_s - _write_s(board), watch.begun_s + _FILL_S_MIN)
    words = REASON_WORDS[Reason.TIME_IS_UP]
    if gaps is None:
        return tuple(Unserved(it.id, Reason.TIME_IS_UP, words, None) for it in behind)
    reasons = Reasons(board.problem, gaps, behind=len(behind))
    told = []
    stopped_s = time.monotonic() + _FILL_S_MIN
    for parcel in behind:
        now_s = time.monotonic()
        if now_s < until_s and (now_s < stopped_s or not watch.over(until_s)):
            told.append(reasons.of(parcel))
        else:
            told.append(Unserved(parcel.id, Reason.TIME_IS_UP, words, None))
    return tuple(told)


def _write_s(board: Board) -> float:
    return _WRITE_S_PER_STOP * 2 * len(board.parcels)
