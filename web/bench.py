"""The measurements that `yaoda bench` knows, on made-up work of a stated size."""

import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from types import MappingProxyType
from typing import Any

from sqlmodel import Session

from dispensing import service
from dispensing.days import CHINA
from dispensing.desk import Desk
from fixtures import loading
from fixtures.sample import reader
from fixtures.values import Act
from pharmacies.places import Point
from routing.problem import Courier, Parcel, Problem
from routing.solve import solve
from routing.travel import GeodesicTravel
from routing.verify import verify
from web import (
    bench_board,
    bench_bureau,
    bench_catalogue,
    bench_crash,
    bench_intake,
    bench_network,
    bench_pages,
    bench_request,
    bench_rules,
    bench_settle,
    bench_turns,
    db,
)
from web.bench_settle.plain import settle
from web.bench_settle.town import customer_of
from web.desks import make_desk
from web.keys import load_keys
from web.settings import Settings

Echo = Callable[[str], object]
SLICES = ((40, 4), (120, 10), (300, 24))  # parcels, couriers
CENTRE = Point(120.655, 28.015)
HOUR_S = 3600
SETTLEMENTS = 300


def run(name: str, *, echo: Echo) -> None:
    """Run one measurement by name and tell its figures."""
    _ALL[name](echo)


def _plan(echo: Echo) -> None:
    """Plan slices of three sizes and tell seconds, kilometres and parcels left behind."""
    for parcels, couriers in SLICES:
        problem = city_slice(parcels, couriers, seed=7)
        begun = perf_counter()
        plan = solve(problem, seed=1, seconds_max=20)
        spent_s = perf_counter() - begun
        objections = verify(problem, plan)
        assert not objections, objections
        echo(
            f"{parcels} parcels, {couriers} couriers: {spent_s:.1f} s,"
            f" {plan.distance_m / 1000:.1f} km, {len(plan.unserved)} unserved"
        )


def city_slice(parcels: int, couriers: int, *, seed: int) -> Problem:
    """Draw an afternoon of a city: shops near the centre, doors further out."""
    chance = random.Random(seed)
    shops = [_near(chance, 0.03) for _ in range(max(4, parcels // 8))]
    doors = [_near(chance, 0.06) for _ in range(parcels)]
    travel_s, distance_m = GeodesicTravel().matrices([CENTRE, *shops, *doors])
    drawn = tuple(
        Parcel(
            id=f"parcel-{no}",
            pickup=1 + chance.randrange(len(shops)),
            dropoff=1 + len(shops) + no,
            ready_s=12 * HOUR_S,
            open_s=opens_s,
            close_s=opens_s + 2 * HOUR_S,
            cold=chance.random() < 0.1,
        )
        for no in range(parcels)
        for opens_s in [chance.choice((13, 14, 15, 16)) * HOUR_S]
    )
    riders = tuple(
        Courier(f"courier-{no}", 0, 0, 12 * HOUR_S, 19 * HOUR_S, 30, 6)
        for no in range(couriers)
    )
    return Problem(travel_s, distance_m, drawn, riders)


def _near(chance: random.Random, spread_deg: float) -> Point:
    lon = chance.gauss(CENTRE.lon, spread_deg)
    return Point(lon, chance.gauss(CENTRE.lat, spread_deg))


def _settle(echo: Echo) -> None:
    """Settle good prescriptions of the sample on SQLite; then everything beside a yardstick."""
    with TemporaryDirectory() as folder:
        spent_ms = sorted(_settled_ms(Path(folder)))
    p95_ms = spent_ms[len(spent_ms) * 95 // 100]
    echo(
        f"{len(spent_ms)} settlements: median {median(spent_ms):.1f} ms,"
        f" 95 % within {p95_ms:.1f} ms, longest {spent_ms[-1]:.1f} ms"
    )
    bench_settle.run(echo)


def _settled_ms(folder: Path) -> list[float]:
    settings = Settings(
        second_factor="off",  # programs sign in
        var_dir=folder,
        database_url=f"sqlite:///{folder}/bench.db",
        overlay=reader.FOLDER / "overlay.toml",
        review="none",  # a person's work, which is not measured
    )
    engine = db.open_engine(settings.database_url)
    db.create_all(engine)
    desk = make_desk(settings, load_keys(settings.secrets_dir))
    with db.open_session(engine) as session:
        loading.load(session, desk)
    messages = {raw["hosp_rx_no"]: raw for raw in reader.prescriptions()}
    good = [a for a in reader.acts() if a.expect == "accepted" and not a.event]
    spent = []
    for act in good[:SETTLEMENTS]:
        with db.open_session(engine) as session:
            spent.append(
                _one_settlement_ms(session, desk, act, messages[act.hosp_rx_no])
            )
    engine.dispose()
    return spent


def _one_settlement_ms(
    session: Session, desk: Desk, act: Act, raw: dict[str, Any]
) -> float:
    """Settle one prescription by card, and tell how long the settlement itself took."""
    now = datetime.combine(reader.about().day, act.at, CHINA)
    rx = service.receive(session, desk, raw, now=now).id
    customer = customer_of(rx, act, raw)
    begun = perf_counter()
    settle(session, desk, customer, now)
    return (perf_counter() - begun) * 1000


_ALL = MappingProxyType(
    {
        "plan": _plan,
        "settle": _settle,
        "rules": bench_rules.run,
        "turns": bench_turns.run,
        "crash": bench_crash.run,
        "intake": bench_intake.run,
        "network": bench_network.run,
        "board": bench_board.run,
        "bureau": bench_bureau.run,
        "catalogue": bench_catalogue.run,
        "pages": bench_pages.run,
        "request": bench_request.run,
    }
)
NAMES = tuple(_ALL)
