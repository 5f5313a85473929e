"""What is carried: one sealed order from an outlet's counter to a door."""

from dataclasses import dataclass
from enum import StrEnum

from routing.problem.expecting import (
    AMOUNT_MAX,
    INSTANT_S_MAX,
    expect,
    expect_given,
    expect_set,
    expect_whole,
    expect_within,
)

PRIORITY_MAX = 9


class Kind(StrEnum):
    """What happens at a visit."""

    START = "start"
    PICKUP = "pickup"
    DROPOFF = "dropoff"
    END = "end"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One sealed order to be fetched at an outlet and handed over at a door.

    `pickup` None: it is on board when its courier starts. `ready_s` is when the
    outlet has it packed, or, for one on board, when it left the counter, which may
    be before the courier starts; its pickup begins by `pickup_close_s`. The
    hand-over should begin in `open_s..close_s` and may begin `late_s_max` seconds
    later at a price (None: as the problem says). The last `reserve_s` of the window are a
    reserve against an unlucky road: who plans into them pays that price from `due_s` on.

    `out_of_fridge_s_max` bounds the time from leaving the outlet's counter to the
    hand-over (冷链在途时限) of a cold parcel; `aboard_s_max` bounds it for any,
    which is how far round the others a parcel may be carried. `size_parcels` is how
    many places it takes, a cold one as many of the cold box besides. A courier
    needs all `skills`, and the licence for `area`. `courier_id` keeps the parcel with
    one courier whom the dispatcher has named. `unserved_fen` is what staying behind
    costs (None: the problem's price, once per step of priority): an order that may
    wait has a small one.
    """

    id: str
    pickup: int | None
    dropoff: int
    ready_s: int
    open_s: int
    close_s: int
    area: str = ""
    cold: bool = False
    out_of_fridge_s_max: int | None = None
    priority: int = 1
    pickup_service_s: int | None = None  # None: the problem's usual time
    dropoff_service_s: int | None = None  # None: the problem's usual time
    courier_id: str | None = None
    pickup_close_s: int | None = None
    late_s_max: int | None = None
    aboard_s_max: int | None = None
    size_parcels: int = 1
    weight_g: int = 0
    skills: frozenset[str] = frozenset()
    unserved_fen: int | None = None
    reserve_s: int = 0

    def __post_init__(self) -> None:
        expect(bool(self.id), "a parcel needs an id")
        name = f"parcel {self.id}"
        self._check_given(name)
        self._check_clock(name)
        places = (self.dropoff,) if self.pickup is None else (self.pickup, self.dropoff)
        expect(min(places) >= 0, f"{name}: place below 0")
        expect(
            1 <= self.priority <= PRIORITY_MAX,
            f"{name}: expected a priority of 1 to {PRIORITY_MAX}",
        )
        expect_within(
            name,
            AMOUNT_MAX,
            size_parcels=self.size_parcels,
            weight_g=self.weight_g,
            unserved_fen=self.unserved_fen,
        )
        limit_s = self.out_of_fridge_s_max
        expect(limit_s is None or self.cold, f"{name}: only cold parcels have a limit")
        expect(limit_s is None or limit_s > 0, f"{name}: limit out of fridge not > 0")

    def _check_given(self, name: str) -> None:
        expect_given(
            name,
            dropoff=self.dropoff,
            ready_s=self.ready_s,
            open_s=self.open_s,
            close_s=self.close_s,
            priority=self.priority,
            size_parcels=self.size_parcels,
            weight_g=self.weight_g,
            skills=self.skills,
            reserve_s=self.reserve_s,
        )
        expect_whole(
            name, pickup=self.pickup, dropoff=self.dropoff, priority=self.priority
        )
        expect_set(name, skills=self.skills)

    def _check_clock(self, name: str) -> None:
        expect_within(
            name,
            INSTANT_S_MAX,
            ready_s=self.ready_s,
            open_s=self.open_s,
            close_s=self.close_s,
            pickup_close_s=self.pickup_close_s,
            late_s_max=self.late_s_max,
            aboard_s_max=self.aboard_s_max,
            reserve_s=self.reserve_s,
            out_of_fridge_s_max=self.out_of_fridge_s_max,
            pickup_service_s=self.pickup_service_s,
            dropoff_service_s=self.dropoff_service_s,
        )
        expect(
            self.open_s <= self.close_s,
            f"{name}: the window closes at {self.close_s} s,"
            f" before it opens at {self.open_s} s",
        )
        closes_s = self.pickup_close_s
        expect(
            closes_s is None or self.ready_s <= closes_s,
            f"{name}: its pickup closes at {closes_s} s, before it is ready",
        )

    @property
    def due_s(self) -> int:
        """Return from when on a hand-over is charged as late: before the reserve begins."""
        return max(self.open_s, self.close_s - self.reserve_s)

    @property
    def limit_s(self) -> int | None:
        """Return the longest time from the outlet's counter to the hand-over, if any."""
        limits = (self.out_of_fridge_s_max, self.aboard_s_max)
        return min((each for each in limits if each is not None), default=None)

    @property
    def counter(self) -> int:
        """Return the place where it is picked up; one on board has none."""
        assert self.pickup is not None, f"parcel {self.id} is on board"
        return self.pickup

    @property
    def fetched(self) -> int:
        """Return the place where it is picked up, or its door where it is on board."""
        return self.dropoff if self.pickup is None else self.pickup
