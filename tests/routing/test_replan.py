"""However often a day is planned anew: what was begun stays, and every plan keeps the rules."""

from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.patch import inserted, laid_out
from routing.plan import Plan
from routing.problem import Courier, Fixed, Kind, Parcel, Problem
from routing.replan import Gone, Orders, Reopened, Underway, changed, reopened
from routing.verify import verify
from tests.routing.small import EIGHT, small_problems
from tests.routing.tiny import ALICE, BOB, COURIER, INSULIN, OUTLET, PARCEL, street

HOUR_S = 3600
TEN, AT_ALICE = EIGHT + 600, EIGHT + 360


@dataclass
class Life:
    """A day as it goes: who is where, what is on board, what is handed over."""

    town: Problem
    gone: dict[str, Gone] = field(default_factory=dict)
    seen: dict[str, tuple[int, int]] = field(default_factory=dict)
    aboard: dict[str, tuple[str, int]] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    ahead: dict[str, list[tuple[Fixed, int, int]]] = field(default_factory=dict)

    def go_by(self, problem: Problem, plan) -> None:
        """Take a plan up: the stops ahead, each with its place and its end."""
        self.ahead = {
            route.courier_id: [
                ((it.parcel_id, it.kind), it.place, it.depart_s)
                for it in route.visits[1:-1]
            ]
            for route in plan.routes
        }

    def live_until(self, now_s: int) -> None:
        """Do every stop that ends by then."""
        for name, stops in self.ahead.items():
            while stops and stops[0][2] <= now_s:
                (parcel, kind), place, depart_s = stops.pop(0)
                self.seen[name] = (place, depart_s)
                if kind is Kind.PICKUP:
                    left_s = self.aboard.get(parcel, (name, depart_s))[1]
                    self.aboard[parcel] = (name, left_s)
                else:
                    self.aboard.pop(parcel, None)
                    self.ended.add(parcel)

    def underway(self, courier: Courier, locked: int) -> Underway:
        place, free_s = self.seen.get(courier.id, (courier.start, courier.start_s))
        stops = tuple(it[0] for it in self.ahead.get(courier.id, []))
        mine = {p: left_s for p, (c, left_s) in self.aboard.items() if c == courier.id}
        return Underway(
            courier,
            place,
            free_s,
            stops,
            moving=courier.id in self.seen and bool(stops),
            locked=min(locked, len(stops)),
            aboard=mine,
        )

    def again(self, now_s: int, locked: int) -> tuple[list[Underway], Reopened]:
        left = [
            replace(it, ready_s=max(it.ready_s, now_s))
            for it in self.town.parcels
            if it.id not in self.ended
        ]
        town = replace(self.town, parcels=tuple(left))
        underway = [self.underway(it, locked) for it in self.town.couriers]
        found = reopened(town, underway, self.gone, now_s)
        kept = {it.id for it in found.problem.parcels}
        for name, (courier, _) in list(self.aboard.items()):
            gone = self.gone.get(courier)
            if gone is not None and gone.at_s <= now_s and not gone.met:
                del self.aboard[name]
                if name not in kept:
                    self.ended.add(name)
        return underway, found


def stops_told(route) -> list[Fixed]:
    return [(it.parcel_id, it.kind) for it in route.visits[1:-1]]


@settings(max_examples=60)
@given(
    town=small_problems(),
    steps=st.lists(
        st.tuples(
            st.integers(1, 8),  # so many quarters of an hour later
            st.integers(0, 3),  # so many stops of each route are locked
            st.sampled_from(
                [None, None, True, False]
            ),  # somebody falls out: met or not
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_a_day_planned_anew_keeps_what_was_begun(town, steps):
    life, now_s = Life(town), EIGHT
    life.go_by(town, laid_out(town, inserted(town, {})))
    for quarters, locked, met in steps:
        now_s += 900 * quarters
        life.live_until(now_s)
        here = [it.id for it in town.couriers if it.id not in life.gone]
        if met is not None and here:
            life.gone[here[0]] = Gone(now_s, met)
        underway, found = life.again(now_s, locked)
        plan = laid_out(found.problem, inserted(found.problem, found.start))
        assert verify(found.problem, plan) == ()
        keeps(life, underway, plan)
        life.go_by(found.problem, plan)


def keeps(life: Life, underway: list[Underway], plan) -> None:
    """What is fixed comes first; what is on board stays, unless its courier is gone."""
    told = {route.courier_id: stops_told(route) for route in plan.routes}
    for each in underway:
        name = each.courier.id
        if name in life.gone:
            assert name not in told
            continue
        assert tuple(told.get(name, [])[: len(each.fixed)]) == each.fixed
        for other, stops in told.items():
            for parcel in each.aboard:
                assert (parcel, Kind.PICKUP) not in stops
                assert other == name or (parcel, Kind.DROPOFF) not in stops


def alice_aboard(problem: Problem, *, stops: tuple[Fixed, ...] = ()) -> Underway:
    courier = problem.couriers[0]
    return Underway(
        courier,
        OUTLET,
        EIGHT + 180,
        (*stops, ("alice", Kind.DROPOFF)),
        moving=True,
        aboard={"alice": EIGHT + 180},
    )


def only(problem: Problem) -> Parcel:
    (parcel,) = problem.parcels
    return parcel


def test_a_way_that_was_begun_is_gone_on_with():
    problem = street(PARCEL)
    found = reopened(problem, [alice_aboard(problem)], {}, EIGHT + 200).problem
    (courier,) = found.couriers
    assert (courier.start, courier.start_s) == (OUTLET, EIGHT + 180)
    assert courier.fixed == (("alice", Kind.DROPOFF),)
    assert only(found).pickup is None
    # Long after: the courier must be near the door by now, not at the counter still.
    (courier,) = reopened(problem, [alice_aboard(problem)], {}, TEN).problem.couriers
    assert courier.start_s == TEN - 100


def test_a_started_hand_over_is_made_though_late_and_though_the_shift_is_over():
    late = replace(PARCEL, close_s=EIGHT + 1)
    problem = street(late, couriers=(replace(COURIER, end_s=EIGHT + 200),))
    again = reopened(problem, [alice_aboard(problem)], {}, EIGHT + 200)
    plan = laid_out(again.problem, inserted(again.problem, again.start))
    assert (plan.served, plan.unserved) == (1, ())
    assert verify(again.problem, plan) == ()


def test_a_parcel_is_met_where_its_courier_stands():
    two = replace(COURIER, id="two")
    problem = street(PARCEL, couriers=(COURIER, two))
    away = {"one": Gone(TEN)}
    underway = [alice_aboard(problem), Underway(two, two.start, two.start_s)]
    found = reopened(problem, underway, away, TEN).problem
    assert [it.id for it in found.couriers] == ["two"]
    assert (only(found).pickup, only(found).ready_s) == (OUTLET, TEN)


def test_a_cold_parcel_that_is_met_keeps_its_last_instant():
    problem = street(replace(INSULIN, id="alice", dropoff=ALICE))
    found = reopened(problem, [alice_aboard(problem)], {"one": Gone(TEN)}, TEN).problem
    left_s = 600 - (TEN - EIGHT - 180)
    assert only(found).out_of_fridge_s_max == left_s
    assert only(found).close_s + found.lateness_s_max(only(found)) == TEN + left_s


def test_what_is_brought_back_is_free_at_its_counter_and_cold_parcels_are_not():
    problem = street(PARCEL)
    back = {"one": Gone(TEN, met=False)}
    stands = replace(alice_aboard(problem), place=BOB)
    found = reopened(problem, [stands], back, TEN).problem
    assert (only(found).pickup, only(found).ready_s) == (OUTLET, TEN + 200)
    chilled = street(replace(INSULIN, id="alice"))
    assert reopened(chilled, [stands], back, TEN).problem.parcels == ()


def test_who_leaves_later_works_until_then():
    problem = street(PARCEL)
    found = reopened(
        problem,
        [Underway(COURIER, COURIER.start, EIGHT)],
        {"one": Gone(EIGHT + HOUR_S)},
        EIGHT,
    ).problem
    assert [it.end_s for it in found.couriers] == [EIGHT + HOUR_S]


def test_what_no_longer_fits_is_left_out_of_the_start():
    gone_by = replace(PARCEL, close_s=EIGHT + 60, open_s=EIGHT)
    problem = street(gone_by)
    stops = (("alice", Kind.PICKUP), ("alice", Kind.DROPOFF))
    stands = Underway(COURIER, COURIER.start, EIGHT, stops)
    again = reopened(problem, [stands], {}, TEN)
    assert again.start == {}
    assert changed({"one": stops}, again.start) == {"one"}
    assert changed({"one": ()}, again.start) == set()


def test_what_is_on_board_and_too_late_is_tried_with_its_courier_alone():
    couriers = tuple(replace(COURIER, id=name) for name in ("one", "two", "three"))
    aboard = replace(PARCEL, pickup=None, courier_id="three", close_s=EIGHT + 1)
    tried = []

    def again(part: Problem, start: Orders) -> Plan:
        tried.append({it.id for it in part.couriers})
        return laid_out(part, inserted(part, start))

    found = inserted(street(aboard, couriers=couriers), {}, again)
    assert found == {}
    assert tried and all("three" in pair for pair in tried)
