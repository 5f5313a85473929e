"""Why a parcel stays behind, and the cheapest change that would let it go.

Nothing is guessed: every reason is found by letting couriers try the parcel
alone, and every remedy by trying the parcel again with it, in the routes that
stand where they are known. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from routing.insertion import Gaps, best_insertion
from routing.plan import Reason, Relaxation, Remedy, Unserved
from routing.problem import INSTANT_S_MAX, Courier, Parcel, Problem
from routing.reasons.loosening import (
    Loosening,
    Try,
    limit_loosening,
    looseners,
    more_m,
    tried,
)
from routing.reasons.standing import Standing
from routing.reasons.unable import unable
from routing.reasons.words import told
from routing.timing import step_s, stops_of

__all__ = ["Reasons", "explain", "servable"]

# So many of the nearest routes are tried with a limit giving way, and so many of the
# nearest couriers alone: the rest is farther, so hardly ever cheaper. Where many
# parcels stay behind, fewer: all of them together get about as many tries.
_NEAR_MAX = 6
_TRIES = 200


def servable(problem: Problem, parcel: Parcel) -> bool:
    """Tell whether some courier could serve a parcel if it were the only one."""
    return Reasons(problem).servable(parcel)


def explain(problem: Problem, gaps: Iterable[Gaps], parcel: Parcel) -> Unserved:
    """Say why a parcel is in none of the routes, and what would bring it in.

    For many parcels make one `Reasons`, which keeps what it finds out of the routes.
    """
    return Reasons(problem, gaps).of(parcel)


class Reasons:
    """What is known of the routes while the parcels left behind are explained.

    `gaps` are those of the couriers' routes as they stand; without them each parcel
    is tried with couriers alone. The more parcels stay `behind`, the fewer of the
    nearest routes are tried for each, so that a thousand take seconds, not minutes.
    """

    def __init__(
        self, problem: Problem, gaps: Iterable[Gaps] = (), *, behind: int = 1
    ) -> None:
        self._problem = problem
        self._standing = Standing(problem, list(gaps))
        self._near = max(1, min(_NEAR_MAX, _TRIES // max(1, behind)))

    def servable(self, parcel: Parcel) -> bool:
        """Tell whether some courier could serve a parcel beside the fixed stops alone."""
        stops = stops_of(self._problem, parcel)
        alone = self._standing.alone(parcel)
        return any(best_insertion(gaps, stops) is not None for gaps in alone)

    def of(self, parcel: Parcel) -> Unserved:
        """Say why a parcel stays behind, and the cheapest change that lets it go."""
        couriers = self._problem.couriers
        if not couriers:
            return told(parcel, Reason.NO_CARRIER, None)
        kept_off = unable(couriers, parcel)
        if kept_off is not None:
            reason, remedy, helped = kept_off
            return told(parcel, reason, self._equipped(parcel, remedy, helped))
        if self.servable(parcel):
            return self._full(parcel)
        return self._cut_off(parcel) or self._too_long(parcel) or self._late(parcel)

    def _equipped(
        self, parcel: Parcel, remedy: Remedy, helped: Sequence[Courier]
    ) -> Relaxation | None:
        """Try a parcel with couriers who have been given what they lacked."""
        free = parcel
        if remedy is Remedy.FREE_COURIER:
            free = replace(parcel, courier_id=None)
        ways = [self._standing.near(free, helped, self._near)]
        ways.append(self._standing.near(free, helped, self._near, alone=True))
        for near in ways:
            cure = self._cheapest(free, remedy, near)
            if cure is not None:
                return cure
        return None

    def _full(self, parcel: Parcel) -> Unserved:
        """Explain what a courier alone could serve: by the fleet, or by the price."""
        near = self._standing.near(parcel, self._problem.couriers, self._near)
        fits = self._cheapest(parcel, Remedy.SERVE_ANYWAY, near)
        if fits is not None:
            dear = fits.cost_fen >= self._problem.unserved_fen(parcel)
            return told(parcel, Reason.NOT_WORTH if dear else Reason.STILL_FITS, fits)
        alone = self._standing.alone(parcel, self._near)
        another = self._cheapest(parcel, Remedy.ADD_COURIER, alone)
        cure = self._least(self._tries(parcel, looseners(parcel), near), another)
        return told(parcel, Reason.FLEET_FULL, cure)

    def _cut_off(self, parcel: Parcel) -> Unserved | None:
        """Explain by the roads, if no courier has a way there and home."""
        if any(self._standing.reachable(it, parcel) for it in self._problem.couriers):
            return None
        return told(parcel, Reason.NO_WAY, None)

    def _too_long(self, parcel: Parcel) -> Unserved | None:
        """Explain by the limit out of the fridge or aboard, if no way is short enough."""
        if parcel.limit_s is None:
            return None
        if parcel.pickup is not None:
            door = stops_of(self._problem, parcel)[1]
            aboard_s = step_s(self._problem, parcel.pickup, door)
        else:
            aboard_s = self._standing.first_s(parcel) - parcel.ready_s
        if aboard_s <= parcel.limit_s:
            return None
        lone = limit_loosening(parcel)
        return told(parcel, lone.reason, self._cure(parcel, [lone]))

    def _late(self, parcel: Parcel) -> Unserved:
        """Explain by the limit of time that has to give way least, tried alone."""
        alone = self._standing.alone(parcel, self._near, possible=False)
        found = self._tries(parcel, looseners(parcel), alone)
        fixes = [(it.settled(), it.loosening) for it in found]
        if fixes:
            _, loosening = min(fixes, key=lambda it: (it[0].seconds, it[0].cost_fen))
            cure = self._cure(parcel, [it for _, it in fixes])
            # The straight way is short enough: the limit only fails with others.
            if (
                parcel.limit_s is not None
                and loosening.reason is limit_loosening(parcel).reason
            ):
                return told(parcel, Reason.WINDOW_AND_SHIFT, cure)
            return told(parcel, loosening.reason, cure)
        days = [
            replace(it, start_s=0, end_s=INSTANT_S_MAX, breaks=(), fixed=())
            for it in self._problem.couriers
        ]
        near = self._standing.near(parcel, days, self._near, alone=True)
        another = self._cheapest(parcel, Remedy.ADD_COURIER, near)
        return told(parcel, Reason.WINDOW_AND_SHIFT, another)

    def _cure(
        self, parcel: Parcel, loosenings: Sequence[Loosening]
    ) -> Relaxation | None:
        """Return the cheapest of some remedies in the routes, else with one alone."""
        couriers = self._problem.couriers
        near = self._standing.near(parcel, couriers, self._near)
        cure = self._least(self._tries(parcel, loosenings, near))
        if cure is not None:
            return cure
        alone = self._standing.alone(parcel, self._near, possible=False)
        return self._least(self._tries(parcel, loosenings, alone))

    def _tries(
        self, parcel: Parcel, loosenings: Sequence[Loosening], near: Iterable[Gaps]
    ) -> list[Try]:
        """Try each limit lifted in each route; the cheapest first."""
        found = [
            tried(gaps, parcel, loosening) for gaps in near for loosening in loosenings
        ]
        return sorted((it for it in found if it), key=lambda it: it.fen)

    def _least(
        self, tries: Iterable[Try], best: Relaxation | None = None
    ) -> Relaxation | None:
        """Settle tries, the cheapest first, until the rest can only be dearer."""
        for each in tries:
            if best is not None and each.fen > self._fen(best)[0]:
                break
            best = self._best([best, each.settled()])
        return best

    def _cheapest(
        self, parcel: Parcel, remedy: Remedy, near: Iterable[Gaps]
    ) -> Relaxation | None:
        """Try a parcel in some routes as they are; return the cheapest."""
        stops, cures = stops_of(self._problem, parcel), []
        for gaps in near:
            found = best_insertion(gaps, stops)
            if found is not None:
                name, metres = gaps.courier.id, more_m(gaps, found.stops)
                cures.append(Relaxation(remedy, name, 0, found.cost_fen, metres))
        return self._best(cures)

    def _best(self, cures: Iterable[Relaxation | None]) -> Relaxation | None:
        """Choose the cheapest remedy."""
        return min((cure for cure in cures if cure), key=self._fen, default=None)

    def _fen(self, cure: Relaxation) -> tuple[int, int, str]:
        """Price a second of any limit as a second of lateness.

        Lateness itself is in the price of a route already.
        """
        counted = cure.remedy is Remedy.WIDEN_WINDOW
        late_fen = 0 if counted else self._problem.prices.late_fen_per_s
        more_fen = cure.seconds * late_fen
        return cure.cost_fen + more_fen, cure.seconds, cure.courier_id
