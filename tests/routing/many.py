"""Many packed orders at once, without living each one's life: for days of hundreds of doors."""

import random
from datetime import time, timedelta
from uuid import UUID, uuid4

from sqlmodel import Session, select

from dispensing.desk import Desk
from dispensing.sealed import seal_in, unseal
from dispensing.tables import OrderRow, PrescriptionRow
from fixtures import cast
from pharmacies import service as network
from pharmacies.carriers import Courier
from pharmacies.places import Point
from tests import world
from tests.routing.parcels import ordered, pack_all, settled
from tests.world import NOON


def pack(
    session: Session, desk: Desk, count: int, *, seed: int = 1, hours: int = 4
) -> list[UUID]:
    """Pack one order in earnest and copy it to other doors of Lucheng; gives the ids."""
    chance = random.Random(seed)
    first = ordered(session, desk, settled(session, desk, seed), hours=hours)
    pack_all(session, desk, [first])
    order = session.get_one(OrderRow, first.id)
    prescription = session.get_one(PrescriptionRow, order.prescription_id)
    ids = [first.id]
    for number in range(1, count):
        copy = _copy(prescription, hosp_rx_no=f"{prescription.hosp_rx_no}-{number}")
        opens = NOON + timedelta(hours=1, minutes=30 * chance.randrange(4))
        session.add(copy)
        session.flush()
        another = _copy(
            order,
            prescription_id=copy.id,
            outlet_code=chance.choice((cast.LUCHENG_PHARMACY, world.SECOND_PHARMACY)),
            window_opens=opens,
            window_closes=opens + timedelta(hours=hours),
        )
        east, north = chance.uniform(-0.03, 0.03), chance.uniform(-0.02, 0.02)
        door = str(Point(120.66 + east, 28.01 + north))
        seal_in(desk.vault, another, "point_sealed", door)
        for column in ("address_sealed", "phone_sealed"):
            seal_in(desk.vault, another, column, unseal(desk.vault, order, column))
        session.add(another)
        ids.append(another.id)
    session.commit()
    return ids


def hire(session: Session, count: int) -> None:
    """Let more couriers work for the firm."""
    crew = [
        Courier(
            code=f"C330300001{no:02d}",
            carrier=cast.CARRIER,
            name=f"配送员{no}",
            phone=f"120000001{no:02d}",
            start=Point(120.66, 28.01),
            shift_begins=time(8),
            shift_ends=time(20),
            capacity_parcels=40,
            cold_capacity_parcels=5,
            areas=frozenset({"330302"}),
        )
        for no in range(3, count + 1)
    ]
    network.add_couriers(session, crew)


def states(session: Session) -> dict[UUID, str]:
    """Tell the state of every order."""
    return dict(session.exec(select(OrderRow.id, OrderRow.state)).all())


def _copy(row, **changes):
    values = {name: getattr(row, name) for name in type(row).model_fields}
    return type(row)(**{**values, "id": uuid4(), **changes})
