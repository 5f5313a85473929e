"""The brute force is right where the optimum can be reckoned in the head."""

from dataclasses import replace

from routing.problem import Break, Kind, Prices
from tests.routing.brute import optimum_fen
from tests.routing.tiny import BOB, CHARLIE, COURIER, EIGHT, INSULIN, PARCEL, street


def test_out_and_back_on_the_street():
    # 600 s on the way, 60 at the outlet, 30 at each door, and a courier.
    assert optimum_fen(street()) == 1_000 + 600 + 60 + 30 + 30


def test_what_is_dearer_than_staying_stays():
    waits = replace(PARCEL, unserved_fen=1_400)
    assert optimum_fen(street(waits)) == 1_400
    assert optimum_fen(street(replace(PARCEL, unserved_fen=1_500))) == 1_490


def test_each_parcel_goes_with_whom_it_is_kept_for():
    mine = replace(PARCEL, courier_id="two")
    near = replace(COURIER, id="two", start=1, end=1)
    problem = street(mine, INSULIN, couriers=(COURIER, near))
    # Courier two waits at the outlet: no way and no set-up before the pickup.
    assert optimum_fen(problem) == 1_000 + 400 + 30 + 30


def test_fixed_stops_are_kept_whatever_they_cost():
    calls = (("bob", Kind.PICKUP), ("bob", Kind.DROPOFF))
    begun = replace(COURIER, fixed=calls)
    # Out to bob, back to the outlet for alice's parcel, out to her, and home.
    moving_s = (300 + 60 + 30) + (200 + 60) + (100 + 30) + 200
    assert optimum_fen(street(couriers=(begun,))) == 1_000 + moving_s
    late = replace(INSULIN, close_s=EIGHT)
    assert optimum_fen(street(PARCEL, late, couriers=(begun,))) is None


def test_breaks_metres_and_long_work_are_reckoned():
    tired = replace(
        COURIER, breaks=(Break(EIGHT + 200, EIGHT + 300, 60),), fair_work_s=600
    )
    prices = Prices(courier_fen=0, fen_per_km=10, overwork_fen_per_s=2)
    problem = street(PARCEL, couriers=(tired,), prices=prices)
    # 490 s moving, 4 km, and the break of 60 s beyond what is fair.
    assert optimum_fen(problem) == 490 + 40 + 120


def test_a_parcel_on_board_needs_no_outlet():
    aboard = replace(PARCEL, pickup=None, dropoff=CHARLIE)
    far = replace(COURIER, start=BOB, end=BOB)
    assert optimum_fen(street(aboard, couriers=(far,))) == 1_000 + 230
