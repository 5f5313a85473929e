"""Who carries it: one courier's shift, room, licence, breaks and fixed stops."""

from dataclasses import dataclass

from routing.problem.expecting import (
    AMOUNT_MAX,
    INSTANT_S_MAX,
    expect,
    expect_given,
    expect_set,
    expect_whole,
    expect_within,
)
from routing.problem.parcel import Kind, Parcel

Fixed = tuple[str, Kind]
"""A stop that stands where it is: a parcel's id, and whether it is picked up or dropped."""


@dataclass(frozen=True, slots=True)
class Break:
    """A rest of `length_s` seconds that begins in `open_s..close_s`, on the way to a stop."""

    open_s: int
    close_s: int
    length_s: int

    def __post_init__(self) -> None:
        expect_given(
            "break", open_s=self.open_s, close_s=self.close_s, length_s=self.length_s
        )
        expect_within(
            "break",
            INSTANT_S_MAX,
            open_s=self.open_s,
            close_s=self.close_s,
            length_s=self.length_s,
        )
        expect(self.open_s <= self.close_s, "break: closes before it opens")


@dataclass(frozen=True, slots=True)
class Courier:
    """One courier (配送员) in this slice, with shift, room and licence.

    A cold parcel takes its places of `capacity_parcels` and as many of
    `cold_capacity_parcels` (0: no cold box); `capacity_g` None means that weight
    does not count. `areas` are the districts the firm's registration lets the
    courier deliver in; None means all. A route of a courier with parcels holds
    every one of `breaks`, in the order given; an idle courier needs none. `fixed`
    are the first stops of the route, in this order: those already begun and those
    that the dispatcher has locked. Work beyond `fair_work_s` seconds, counted from
    leaving to the end, is charged at the problem's price for it. `fixed_fen` is the
    price of using this courier (None: the problem's).
    """

    id: str
    start: int
    end: int
    start_s: int
    end_s: int
    capacity_parcels: int
    cold_capacity_parcels: int = 0
    areas: frozenset[str] | None = None
    capacity_g: int | None = None
    skills: frozenset[str] = frozenset()
    breaks: tuple[Break, ...] = ()
    fixed: tuple[Fixed, ...] = ()
    fair_work_s: int | None = None
    fixed_fen: int | None = None

    def __post_init__(self) -> None:
        expect(bool(self.id), "a courier needs an id")
        name = f"courier {self.id}"
        self._check_given(name)
        expect(self.start >= 0 and self.end >= 0, f"{name}: place below 0")
        expect_within(name, INSTANT_S_MAX, start_s=self.start_s, end_s=self.end_s)
        expect(self.start_s <= self.end_s, f"{name}: expected start_s <= end_s")
        expect_within(
            name,
            AMOUNT_MAX,
            capacity_g=self.capacity_g,
            fair_work_s=self.fair_work_s,
            fixed_fen=self.fixed_fen,
        )
        expect_within(name, AMOUNT_MAX, capacity_parcels=self.capacity_parcels)
        expect(self.capacity_parcels > 0, f"{name}: capacity not above 0")
        expect(
            0 <= self.cold_capacity_parcels <= self.capacity_parcels,
            f"{name}: cold capacity outside 0..capacity",
        )
        self._check_breaks(name)

    def _check_given(self, name: str) -> None:
        room = {
            "capacity_parcels": self.capacity_parcels,
            "cold_capacity_parcels": self.cold_capacity_parcels,
        }
        places = {"start": self.start, "end": self.end}
        shift = {"start_s": self.start_s, "end_s": self.end_s}
        expect_given(name, **places, **shift, **room, skills=self.skills)
        expect_whole(name, **places, **room)
        expect_set(name, skills=self.skills, areas=self.areas)

    def _check_breaks(self, name: str) -> None:
        ends_s = 0
        for each in self.breaks:
            expect(isinstance(each, Break), f"{name}: {each!r} is no break")
            expect(each.open_s >= ends_s, f"{name}: breaks overlap or are out of order")
            ends_s = each.close_s + each.length_s

    def licensed_for(self, area: str) -> bool:
        """Tell whether the courier may deliver in an area."""
        return self.areas is None or area in self.areas


def able(courier: Courier, parcel: Parcel) -> bool:
    """Tell whether a courier may carry a parcel at all: named, licence, skills, box, size."""
    return (
        parcel.courier_id in (None, courier.id)
        and courier.licensed_for(parcel.area)
        and parcel.skills <= courier.skills
        and parcel.size_parcels <= courier.capacity_parcels
        and (courier.capacity_g is None or parcel.weight_g <= courier.capacity_g)
        and not (parcel.cold and courier.cold_capacity_parcels == 0)
        and not (parcel.cold and parcel.size_parcels > courier.cold_capacity_parcels)
    )
