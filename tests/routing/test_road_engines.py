"""Ways by road: OSRM and Valhalla over real HTTP, OSRM in process, and what stands in."""

import json
import math
import sys
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest

from pharmacies.places import Point
from routing.travel import UNREACHABLE_M, UNREACHABLE_S, GeodesicTravel, RoadsAway
from routing.travel.instead import Instead
from routing.travel.osrm import OsrmHere, OsrmTravel
from routing.travel.valhalla import ValhallaTravel
from tests.routing.engines import Fake, engine, way

TOWN = [Point(120.65 + it / 100, 28.0 + it % 3 / 100) for it in range(7)]
ISLAND = Point(122.5, 28.0)


@pytest.fixture
def fake():
    with engine() as served:
        yield served


def osrm(fake: Fake, **more) -> OsrmTravel:
    return OsrmTravel(fake.url, places_max=6, **more)


def expected(points: list[Point]) -> tuple[list[list[int]], list[list[int]]]:
    told = [[way((a.lon, a.lat), (b.lon, b.lat)) for b in points] for a in points]
    return tuple(
        [
            [
                0 if i == j else most if it[no] is None else math.ceil(it[no])
                for j, it in enumerate(row)
            ]
            for i, row in enumerate(told)
        ]
        for no, most in ((0, UNREACHABLE_S), (1, UNREACHABLE_M))
    )


def test_osrm_is_asked_in_squares_that_it_answers(fake):
    ways = osrm(fake).matrices(TOWN)
    assert [it.tolist() for it in ways] == list(expected(TOWN))
    assert len(fake.asked) == 9
    assert ways.instead_of is None
    assert "OSRM driving" in ways.source


@pytest.mark.parametrize("brief", [False, True])
def test_valhalla_is_asked_for_scooters_at_the_hour_in_china(fake, brief):
    fake.brief = brief
    roads = ValhallaTravel(fake.url, pairs_max=9)
    ways = roads.matrices(TOWN, at=datetime(2026, 5, 4, 1, 30, tzinfo=UTC))
    assert [it.tolist() for it in ways] == list(expected(TOWN))
    asked = [it for it in fake.asked if len(it["sources"]) <= len(it["targets"])]
    assert {it["date_time"]["value"] for it in asked} == {"2026-05-04T09:00"}
    assert "Mon 09 h" in ways.source


@pytest.mark.parametrize("make", [OsrmTravel, ValhallaTravel])
def test_where_there_is_no_way_nobody_rides_in_no_time(fake, make):
    ways = make(fake.url).matrices([*TOWN, ISLAND])
    assert (ways.travel_s[7, :7] == UNREACHABLE_S).all()
    assert (ways.distance_m[:7, 7] == UNREACHABLE_M).all()
    assert ways.travel_s[7, 7] == 0
    assert ways.missing() == 14
    assert ways.cut_off() == (7,)


@pytest.mark.parametrize("fault", [(503, ""), (429, "{}"), (502, "<html>")])
def test_an_engine_that_is_busy_is_asked_again(fake, fault):
    fake.faults = [fault]
    assert osrm(fake).matrices(TOWN[:3]).travel_s.tolist() == expected(TOWN[:3])[0]
    assert len(fake.asked) == 2


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ((400, '{"code":"TooBig","message":"Too many table coordinates"}'), "TooBig"),
        ((200, '{"code":"NoSegment","message":"none near"}'), "NoSegment"),
        ((200, "not JSON"), "no JSON"),
        ((200, "[]"), "no JSON object"),
        ((200, '{"code":"Ok","durations":[[0]],"distances":[[0]]}'), "3 rows"),
        ((200, '{"code":"Ok","durations":[[0],[0],[0]]}'), "3 columns"),
        ((200, '{"code":"Ok","durations":[[0,1,2],[0,"1",2],[0,1,2]]}'), "no number"),
        ((200, '{"code":"Ok","durations":[[0,1,2],[0,-1,2],[0,1,2]]}'), "no length"),
        ((200, '{"code":"Ok","durations":[[0,1,NaN],[0,1,2],[0,1,2]]}'), "no length"),
        ((200, '{"code":"Ok","durations":[[0,1,2],[0,1,2],[0,1,2]]}'), "distances"),
    ],
)
def test_an_answer_that_cannot_be_is_told_and_not_used(fake, said, why):
    fake.faults = [said]
    with pytest.raises(RoadsAway, match=why):
        osrm(fake).matrices(TOWN[:3])
    assert len(fake.asked) == 1


@pytest.mark.parametrize(
    "said",
    [
        '{"sources_to_targets":[[{"time":1}]]}',
        '{"sources_to_targets":null}',
        '{"sources_to_targets":[[]],"units":"miles"}',
        "{}",
    ],
)
def test_a_matrix_without_its_fields_is_told_and_not_used(fake, said):
    fake.faults = [(200, said)]
    with pytest.raises(RoadsAway, match="Valhalla"):
        ValhallaTravel(fake.url).matrices(TOWN[:1])


def test_the_time_is_for_all_questions_together(fake):
    fake.faults = ["hang"] * 5
    with pytest.raises(RoadsAway, match=r"Timeout|no time"):
        osrm(fake, seconds_max=0.3).matrices(TOWN[:3])
    assert len(fake.asked) == 1


def test_where_the_engine_is_away_the_geodesic_stands_in_and_says_so(fake):
    fake.faults = [(400, json.dumps({"code": "TooBig"}))]
    ways = Instead(osrm(fake), GeodesicTravel()).matrices(TOWN)
    assert (ways.travel_s == GeodesicTravel().matrices(TOWN).travel_s).all()
    assert ways.instead_of == "OSRM: HTTP 400 TooBig"
    assert "geodesic" in ways.source


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "no address", "ftp://127.0.0.1"])
def test_an_engine_that_is_not_there_is_away(url):
    with pytest.raises(RoadsAway):
        OsrmTravel(url, seconds_max=2).matrices(TOWN[:2])


class Bindings:
    """OSRM in process, as its stub file `osrm_ext.pyi` describes it."""

    def __init__(self) -> None:
        self.seen: list[SimpleNamespace] = []

    def OSRM(self, *, storage_config, algorithm, use_shared_memory, **more):
        if not storage_config.endswith("town.osrm"):
            raise RuntimeError("required files are missing")
        assert algorithm == "MLD"
        assert more == {"max_locations_distance_table": 1000}
        return self

    def TableParameters(self, *, coordinates, sources, destinations, annotations):
        return SimpleNamespace(
            coordinates=coordinates, sources=sources, destinations=destinations
        )

    def Table(self, asked):
        rows = [asked.coordinates[it] for it in asked.sources]
        cells = [
            [way(a, asked.coordinates[it]) for it in asked.destinations] for a in rows
        ]
        return {
            name: tuple(tuple(it[no] for it in row) for row in cells)
            for no, name in enumerate(("durations", "distances"))
        }


def test_osrm_in_process_answers_as_over_http(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "osrm", Bindings())
    ways = OsrmHere(tmp_path / "town.osrm").matrices([*TOWN, ISLAND])
    assert [it.tolist() for it in ways] == list(expected([*TOWN, ISLAND]))
    with pytest.raises(RoadsAway, match="files are missing"):
        OsrmHere(tmp_path / "other.osrm").matrices(TOWN)


def test_without_the_bindings_it_says_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "osrm", None)
    with pytest.raises(RoadsAway, match=r"Python 3\.12"):
        OsrmHere(tmp_path / "town.osrm").matrices(TOWN)


def test_matrices_are_read_only_whole_numbers(fake):
    for matrix in osrm(fake).matrices(TOWN):
        assert matrix.dtype == np.int32
        with pytest.raises(ValueError, match="read-only"):
            matrix[0, 1] = 1
