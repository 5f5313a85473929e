"""Measure how many positions are written in a second, each in a unit of work of its own."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from pharmacies.places import Point
from routing.service import record_positions
from routing.track import Fix
from tests import road, world
from tests.routing.test_positions import out
from tests.world import NOON
from web import db

FIXES = 600


def measure(folder: Path) -> tuple[float, float]:
    """Write fixes one by one and in batches of ten; gives both rates a second."""
    engine = db.open_engine(f"sqlite:///{folder}/yaoda.db")
    db.create_all(engine)
    desk = world.open_desk()
    with db.open_session(engine) as session:
        world.populate(session, desk)
        out(session, desk)
    fixes = [
        Fix(NOON + timedelta(seconds=no), Point(120.66, 28.01 + no * 1e-5), 8.0)
        for no in range(2 * FIXES)
    ]
    one = _rate(engine, [[fix] for fix in fixes[:FIXES]])
    ten = _rate(engine, [fixes[at : at + 10] for at in range(FIXES, 2 * FIXES, 10)])
    engine.dispose()
    return one, ten


def _rate(engine, batches) -> float:
    now = NOON + timedelta(hours=1)
    began_s = perf_counter()
    for batch in batches:
        with db.open_session(engine) as session:
            taken = record_positions(
                session, courier_code=road.COURIER, points=batch, now=now
            )
            assert taken.kept == len(batch)
    return sum(map(len, batches)) / (perf_counter() - began_s)


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        one, ten = measure(Path(folder))
        print(f"one by one {one:.0f} a second, in tens {ten:.0f} a second")
