"""Who knows the roads for one installation, as its settings say."""

from time import monotonic

from routing.travel import GeodesicTravel, TravelTimes
from routing.travel.figures import read_figures
from routing.travel.instead import Instead
from routing.travel.keeping import Engine, KeptTravel
from routing.travel.osrm import OsrmHere, OsrmTravel
from routing.travel.sparing import Sparing
from routing.travel.valhalla import ValhallaTravel
from web.settings import Settings

LIVE_S_MAX = 2  # that a forecast waits for the engine
_MB = 1024 * 1024


def travel_of(settings: Settings) -> TravelTimes:
    """Make what knows the roads; where an engine is away, the geodesic stands in."""
    figures = settings.roads_figures
    plain = GeodesicTravel() if figures is None else read_figures(figures)
    engine = _engine(settings)
    if engine is None:
        return plain
    if settings.roads_keep_mb == 0:
        return Instead(engine, plain)
    folder = settings.var_dir / "ways"
    return Instead(KeptTravel(engine, folder, settings.roads_keep_mb * _MB), plain)


def live_travel_of(settings: Settings) -> TravelTimes:
    """Make what forecasts ask: at once, sparingly, and the geodesic where that takes long."""
    figures = settings.roads_figures
    plain = GeodesicTravel() if figures is None else read_figures(figures)
    engine = _engine(settings, min(LIVE_S_MAX, settings.roads_seconds_max))
    return plain if engine is None else Sparing(engine, plain, monotonic)


def _engine(settings: Settings, seconds_max: int | None = None) -> Engine | None:
    url, most = settings.roads_url or "", settings.roads_places_max
    seconds = float(seconds_max or settings.roads_seconds_max)
    profile = settings.roads_profile
    match settings.roads:
        case "osrm":
            return OsrmTravel(url, profile or "driving", most, seconds)
        case "valhalla":
            # So many places in one question are half of them times the other half.
            pairs = max(1, most // 2) ** 2
            return ValhallaTravel(url, profile or "motor_scooter", pairs, seconds)
        case "osrm-here":
            assert settings.roads_extract is not None
            return OsrmHere(settings.roads_extract, profile or "MLD")
        case _:
            return None
