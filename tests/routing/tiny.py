"""A town of five places on one street, a kilometre and 100 seconds apart each.

Yard (0), outlet (1), alice (2), bob (3), charlie (4): everything about it can be
reckoned in the head.
"""

from dataclasses import replace
from typing import Any

from routing.problem import Courier, Parcel, Prices, Problem

YARD, OUTLET, ALICE, BOB, CHARLIE = range(5)
EIGHT, NOON = 8 * 3600, 12 * 3600

PARCEL = Parcel(
    id="alice",
    pickup=OUTLET,
    dropoff=ALICE,
    ready_s=EIGHT,
    open_s=EIGHT,
    close_s=NOON,
    area="330302",
)
INSULIN = replace(PARCEL, id="bob", dropoff=BOB, cold=True, out_of_fridge_s_max=600)
COURIER = Courier(
    id="one",
    start=YARD,
    end=YARD,
    start_s=EIGHT,
    end_s=NOON,
    capacity_parcels=10,
    cold_capacity_parcels=2,
)


def street(*parcels: Parcel, **changes: Any) -> Problem:
    """Make the street's problem for some parcels; one courier if none is given."""
    places = range(5)
    given: dict[str, Any] = {
        "travel_s": tuple(tuple(100 * abs(a - b) for b in places) for a in places),
        "distance_m": tuple(tuple(1_000 * abs(a - b) for b in places) for a in places),
        "parcels": parcels or (PARCEL, INSULIN),
        "couriers": (COURIER,),
        "pickup_setup_s": 60,
        "dropoff_setup_s": 30,
        "pickup_service_s": 20,
        "dropoff_service_s": 90,
        "prices": Prices(courier_fen=1_000),
    }
    return Problem(**(given | changes))
