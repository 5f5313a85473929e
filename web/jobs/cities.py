"""Cities as jobs: handed in once, planned by whoever is free, what came of them kept."""

import json
import os
import socket
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from threading import Event

from flask import Flask
from sqlmodel import col, select

from fixtures.city.wenzhou import wenzhou_day
from routing.pictures.told import day_json
from routing.plan import Kind, Plan
from routing.solve import solve
from routing.verify import verify
from routing.watch import Watch
from web import db
from web.cities.given import City
from web.jobs.port import Jobs, Payload
from web.tables import CityDayRow

CITY_DAY = "city_day"  # the name of the job
WORKERS = 2  # processes that search, as plans of a firm have them


class CutShort(RuntimeError):
    """The worker has to end: another one plans the city."""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of the day of one city."""

    couriers: int
    served: int
    left: int
    on_time: int
    distance_m: int
    cost_fen: int
    planned_s: float
    first_full_s: float | None
    rules_broken: int
    ways: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one city stands, and what came of it once it is done."""

    number: int
    city: City
    state: str
    tries: int
    worker: str
    told: Told | None


def hand_in(platform: Flask, jobs: Jobs, run: str, cities: Sequence[City]) -> None:
    """Hand in what of a run was not handed in yet; what failed for good is tried again."""
    engine, now = platform.extensions["engine"], platform.extensions["clock"].now()
    with db.open_session(engine) as session:
        for number, city in enumerate(cities, 1):
            if session.get(CityDayRow, (run, number)) is None:
                row = CityDayRow(
                    run=run, number=number, city=city.json(), changed_at=now
                )
                session.add(row)
        session.commit()
    dead = {each.key: each.id for each in jobs.dead()}
    for each in standings(platform, run):
        key = key_of(run, each.number)
        if key in dead:
            jobs.again(dead[key])
        elif each.state != "done":
            jobs.submit(CITY_DAY, {"run": run, "number": each.number}, key=key)


def key_of(run: str, number: int) -> str:
    """Name the job of one city: it is handed in once."""
    return f"{CITY_DAY}:{run}:{number}"


def carry_out(platform: Flask, stop: Event, payload: Payload) -> None:
    """Plan one city and keep what came of it; one that is done already stays as it is."""
    run, number = payload["run"], payload["number"]
    city = _begin(platform, run, number)
    if city is None:
        return
    try:
        told, day = planned(platform, city, stop.is_set)
    except Exception:
        _note(platform, run, number, state="failed")
        raise
    if stop.is_set():
        _note(platform, run, number, state="waiting")
        raise CutShort
    packed = zlib.compress(day.encode())
    kept = json.dumps(asdict(told), ensure_ascii=False)
    _note(platform, run, number, state="done", told=kept, day=packed)


def planned(
    platform: Flask, city: City, cancelled: Callable[[], bool]
) -> tuple[Told, str]:
    """Draw the day of a city, plan it and check the plan."""
    day = wenzhou_day(
        platform.extensions["travel"],
        orders=city.orders,
        outlets=city.outlets,
        couriers=city.couriers,
        seed=city.seed,
    )
    watch = Watch(time.monotonic)
    plan = solve(
        day.problem,
        seconds_max=city.seconds,
        seed=city.seed,
        workers=WORKERS,
        on_better=watch,
        cancelled=cancelled,
    )
    watch(plan)
    broken = len(verify(day.problem, plan))
    told = _told(plan, watch, broken, day.source)
    return told, day_json(plan, day.points, watch.better)


def standings(platform: Flask, run: str) -> tuple[Standing, ...]:
    """Tell where each city of a run stands, in their order."""
    wanted = (
        CityDayRow.number,
        CityDayRow.city,
        CityDayRow.state,
        CityDayRow.tries,
        CityDayRow.worker,
        CityDayRow.told,
    )
    query = select(*wanted).where(col(CityDayRow.run) == run)  # type: ignore[call-overload]
    engine = platform.extensions["engine"]
    with db.open_session(engine, read_only=True) as session:
        rows = session.exec(query.order_by(col(CityDayRow.number))).all()
    return tuple(
        Standing(
            number,
            City(**json.loads(city)),
            state,
            tries,
            worker,
            None if told is None else Told(**json.loads(told)),
        )
        for number, city, state, tries, worker, told in rows
    )


def day_of(platform: Flask, run: str, number: int) -> str:
    """Return the plan of a city that is done, as `route draw` reads it."""
    engine = platform.extensions["engine"]
    with db.open_session(engine, read_only=True) as session:
        row = session.get(CityDayRow, (run, number))
        assert row is not None and row.day is not None
        return zlib.decompress(row.day).decode()


def _begin(platform: Flask, run: str, number: int) -> City | None:
    engine = platform.extensions["engine"]
    with db.open_session(engine) as session:
        row = session.get(CityDayRow, (run, number))
        if row is None or row.state == "done":
            return None
        row.state, row.tries = "running", row.tries + 1
        row.worker = f"{socket.gethostname()[:60]}:{os.getpid()}"
        row.changed_at = platform.extensions["clock"].now()
        city = City(**json.loads(row.city))
        session.commit()
    return city


def _note(
    platform: Flask,
    run: str,
    number: int,
    *,
    state: str,
    told: str | None = None,
    day: bytes | None = None,
) -> None:
    engine = platform.extensions["engine"]
    with db.open_session(engine) as session:
        row = session.get(CityDayRow, (run, number))
        # Somebody else may have taken it over meanwhile, and may be done.
        if row is not None and row.state != "done":
            row.state, row.told, row.day = state, told, day
            row.changed_at = platform.extensions["clock"].now()
            session.commit()


def _told(plan: Plan, watch: Watch, broken: int, ways: str) -> Told:
    doors = [it for _, it in plan.visits() if it.kind is Kind.DROPOFF]
    return Told(
        couriers=len(plan.routes),
        served=plan.served,
        left=len(plan.unserved),
        on_time=sum(1 for it in doors if not it.late_s),
        distance_m=plan.distance_m,
        cost_fen=plan.cost_fen,
        planned_s=watch.better[-1][0],
        first_full_s=watch.first_full_s(),
        rules_broken=broken,
        ways=ways,
    )
