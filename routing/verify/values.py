"""What the rules look at: the plan and its problem, a ride, one leg of it."""

from dataclasses import dataclass

from routing.plan import Kind, Plan, Rest, Route, Visit
from routing.problem import Break, Courier, Parcel, Problem


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong with a plan; `rule` is a stable code."""

    rule: str
    words: str
    courier_id: str | None = None
    parcel_id: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A plan, its problem, and who is who in it."""

    problem: Problem
    plan: Plan
    parcels: dict[str, Parcel]
    couriers: dict[str, Courier]


@dataclass(frozen=True, slots=True)
class Ride:
    """One route of the plan with its courier."""

    case: Case
    courier: Courier
    route: Route

    def parcel(self, visit: Visit) -> Parcel | None:
        """Return the parcel of a visit, if the problem knows it."""
        return self.case.parcels.get(visit.parcel_id or "")

    @property
    def breaks(self) -> list[Break]:
        """Return the breaks of the shift; one over when it begins is past."""
        courier = self.courier
        return [it for it in courier.breaks if it.close_s >= courier.start_s]


@dataclass(frozen=True, slots=True)
class Leg:
    """The way from one visit to the next, and the next one."""

    ride: Ride
    before: Visit
    visit: Visit

    @property
    def parcel(self) -> Parcel | None:
        """Return the parcel that is picked up or dropped off at the end of the leg."""
        return self.ride.parcel(self.visit)

    @property
    def setup_s(self) -> int:
        """Return the set-up after the leg: none at the same place or at the end."""
        return setup_s(self.ride.case.problem, self.before, self.visit)

    @property
    def rests(self) -> list[Rest]:
        """Return the breaks that begin on the leg."""
        since_s, until_s = self.before.depart_s, self.visit.start_s
        rests = self.ride.route.breaks
        return [it for it in rests if since_s <= it.start_s < until_s]


def setup_s(problem: Problem, before: Visit, visit: Visit) -> int:
    """Return the set-up that a visit needs after another one, in seconds."""
    if before.place == visit.place:
        return 0
    if visit.kind is Kind.PICKUP:
        return problem.pickup_setup_s
    return problem.dropoff_setup_s if visit.kind is Kind.DROPOFF else 0
