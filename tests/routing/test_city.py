"""Made-up days of a city: the same seed, the same day; whatever its size, it can be planned."""

from types import SimpleNamespace

import numpy as np
import pytest

from fixtures.city.plain import DAY_S, OUTLETS, plain_day
from fixtures.city.wenzhou import HOUR_S, ISLANDS, wenzhou_day
from fixtures.sample.geography import inside
from routing.problem import able
from routing.solve import solve
from routing.travel import UNREACHABLE_M, UNREACHABLE_S, GeodesicTravel, Ways
from routing.verify import verify
from tests.routing.engines import engine
from web import cli


def day(**asked):
    return wenzhou_day(GeodesicTravel(), **asked)


def test_the_same_seed_draws_the_same_day():
    one, same, other = (day(orders=40, outlets=60, seed=seed) for seed in (5, 5, 6))
    assert one.problem.parcels == same.problem.parcels
    assert one.problem.couriers == same.problem.couriers
    assert one.points == same.points and one.points != other.points


def test_the_day_is_as_its_words_say():
    city = day(orders=2000, seed=3)
    parcels = city.problem.parcels
    assert len(parcels) == 2000 and len(city.problem.couriers) == 167
    narrow = sum(parcel.close_s - parcel.open_s == 3 * HOUR_S for parcel in parcels)
    assert 0.55 < narrow / 2000 < 0.65
    cold = [parcel for parcel in parcels if parcel.cold]
    assert 0.07 < len(cold) / 2000 < 0.13
    assert all(parcel.out_of_fridge_s_max for parcel in cold)
    assert all(parcel.close_s - parcel.ready_s >= 2 * HOUR_S for parcel in parcels)
    assert {parcel.area for parcel in parcels} >= {
        "330302",
        ISLANDS,
        "330329",
        "330382",
    }
    assert all(inside(p.area, city.points[p.pickup]) for p in parcels[:100])


def test_every_parcel_has_couriers_who_may_carry_it():
    problem = day(orders=100, seed=3).problem
    for parcel in problem.parcels:
        assert any(able(courier, parcel) for courier in problem.couriers)


def test_the_islands_are_reached_over_the_causeway_only():
    city = day(orders=600, seed=2)
    problem, causeway = city.problem, len(city.points) - 1
    far = [p.dropoff for p in problem.parcels if p.area == ISLANDS]
    near = [p.dropoff for p in problem.parcels if p.area == "330303"]
    assert far and near
    for island in far:
        for mainland in near[:20]:
            over = problem.way_m(island, causeway) + problem.way_m(causeway, mainland)
            assert problem.way_m(island, mainland) == over
            assert problem.way_s(mainland, island) >= problem.way_s(causeway, island)


def test_a_small_day_is_planned_and_passes_the_verifier():
    problem = day(orders=30, outlets=20, couriers=6, seed=4).problem
    plan = solve(problem, seed=1, seconds_max=2)
    assert verify(problem, plan) == ()


@pytest.mark.parametrize("asked", [{"orders": 0}, {"orders": 9, "outlets": 9000}])
def test_a_day_of_an_odd_size_is_refused(asked):
    with pytest.raises(ValueError, match="expected 1 to"):
        day(**asked)


def test_the_plain_day_is_drawn_as_it_was_first_measured():
    problem = plain_day(500)
    assert len(problem.parcels) == 250 and len(problem.couriers) == 30
    first = problem.parcels[0]
    assert (first.pickup, first.dropoff) == (26, OUTLETS)
    assert problem.way_s(first.pickup, first.dropoff) == 551
    assert {parcel.pickup_close_s for parcel in problem.parcels} == {DAY_S}
    assert np.array_equal(problem.travel_s, problem.travel_s.T)


def test_a_plain_day_has_two_stops_for_each_order():
    with pytest.raises(ValueError, match="an even number of 2 to 10000 stops"):
        plain_day(501)


def test_a_city_day_is_told_in_a_few_lines(tmp_path, capsys):
    asked = "route city --orders 20 --outlets 15 --couriers 4 --seed 2 --seconds 1"
    words = [*asked.split(), "--out", str(tmp_path / "day.json")]
    assert cli.answer(lambda: cli.app(words, standalone_mode=False)) == 0
    said = capsys.readouterr().out
    assert "orders: 20, 40 stops" in said and "checked: no rule is broken" in said
    assert "ways: geodesic" in said
    assert (tmp_path / "day.json").stat().st_size > 1000


def test_a_city_day_has_the_ways_of_the_road_engine_that_is_set(monkeypatch, capsys):
    asked = "route city --orders 8 --outlets 6 --couriers 2 --seed 2 --seconds 1"
    monkeypatch.setenv("YAODA_ROADS", "osrm")
    monkeypatch.setenv("YAODA_ROADS_KEEP_MB", "0")
    with engine() as fake:
        monkeypatch.setenv("YAODA_ROADS_URL", fake.url)
        assert cli.answer(lambda: cli.app(asked.split(), standalone_mode=False)) == 0
        assert fake.asked
    assert "ways: OSRM" in capsys.readouterr().out


def test_a_city_day_without_the_road_engine_says_who_stood_in(monkeypatch, capsys):
    asked = "route city --orders 8 --outlets 6 --couriers 2 --seed 2 --seconds 1"
    monkeypatch.setenv("YAODA_ROADS", "osrm-here")
    monkeypatch.setenv("YAODA_ROADS_EXTRACT", "/nowhere/town.osrm")
    assert cli.answer(lambda: cli.app(asked.split(), standalone_mode=False)) == 0
    assert "instead of OSRM here" in capsys.readouterr().out


def test_a_city_day_with_settings_that_cannot_be_is_refused(monkeypatch, capsys):
    monkeypatch.setenv("YAODA_ROADS", "osrm")
    words = ["route", "city", "--orders", "8"]
    assert cli.answer(lambda: cli.app(words, standalone_mode=False)) == 2
    assert "YAODA_ROADS_URL" in capsys.readouterr().err


def test_what_no_road_reaches_stays_out_of_reach_over_the_causeway():
    def nowhere(points, *, at=None):
        there = np.full((len(points), len(points)), UNREACHABLE_S, np.int32)
        np.fill_diagonal(there, 0)
        return Ways(there, np.minimum(there, UNREACHABLE_M), "nobody")

    travel = SimpleNamespace(matrices=nowhere)
    problem = wenzhou_day(travel, orders=40, seed=2).problem
    assert problem.travel_s.max() == UNREACHABLE_S
