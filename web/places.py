"""Where an address is: what the platform knows itself, then the operator's geocoder."""

from dataclasses import dataclass

from sqlmodel import Session

from dispensing.errors import Conflict, Words
from fixtures.sample.geography import TOWNS, outlines
from pharmacies import service as pharmacies
from pharmacies.addresses import taken_apart
from pharmacies.gazetteer import Gazetteer, Known, Located
from pharmacies.geocoding import GeocoderAway, Outside, baidu, nominatim
from pharmacies.places import AREAS, Point, distance_m
from web.settings import Settings

FINE = ("door", "road")
_DEGREE_M = 111_000


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


def _rough(place: Located) -> Words:
    return Words(
        f"只找到{place.name}，位置可能相差 {place.within_m} 米。",
        f"Only {place.name} was found; the place may be {place.within_m} m off.",
        "请核对路名和门牌号；确实没有错时，勾选“找不到门牌时按大概位置送”，配送员会打电话。",
        "Check road and number; if they are right, tick “deliver roughly there”: "
        "the courier will call.",
    )
