"""Where things are: points (WGS-84), administrative areas (行政区划), distances."""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_M = 6_371_008.8  # IUGG mean radius

# GB/T 2260: the twelve districts, counties and county cities of Wenzhou (3303).
AREAS: dict[str, str] = {
    "330302": "鹿城区",
    "330303": "龙湾区",
    "330304": "瓯海区",
    "330305": "洞头区",
    "330324": "永嘉县",
    "330326": "平阳县",
    "330327": "苍南县",
    "330328": "文成县",
    "330329": "泰顺县",
    "330381": "瑞安市",
    "330382": "乐清市",
    "330383": "龙港市",
}
# GB/T 2260, four digits: the cities that pool one fund (统筹区).
POOLING_AREAS: dict[str, str] = {
    "2112": "铁岭市",
    "3303": "温州市",
    "5309": "临沧市",
}


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the ground: degrees of longitude and latitude, WGS-84."""

    lon: float
    lat: float

    def __post_init__(self) -> None:
        if not (-180 <= self.lon <= 180 and -90 <= self.lat <= 90):
            raise ValueError(f"expected degrees (lon, lat), got {self.lon}, {self.lat}")

    def __str__(self) -> str:
        return f"{self.lon!r},{self.lat!r}"

    @classmethod
    def read(cls, text: str) -> "Point":
        """Read a place as it is written: longitude, then latitude.

        >>> Point.read(str(Point(120.65, 28.01)))
        Point(lon=120.65, lat=28.01)
        """
        lon, lat = text.split(",")
        return cls(float(lon), float(lat))


def roughly(point: Point) -> Point:
    """Give about where a point is: some ten kilometres, a part of a county and nobody's door.

    >>> roughly(Point(120.6587, 28.0153))
    Point(lon=120.7, lat=28.0)
    """
    return Point(round(point.lon, 1), round(point.lat, 1))


def pooling_area(area: str) -> str:
    """Return the pooling area (统筹区) of an area: the prefecture, four digits.

    >>> pooling_area("330302")
    '3303'
    """
    if not is_area(area):
        raise ValueError(f"expected six digits of GB/T 2260, got {area!r}")
    return area[:4]


def is_area(area: str) -> bool:
    """Tell whether a text has the form of a GB/T 2260 code."""
    return len(area) == 6 and area.isascii() and area.isdigit()


def distance_m(a: Point, b: Point) -> float:
    """Measure the great circle between two points in metres.

    The sphere is off by up to 0.5 % from the ellipsoid: enough to sort and to
    estimate, not to bill.
    """
    lat_a, lat_b = radians(a.lat), radians(b.lat)
    half_lat = sin((lat_b - lat_a) / 2)
    half_lon = sin(radians(b.lon - a.lon) / 2)
    chord = half_lat * half_lat + cos(lat_a) * cos(lat_b) * half_lon * half_lon
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(chord)))
