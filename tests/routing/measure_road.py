"""Measure the road: positions a second, and a look at 60 couriers with 15 parcels each."""

from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from uuid import UUID

from sqlmodel import Session, update

from dispensing.desk import Desk
from dispensing.tables import OrderRow
from fixtures import cast
from pharmacies.places import Point
from routing import service as routing
from routing.alerts import Limits
from routing.service import record_positions
from routing.tables import RouteRow
from routing.track import Fix
from routing.travel import GeodesicTravel
from tests import road, world
from tests.routing import many
from tests.world import NOON
from web import db

FIXES = 600
COURIERS, PARCELS = 60, 15
LOOKS = 20
TRAVEL = GeodesicTravel()


def _town(session: Session, desk: Desk) -> list[str]:
    """Have couriers on the road with their parcels; gives their codes."""
    many.hire(session, COURIERS)
    orders = many.pack(session, desk, COURIERS * PARCELS)
    plan = road.plan_of(NOON)
    session.add(plan)
    session.flush()
    codes = [f"C330300001{no:02d}" for no in range(3, COURIERS + 1)]
    codes += [road.COURIER, "C33030000102"]
    for at, code in enumerate(codes):
        mine = orders[at * PARCELS : (at + 1) * PARCELS]
        _route(session, plan.id, code, mine)
    out = update(OrderRow).values(state="out")
    session.exec(out)
    session.commit()
    return codes


def _route(session: Session, plan_id: UUID, code: str, orders: list[UUID]) -> None:
    row = RouteRow(
        plan_id=plan_id,
        courier_code=code,
        state="out",
        distance_m=0,
        leaves_at=NOON,
        ends_at=NOON + timedelta(hours=6),
    )
    session.add(row)
    session.flush()
    kinds = [(kind, it) for kind in ("pickup", "dropoff") for it in orders]
    for no, (kind, order_id) in enumerate(kinds, 1):
        stop = road.stop_of(
            row.id, no, kind, order_id, NOON + timedelta(minutes=9 * no)
        )
        if kind == "pickup":
            stop.done_at, stop.outcome = NOON, "picked_up"
        session.add(stop)
    session.flush()


def _rate(engine, code: str, size: int, begins: int) -> float:
    fixes = [
        Fix(NOON + timedelta(seconds=no), Point(120.66, 28.01 + no * 1e-5), 8.0)
        for no in range(begins, begins + FIXES)
    ]
    now, began_s = NOON + timedelta(hours=1), perf_counter()
    for at in range(0, FIXES, size):
        with db.open_session(engine) as session:
            batch = fixes[at : at + size]
            taken = record_positions(
                session, vault=world.VAULT, courier_code=code, points=batch, now=now
            )
            assert taken.kept == len(batch)
    return FIXES / (perf_counter() - began_s)


def _took(act) -> tuple[float, float]:
    """Do an act; gives its milliseconds, and those that this process computed."""
    began_s, computed_s = perf_counter(), process_time()
    act()
    return (perf_counter() - began_s) * 1000, (process_time() - computed_s) * 1000


def main(folder: Path) -> None:
    """Fill a town and print what was measured."""
    engine = db.open_engine(f"sqlite:///{folder}/yaoda.db")
    db.create_all(engine)
    desk = world.open_desk()
    with db.open_session(engine) as session:
        world.populate(session, desk)
        codes = _town(session, desk)
    one = _rate(engine, codes[0], 1, 0)
    ten = _rate(engine, codes[0], 10, FIXES)
    print(f"positions: one by one {one:.0f} a second, in tens {ten:.0f} a second")
    now = NOON + timedelta(hours=1)
    for code in codes[1:]:
        with db.open_session(engine) as session:
            fix = Fix(now, Point(120.66, 28.012), 8.0)
            record_positions(
                session, vault=world.VAULT, courier_code=code, points=[fix], now=now
            )

    def looked() -> None:
        with db.open_session(engine, read_only=True) as session:
            seen = routing.look(session, desk, TRAVEL, now=now)
        with db.open_session(engine) as session:
            routing.tell(session, seen, now=now, limits=Limits())

    def fleet() -> None:
        with db.open_session(engine, read_only=True) as session:
            routing.riders(session, desk, cast.CARRIER, TRAVEL, now=now)

    for name, act in (("a look at the road", looked), ("the fleet", fleet)):
        took = [_took(act) for _ in range(LOOKS)]
        all_ms, own_ms = (median(each) for each in zip(*took, strict=True))
        print(f"{name}: median {all_ms:.0f} ms, {own_ms:.0f} ms of it computed here")
    engine.dispose()


if __name__ == "__main__":
    with TemporaryDirectory() as made:
        main(Path(made))
