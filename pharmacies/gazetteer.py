"""Where an address is, as far as doors, towns and districts that are known can tell; pure.

Every answer says how exact it is: the door, the road, the town or only the district, and
within how many metres of the point the address lies, as far as is known.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pharmacies.addresses import Address, taken_apart
from pharmacies.places import AREAS, Point, distance_m

Precision = Literal["door", "road", "town", "district"]
DOOR_M, ROAD_M = 50, 300  # at least so far off: a door has a width, a road a length


@dataclass(frozen=True, slots=True)
class Located:
    """A place that an address may mean; it lies within `within_m` of the point."""

    name: str
    point: Point
    precision: Precision
    within_m: int
    area: str | None
    source: str = "gazetteer"


@dataclass(frozen=True, slots=True)
class Known:
    """A town or a district: its centre, and how far its homes are from there."""

    area: str
    name: str
    centre: Point
    within_m: int


@dataclass(slots=True)
class Gazetteer:
    """What is known of places: doors by address, towns, districts."""

    towns: Sequence[Known]
    districts: Sequence[Known]
    _doors: list[tuple[Address, Point]] = field(default_factory=list)

    def learn(self, doors: Iterable[tuple[str, Point]]) -> None:
        """Remember addresses of which the point is known, such as those of outlets."""
        self._doors += [(taken_apart(text), point) for text, point in doors]

    def find(self, text: str, area: str | None = None) -> tuple[Located, ...]:
        """Give the places that an address may mean, as exactly as is known.

        More than one where it does not say which; none where nothing is known.
        """
        asked = taken_apart(text, area)
        for search in (self._at_door, self._on_road, self._in_town, self._in_district):
            if found := search(asked):
                return found
        return ()

    def _at_door(self, asked: Address) -> tuple[Located, ...]:
        if asked.road is None or asked.number is None:
            return ()
        same = [it for it in self._on(asked) if it[0].number == asked.number]
        return _grouped(same, "door", DOOR_M)

    def _on_road(self, asked: Address) -> tuple[Located, ...]:
        """A road is no better known than its town where its doors lie all over the town."""
        found = _grouped(self._on(asked), "road", ROAD_M) if asked.road else ()
        towns = {it.name: it.within_m for it in self._in_town(asked)}
        least_m = min(towns.values(), default=0)
        return () if any(0 < least_m <= it.within_m for it in found) else found

    def _in_town(self, asked: Address) -> tuple[Located, ...]:
        if asked.town is None:
            return ()
        return tuple(
            Located(_name(it.area, it.name), it.centre, "town", it.within_m, it.area)
            for it in self.towns
            if it.name == asked.town and asked.area in (None, it.area)
        )

    def _in_district(self, asked: Address) -> tuple[Located, ...]:
        return tuple(
            Located(it.name, it.centre, "district", it.within_m, it.area)
            for it in self.districts
            if it.area == asked.area
        )

    def _on(self, asked: Address) -> list[tuple[Address, Point]]:
        return [
            (door, point)
            for door, point in self._doors
            if door.road == asked.road
            and asked.area in (None, door.area)
            and asked.town in (None, door.town)
        ]


def _grouped(
    doors: Sequence[tuple[Address, Point]], precision: Precision, least_m: int
) -> tuple[Located, ...]:
    """Give one place for each town in which there are such doors."""
    towns: dict[tuple[str | None, str | None], list[tuple[Address, Point]]] = {}
    for door in doors:
        towns.setdefault((door[0].area, door[0].town), []).append(door)
    return tuple(
        _middle(members, precision, least_m)
        for _, members in sorted(towns.items(), key=str)
    )


def _middle(
    members: Sequence[tuple[Address, Point]], precision: Precision, least_m: int
) -> Located:
    points = [point for _, point in members]
    middle = Point(
        sum(it.lon for it in points) / len(points),
        sum(it.lat for it in points) / len(points),
    )
    far_m = max(distance_m(middle, it) for it in points)
    door = members[0][0]
    number = f"{door.number}号" if precision == "door" else ""
    name = _name(door.area, f"{door.town or ''}{door.road}{number}")
    return Located(name, middle, precision, int(far_m) + least_m, door.area)


def _name(area: str | None, rest: str) -> str:
    return f"{AREAS.get(area or '', '')}{rest}"
