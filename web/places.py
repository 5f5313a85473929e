"""Where an address is: what the platform knows itself, then the operator's geocoder."""

from dataclasses import dataclass
from itertools import pairwise
from math import cos, hypot, radians

from sqlmodel import Session

from dispensing.errors import Conflict, Words
from fixtures.sample.geography import TOWNS, inside, outlines
from pharmacies import service as pharmacies
from pharmacies.addresses import taken_apart
from pharmacies.gazetteer import Gazetteer, Known, Located
from pharmacies.geocoding import GeocoderAway, Outside, baidu, nominatim
from pharmacies.places import AREAS, Point, distance_m
from web.settings import Settings

FINE = ("door", "road")
_DEGREE_M = 111_000
# The outlines are generalised, and a point may come in another datum: so far beside its
# district a place is still believed.
BESIDE_M_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Sought:
    """What was found for an address; `trouble` is why the geocoder did not answer."""

    places: tuple[Located, ...]
    trouble: str | None = None


def gazetteer(session: Session) -> Gazetteer:
    """Put together what is known: districts, their towns, and the outlets' addresses."""
    found = Gazetteer(_towns(), _districts())
    found.learn((it.address, it.point) for it in pharmacies.outlets(session))
    return found


def geocoder_of(settings: Settings) -> Outside | None:
    """Make the geocoder that the operator has switched on, if any."""
    often = settings.geocoder_per_second
    if settings.geocoder == "nominatim":
        scheme, _, domain = settings.geocoder_url.partition("://")
        return nominatim(domain.rstrip("/"), scheme=scheme, per_second=often)
    if settings.geocoder == "baidu" and settings.geocoder_key is not None:
        key = settings.geocoder_key.read_text("utf-8").strip()
        return baidu(key, per_second=often)
    return None


def sought(
    known: Gazetteer, outside: Outside | None, text: str, area: str | None = None
) -> Sought:
    """Look an address up; others are asked only for what is not known to the road."""
    own = known.find(text, area)
    if outside is None or (len(own) == 1 and own[0].precision in FINE):
        return Sought(own)
    try:
        theirs = outside.find(text, area)
    except GeocoderAway as away:
        return Sought(own, str(away))
    best = [it for it in theirs if not own or it.within_m < own[0].within_m]
    return Sought(tuple(best) or own)


def door(found: Sought, *, roughly: bool) -> Located:
    """Give the one place for a delivery; raises Conflict where it is not known well enough."""
    places = found.places
    if len(places) != 1 or places[0].precision == "district":
        raise Conflict(_UNKNOWN, code="address-unknown")
    (place,) = places
    if place.precision in FINE or roughly:
        return place
    raise Conflict(_rough(place), code="address-rough")


def same_door(one: str, other: str) -> bool:
    """Tell whether two addresses are of one house, whatever flat they name."""
    a, b = taken_apart(one), taken_apart(other)
    return a.outward == b.outward and (a.number is not None or a.rest == b.rest)


def reject_elsewhere(point: Point, area: str) -> None:
    """Raise Conflict where a point lies outside the district that is to be delivered to.

    Of districts that are not known nothing is said: no carrier delivers there.
    """
    if area in AREAS and (off := beside_m(area, point)) > BESIDE_M_MAX:
        raise Conflict(_elsewhere(AREAS[area], off), code="point-elsewhere")


def beside_m(area: str, point: Point) -> int:
    """Measure how far a point lies outside a district; nothing where it is inside."""
    if inside(area, point):
        return 0
    east_m = _DEGREE_M * cos(radians(point.lat))

    def seen(lon: float, lat: float) -> complex:
        return complex((lon - point.lon) * east_m, (lat - point.lat) * _DEGREE_M)

    rings = ([seen(*at[:2]) for at in ring] for ring in outlines()[area])
    return round(min(_apart_m(a, b) for ring in rings for a, b in pairwise(ring)))


def _apart_m(start: complex, end: complex) -> float:
    """Measure how far a stretch of an outline passes by the middle."""
    way = end - start
    length = abs(way) ** 2
    along = -(start * way.conjugate()).real / length if length else 0.0
    near = start + way * min(1.0, max(0.0, along))
    return hypot(near.real, near.imag)


def _towns() -> tuple[Known, ...]:
    # Homes lie within two spreads of a centre.
    return tuple(
        Known(it.area, it.name, it.centre, round(2 * it.spread * _DEGREE_M))
        for it in TOWNS
    )


def _districts() -> tuple[Known, ...]:
    return tuple(_district(area, name) for area, name in AREAS.items())


def _district(area: str, name: str) -> Known:
    towns = [it for it in TOWNS if it.area == area]
    weight = sum(it.weight for it in towns)
    centre = Point(
        sum(it.centre.lon * it.weight for it in towns) / weight,
        sum(it.centre.lat * it.weight for it in towns) / weight,
    )
    edge = [Point(*at[:2]) for ring in outlines()[area] for at in ring]
    return Known(area, name, centre, round(max(distance_m(centre, it) for it in edge)))


_UNKNOWN = Words(
    "没有找到这个地址。",
    "This address was not found.",
    "请写明区县、街道（镇）、路名和门牌号；仍找不到时请致电药店。",
    "Write district, town, road and number; if that does not help, call the pharmacy.",
)


def _elsewhere(name: str, off_m: int) -> Words:
    return Words(
        f"这个位置在{name}之外约 {off_m / 1000:.0f} 公里。",
        f"This point lies about {off_m / 1000:.0f} km outside {name}.",
        "请核对经纬度（WGS-84，先经度后纬度）和区县。",
        "Check the point (WGS-84, longitude before latitude) and the district.",
    )


def _rough(place: Located) -> Words:
    return Words(
        f"只找到{place.name}，位置可能相差 {place.within_m} 米。",
        f"Only {place.name} was found; the place may be {place.within_m} m off.",
        "请核对路名和门牌号；确实没有错时，勾选“找不到门牌时按大概位置送”，配送员会打电话。",
        "Check road and number; if they are right, tick “deliver roughly there”: "
        "the courier will call.",
    )
