"""Who knows the roads: what an operator sets, and what a plan tells of it."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from pharmacies.places import Point
from routing.travel import UNREACHABLE_S, GeodesicTravel
from routing.travel.instead import Instead
from tests.routing.engines import engine
from web.roads import travel_of
from web.settings import Settings

TOWN = [Point(120.65 + it / 100, 28.0) for it in range(5)]


def test_without_settings_nobody_is_asked(tmp_path):
    assert travel_of(Settings(var_dir=tmp_path)) == GeodesicTravel()


@pytest.mark.parametrize("kind", ["osrm", "valhalla"])
def test_an_engine_is_asked_once_and_its_answer_kept(tmp_path, kind):
    with engine() as fake:
        settings = Settings(
            var_dir=tmp_path, roads=kind, roads_url=fake.url, roads_places_max=4
        )
        ways = travel_of(settings).matrices([*TOWN, Point(122.5, 28)])
        asked = len(fake.asked)
        again = travel_of(settings).matrices([*TOWN, Point(122.5, 28)])
    assert asked == len(fake.asked) == 9
    assert (ways.travel_s == again.travel_s).all()
    assert ways.travel_s.max() == UNREACHABLE_S
    assert len(list((tmp_path / "ways").iterdir())) == 1


def test_without_its_extract_the_geodesic_stands_in(tmp_path):
    settings = Settings(
        var_dir=tmp_path, roads="osrm-here", roads_extract=tmp_path / "no.osrm"
    )
    roads = travel_of(settings)
    assert isinstance(roads, Instead)
    assert "OSRM here" in (roads.matrices(TOWN).instead_of or "")


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"roads": "osrm"}, "YAODA_ROADS_URL"),
        ({"roads": "osrm-here"}, "YAODA_ROADS_EXTRACT"),
        ({"roads": "valhalla", "roads_url": "ftp://x"}, "roads_url"),
        ({"roads": "maps"}, "roads"),
        ({"roads_figures": Path("/nowhere.toml")}, "nowhere"),
    ],
)
def test_settings_that_cannot_be_are_refused(given, word):
    with pytest.raises(ValidationError, match=word):
        Settings(**given)
