"""The limits of time that may give way for a parcel, one at a time. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from routing.insertion import Gaps, best_insertion
from routing.plan import Reason, Relaxation, Remedy
from routing.problem import INSTANT_S_MAX, Courier, Parcel, Problem
from routing.timing import Stop, length_m, route_fen, stops_of

WEEK_S = 7 * 86_400
"""A limit that would have to give way by more than this is no remedy."""

Grown = Callable[[Problem, Parcel, Courier, int], tuple[Parcel, Courier]]


@dataclass(frozen=True, slots=True)
class Loosening:
    """One limit, what its giving way by some seconds makes of parcel and courier."""

    reason: Reason
    remedy: Remedy
    grown: Grown


def looseners(parcel: Parcel) -> list[Loosening]:
    """List the limits of time that a parcel has, and those of couriers."""
    found = [
        Loosening(Reason.WINDOW_CLOSES, Remedy.WIDEN_WINDOW, _later_door),
        Loosening(Reason.SHIFT_ENDS, Remedy.LENGTHEN_SHIFT, _longer_shift),
        Loosening(Reason.BREAK_DUE, Remedy.MOVE_BREAK, _no_break),
    ]
    if parcel.pickup is not None:
        ready = Loosening(Reason.PICKUP_NOT_READY, Remedy.READY_EARLIER, _readier)
        found.append(ready)
    if parcel.pickup_close_s is not None:
        remedy = Remedy.KEEP_PICKUP_OPEN
        found.append(Loosening(Reason.PICKUP_CLOSES, remedy, _open_counter))
    if parcel.limit_s is not None:
        found.append(limit_loosening(parcel))
    return found


def limit_loosening(parcel: Parcel) -> Loosening:
    """Return the tighter of the limits out of the fridge and aboard, to be lengthened."""
    if parcel.limit_s == parcel.out_of_fridge_s_max:
        return Loosening(
            Reason.FRIDGE_LIMIT, Remedy.LENGTHEN_FRIDGE_LIMIT, _longer_aboard
        )
    return Loosening(Reason.ABOARD_LIMIT, Remedy.LENGTHEN_ABOARD_LIMIT, _longer_aboard)


@dataclass(frozen=True, slots=True)
class Try:
    """A route with a parcel in it that could be if one limit were lifted.

    `fen` is what it costs more with the limit lifted, so never more than what it
    costs with the limit as it has to be.
    """

    gaps: Gaps
    parcel: Parcel
    loosening: Loosening
    stops: tuple[Stop, ...]
    fen: int

    def settled(self) -> Relaxation:
        """Find by halving the least seconds by which the limit must give way.

        What is returned has been timed and priced with just these seconds.
        """
        remedy = self.loosening.remedy
        seconds = 0 if remedy is Remedy.MOVE_BREAK else self._least_s()
        fen = self._fen(seconds)
        assert fen is not None, self.parcel.id
        return Relaxation(
            remedy=remedy,
            courier_id=self.gaps.courier.id,
            seconds=seconds,
            cost_fen=fen - self.gaps.cost_fen,
            distance_m=more_m(self.gaps, self.stops),
        )

    def _least_s(self) -> int:
        short, enough = -1, WEEK_S
        while enough - short > 1:
            middle = (short + enough) // 2
            if self._fen(middle) is None:
                short = middle
            else:
                enough = middle
        return enough

    def _fen(self, seconds: int) -> int | None:
        problem, courier = self.gaps.problem, self.gaps.courier
        parcel, firm = self.loosening.grown(problem, self.parcel, courier, seconds)
        own = {stop.kind: stop for stop in stops_of(problem, parcel)}
        stops = [own[it.kind] if it.parcel.id == parcel.id else it for it in self.stops]
        return route_fen(problem, firm, stops)


def tried(gaps: Gaps, parcel: Parcel, loosening: Loosening) -> Try | None:
    """Try a parcel in a route with one limit lifted, at its cheapest place."""
    problem, courier = gaps.problem, gaps.courier
    wide, lax = loosening.grown(problem, parcel, courier, WEEK_S)
    if (wide, lax) == (parcel, courier):
        return None
    lifted = gaps if lax is courier else Gaps(problem, lax, gaps.stops)
    found = best_insertion(lifted, stops_of(problem, wide))
    if found is None:
        return None
    fen = found.cost_fen + lifted.cost_fen - gaps.cost_fen
    return Try(gaps, parcel, loosening, found.stops, fen)


def more_m(gaps: Gaps, stops: Sequence[Stop]) -> int:
    """Return by how many metres a route is longer than the one that stands."""
    was_m = length_m(gaps.problem, gaps.courier, gaps.stops) if gaps.stops else 0
    return length_m(gaps.problem, gaps.courier, stops) - was_m


def _later_door(
    problem: Problem, parcel: Parcel, courier: Courier, seconds: int
) -> tuple[Parcel, Courier]:
    late_s = min(problem.lateness_s_max(parcel) + seconds, INSTANT_S_MAX)
    return replace(parcel, late_s_max=late_s), courier


def _longer_shift(
    _: Problem, parcel: Parcel, courier: Courier, seconds: int
) -> tuple[Parcel, Courier]:
    end_s = min(courier.end_s + seconds, INSTANT_S_MAX)
    return parcel, replace(courier, end_s=end_s)


def _no_break(
    _: Problem, parcel: Parcel, courier: Courier, _seconds: int
) -> tuple[Parcel, Courier]:
    return parcel, replace(courier, breaks=())


def _readier(
    _: Problem, parcel: Parcel, courier: Courier, seconds: int
) -> tuple[Parcel, Courier]:
    if parcel.ready_s <= courier.start_s:
        return parcel, courier
    return replace(parcel, ready_s=max(0, parcel.ready_s - seconds)), courier


def _open_counter(
    _: Problem, parcel: Parcel, courier: Courier, seconds: int
) -> tuple[Parcel, Courier]:
    assert parcel.pickup_close_s is not None
    closes_s = min(parcel.pickup_close_s + seconds, INSTANT_S_MAX)
    return replace(parcel, pickup_close_s=closes_s), courier


def _longer_aboard(
    _: Problem, parcel: Parcel, courier: Courier, seconds: int
) -> tuple[Parcel, Courier]:
    fridge_s, aboard_s = parcel.out_of_fridge_s_max, parcel.aboard_s_max
    longer = replace(
        parcel,
        out_of_fridge_s_max=_longer(fridge_s, parcel.limit_s, seconds),
        aboard_s_max=_longer(aboard_s, parcel.limit_s, seconds),
    )
    return longer, courier


def _longer(limit_s: int | None, tighter_s: int | None, seconds: int) -> int | None:
    """Lengthen a limit so far that the tighter one may grow by some seconds."""
    if limit_s is None or tighter_s is None:
        return limit_s
    return max(limit_s, min(tighter_s + seconds, INSTANT_S_MAX))
