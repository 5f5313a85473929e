"""Travel times between points: by a road engine, or along the geodesic with a detour.

Points are WGS-84 throughout; what maps say in GCJ-02 or BD-09 is converted where it is
read (`pharmacies/datum.py`). Whoever knows the roads answers with `Ways`.
"""

from routing.travel.detour import DETOUR_FACTOR, TOWN_SPEED_KMH, Detour, Speeds
from routing.travel.geodesic import GeodesicTravel, geodesics_m
from routing.travel.ways import (
    UNREACHABLE_M,
    UNREACHABLE_S,
    RoadsAway,
    TravelTimes,
    Ways,
)

__all__ = [
    "DETOUR_FACTOR",
    "TOWN_SPEED_KMH",
    "UNREACHABLE_M",
    "UNREACHABLE_S",
    "Detour",
    "GeodesicTravel",
    "RoadsAway",
    "Speeds",
    "TravelTimes",
    "Ways",
    "geodesics_m",
]
