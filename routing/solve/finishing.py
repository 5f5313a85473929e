"""The end of a search: what is left is tried in every gap, then the plan is written out."""

import time
from collections.abc import Sequence

from routing.insertion import Gaps, cheapest_insertion
from routing.plan import REASON_WORDS, Plan, Reason, Unserved
from routing.reasons import Reasons
from routing.solve.board import Board
from routing.solve.recipes import SMALL_PARCELS
from routing.solve.watching import Watch
from routing.timing import earliest_starts, stops_of, timed_route

# Of the time that is left for the end, what the reasons may not take.
_WRITE_S_PER_STOP = 0.00006
# Even where there is hardly any time some parcels are given a place and some reasons are
# found; where somebody said to stop, in such moments for the one and for the other.
_END_S_MIN = 0.2
_PLACES_S = 0.15
_REASONS_S = 0.1


class _Clock:
    """How long a part of the end may go on: for a moment at least, if somebody said to stop."""

    def __init__(self, board: Board, watch: Watch, moment_s: float) -> None:
        write_s = _WRITE_S_PER_STOP * 2 * len(board.parcels)
        self._watch = watch
        self._until_s = max(watch.ends_s - write_s, watch.begun_s + _END_S_MIN)
        self._moment_s = time.monotonic() + moment_s

    def over(self) -> bool:
        now_s = time.monotonic()
        return now_s >= self._until_s or (
            now_s >= self._moment_s and self._watch.stopped()
        )


def finish(board: Board, watch: Watch) -> list[Gaps] | None:
    """Put parcels into the cheapest gaps of the routes, the urgent ones first.

    A few parcels are given their places whatever the clock says: on a machine that had
    other work nothing may have been found. Returns the gaps of all routes, or None where
    there was no time to look at all.
    """
    problem = board.problem
    left = sorted(board.unserved, key=lambda it: (-it.priority, it.close_s, it.id))
    if not left:
        return []
    clock = _Clock(board, watch, _PLACES_S)
    many = max(len(problem.parcels), len(problem.couriers)) > SMALL_PARCELS
    gaps: dict[str, Gaps] = {}
    for courier in problem.couriers:
        gaps[courier.id] = Gaps(problem, courier, board.orders.get(courier.id, []))
        if many and clock.over():
            break
    for parcel in left:
        if many and clock.over():
            break
        best = cheapest_insertion(gaps.values(), stops_of(problem, parcel))
        if best is not None:
            name = best.courier.id
            if board.take([name], {name: best.stops}):
                gaps[name] = Gaps(problem, best.courier, best.stops)
    return list(gaps.values()) if len(gaps) == len(problem.couriers) else None


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
    behind, words = board.unserved, REASON_WORDS[Reason.TIME_IS_UP]
    if gaps is None:
        return tuple(Unserved(it.id, Reason.TIME_IS_UP, words, None) for it in behind)
    clock = _Clock(board, watch, _REASONS_S)
    reasons = Reasons(board.problem, gaps, behind=len(behind))
    told = []
    for parcel in behind:
        if clock.over():
            told.append(Unserved(parcel.id, Reason.TIME_IS_UP, words, None))
        else:
            told.append(reasons.of(parcel))
    return tuple(told)
