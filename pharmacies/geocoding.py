"""Others' geocoders, through geopy: asked only where the operator says so, and slowly.

What is sent is the address up to the number of the house, and nothing of a person. Baidu
answers in BD-09, which is converted here; Nominatim answers in WGS-84.
"""

from collections.abc import Callable
from typing import Any, NoReturn
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler

from geopy.adapters import URLLibAdapter
from geopy.exc import GeopyError
from geopy.extra.rate_limiter import RateLimiter
from geopy.geocoders import BaiduV3, Nominatim
from geopy.location import Location

from pharmacies.addresses import taken_apart
from pharmacies.datum import gcj_from_bd, wgs_from_gcj
from pharmacies.gazetteer import Located, Precision
from pharmacies.places import Point, distance_m

TIMEOUT_S = 5
# Baidu's `confidence`, and within how many metres it says the point is.
_BAIDU_M = (
    *((100, 20), (90, 50), (80, 100), (75, 200), (70, 300), (60, 500), (50, 1_000)),
    *((40, 2_000), (30, 5_000), (25, 8_000), (20, 10_000)),
)
_FAR_M = 50_000


class GeocoderAway(Exception):
    """The geocoder gave no answer that can be used."""


class _Straight(URLLibAdapter):  # type: ignore[misc]
    """Asks the address that the operator has set, and nowhere that it leads on to."""

    def __init__(self, *, proxies: Any, ssl_context: Any) -> None:
        super().__init__(proxies=proxies, ssl_context=ssl_context)
        opener: Any = self.urlopen.__self__
        opener.add_handler(_NoRedirect())


class _NoRedirect(HTTPRedirectHandler):
    """Leaves an answer that leads elsewhere as it is: an error."""

    handler_order = HTTPRedirectHandler.handler_order - 1

    def redirect_request(self, *asked: Any) -> NoReturn:
        """Follow nothing; raises HTTPError."""
        request, file, code, message, headers, _ = asked
        raise HTTPError(request.full_url, code, message, headers, file)


class Outside:
    """A geocoder of others, asked at most so often a second."""

    def __init__(
        self, geocoder: Any, read: Callable[[Location], Located], *, per_second: float
    ) -> None:
        self._read = read
        self._ask = RateLimiter(
            geocoder.geocode,
            min_delay_seconds=1 / per_second,
            max_retries=0,
            swallow_exceptions=False,
        )

    def find(self, text: str, area: str | None = None) -> tuple[Located, ...]:
        """Ask where an address is; raises GeocoderAway."""
        try:
            found = self._ask(taken_apart(text, area).outward)
            return (self._read(found),) if found is not None else ()
        except (GeopyError, LookupError, TypeError, ValueError) as error:
            raise GeocoderAway(f"{type(error).__name__}: {error}") from error


def nominatim(domain: str, *, scheme: str = "https", per_second: float = 1) -> Outside:
    """Make a client of a Nominatim."""
    made = Nominatim(
        domain=domain,
        scheme=scheme,
        user_agent="yaoda",
        timeout=TIMEOUT_S,
        adapter_factory=_Straight,
    )
    return Outside(made, _of_nominatim, per_second=per_second)


def baidu(key: str, *, per_second: float = 1, api: str | None = None) -> Outside:
    """Make a client of Baidu's geocoder."""
    made = BaiduV3(key, timeout=TIMEOUT_S, adapter_factory=_Straight)
    made.api = api or made.api
    return Outside(made, _of_baidu, per_second=per_second)


def _of_nominatim(found: Location) -> Located:
    point = Point(found.longitude, found.latitude)
    south, north, west, east = map(float, found.raw["boundingbox"])
    corners = (Point(west, south), Point(east, north))
    within_m = int(max(distance_m(point, it) for it in corners)) + 1
    return Located(
        found.address, point, _precision(within_m), within_m, None, "Nominatim"
    )


def _of_baidu(found: Location) -> Located:
    point = wgs_from_gcj(gcj_from_bd(Point(found.longitude, found.latitude)))
    sure = int(found.raw["confidence"])
    within_m = next((metres for least, metres in _BAIDU_M if sure >= least), _FAR_M)
    return Located(
        str(found.raw.get("level", "")),
        point,
        _precision(within_m),
        within_m,
        None,
        "Baidu",
    )


def _precision(within_m: int) -> Precision:
    if within_m <= 100:
        return "door"
    if within_m <= 1_000:
        return "road"
    return "town" if within_m <= 5_000 else "district"
