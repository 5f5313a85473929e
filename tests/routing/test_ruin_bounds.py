"""What the compiled search does at the bounds of its arrays."""

from dataclasses import replace

import numba
import numpy as np
import pytest

from routing.problem import INSTANT_S_MAX, Prices
from routing.solve.cutting import cut
from routing.solve.ruin import warming
from routing.solve.ruin.searching import Search
from routing.solve.ruin.town import STOPS_MAX, tour_of, town_of
from tests.routing.tiny import COURIER, PARCEL, street


def piece(problem):
    return cut(problem, problem.couriers, problem.parcels)


@pytest.mark.parametrize(
    "prices",
    [
        Prices(moving_fen_per_s=3),
        Prices(fen_per_km=4_000),
        Prices(moving_fen_per_s=10**9, late_fen_per_s=10**9, fen_per_km=10**9),
    ],
    ids=["dear_seconds", "dear_kilometres", "all_dear"],
)
def test_a_way_that_does_not_exist_never_earns_money(prices):
    far = np.full((5, 5), INSTANT_S_MAX, np.int64)
    np.fill_diagonal(far, 0)
    town = town_of(piece(street(travel_s=far, distance_m=far, prices=prices)))
    assert town.way_fen.min() >= 0
    assert town.way_fen.max() == np.iinfo(town.way_fen.dtype).max


@pytest.mark.parametrize(
    "parcels",
    [
        (PARCEL,),
        (replace(PARCEL, cold=True),),
        (replace(PARCEL, weight_g=500),),
        (replace(PARCEL, cold=True), replace(PARCEL, id="two", weight_g=500)),
    ],
    ids=["plain", "cold", "weighed", "both"],
)
def test_what_is_compiled_at_first_searches_every_piece(parcels):
    """Another type of one array would compile the whole search once more, for a minute."""
    assert types_of(piece(street(*parcels))) == types_of(warming.smallest())


def types_of(some):
    town = town_of(some)
    return numba.typeof(town), numba.typeof(tour_of(town))


def test_a_route_of_more_stops_than_the_search_makes_is_gone_on_from():
    many = [replace(PARCEL, id=str(it)) for it in range(STOPS_MAX // 2 + 5)]
    roomy = replace(COURIER, capacity_parcels=len(many), end_s=1_000_000)
    later = [replace(it, close_s=900_000) for it in many]
    search = Search(piece(street(*later, couriers=(roomy,))), seed=1)
    pairs = range(2 * len(many))
    order = (*pairs[::2], *pairs[1::2])
    search.load({"one": order})
    assert search.told() == {"one": order}
    dear_fen = search.best_fen
    search.first()
    assert search.best_fen <= dear_fen
    assert sorted(search.told()["one"]) == list(pairs)
