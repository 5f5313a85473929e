"""The dispatcher's board at noon: 1,000 orders, 60 couriers; how soon it shows, answers, tells."""

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event
from time import perf_counter, sleep, thread_time
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import Engine
from sqlmodel import Session, col, select, update

from dispensing.days import CHINA
from dispensing.errors import Conflict
from dispensing.sealed import spot
from dispensing.service.ordering import cancel_order
from dispensing.tables import OrderRow
from dispensing.vault import Vault
from fixtures.sample import reader
from pharmacies import service as pharmacies
from pharmacies.carriers import Courier
from pharmacies.places import Point
from routing import service
from routing.service import Edit, Slice
from routing.service.board import Board
from routing.service.solving import Effort
from web import bench_pages, db
from web.bench_pages.filling import LIVED, filled, signed_in
from web.live.shared import HEADER
from web.live.stream import Line

Echo = Callable[[str], object]
ORDERS, COURIERS = 1000, 60
ROOM = 18  # parcels of one courier, so that nearly all are needed
SECONDS = 60.0  # for the planner
LOOKS, TRIES, TELLS, VIEWERS = 20, 200, 10, 4
TOLD_S_MAX, SETTLED_S = 30.0, 1.0
SEED = 7


@dataclass(frozen=True, slots=True)
class Noon:
    """A platform with a draft at noon, and the firm whose it is."""

    app: Flask
    firm: str
    plan_id: UUID
    now: datetime

    @property
    def engine(self) -> Engine:
        """Return the database."""
        found: Engine = self.app.extensions["engine"]
        return found


def run(echo: Echo) -> None:
    """Fill a noon, plan it, and tell the figures of its board."""
    with TemporaryDirectory() as folder, noon(Path(folder), echo) as town:
        tell_views(town, echo)
        tell_edits(town, echo)
        tell_live(town, echo)
        tell_commit(town, echo)


@contextmanager
def noon(folder: Path, echo: Echo) -> Iterator[Noon]:
    """Pack a thousand orders for one firm of sixty couriers, and plan them."""
    with filled(folder, ORDERS + 100, ORDERS - LIVED) as town:
        firm, engine = town.subjects["dispatch"], town.app.extensions["engine"]
        day = reader.about().day
        now = datetime.combine(day, time(12), CHINA)
        with db.open_session(engine) as session:
            area = _pack(session, town.app.extensions["desk"].vault, firm, now)
            _hire(session, firm, area)
        with db.open_session(engine) as session:
            plan = service.plan_slice(
                session,
                town.app.extensions["desk"],
                Slice(firm, day, time(12), time(20)),
                now=now,
                effort=Effort(SECONDS, SEED),
            )
        echo(
            f"{plan.parcels} orders on {len(plan.routes)} routes of {COURIERS} couriers,"
            f" {len(plan.unserved)} left behind"
        )
        yield Noon(town.app, firm, plan.id, now)


def tell_views(town: Noon, echo: Echo, times: int = LOOKS) -> None:
    """Tell the server's time of the first view of the pool, of a plan, and of its map."""
    client = signed_in(town.app, "dispatch")
    here = f"/dispatch/plans/{town.plan_id}"
    for page in (f"/dispatch?day={town.now:%Y-%m-%d}", here, f"{here}/map.json"):
        client.get(page)  # the first one compiles the template
        with bench_pages.counting(town.engine) as queries:
            size = len(client.get(page).data)
        spent = sorted(_timed(partial(client.get, page)) for _ in range(times))
        name = page.replace(str(town.plan_id), "…")
        echo(f"view {name}: {_told(spent)}, {len(queries)} queries, {size // 1024} KB")


def tell_edits(town: Noon, echo: Echo, times: int = TRIES) -> None:
    """Tell how soon a move by hand is judged, and done, in process."""
    chance, desk = random.Random(SEED), town.app.extensions["desk"]
    who: dict[str, Any] = {"carrier_code": town.firm, "now": town.now}
    with db.open_session(town.engine, read_only=True) as session:
        plan = service.board(session, town.plan_id, carrier_code=town.firm)
    tried, computed, done = [], [], []
    for _ in range(times):
        edit = _move(plan, chance)
        with db.open_session(town.engine, read_only=True) as session:
            begun, begun_cpu = perf_counter(), thread_time()
            service.try_edit(session, desk, town.plan_id, edit, **who)
            tried.append((perf_counter() - begun) * 1000)
            computed.append((thread_time() - begun_cpu) * 1000)
    for _ in range(times // 10):
        edit = replace(_move(plan, chance), dropoff=None)  # to the cheapest place
        with db.open_session(town.engine) as session, suppress(Conflict):
            begun = perf_counter()
            service.apply_edit(session, desk, town.plan_id, edit, by="bench", **who)
            done.append((perf_counter() - begun) * 1000)
    echo(f"a move tried: {_told(sorted(tried))}")
    echo(f"  computed by this process: {_told(sorted(computed))}")
    echo(f"a move done, {len(done)} that fitted: {_told(sorted(done))}")


def tell_live(town: Noon, echo: Echo, times: int = TELLS) -> None:
    """Tell how soon several viewers who listen are told of a lock, and have the new page."""
    address = f"/dispatch/plans/{town.plan_id}"
    clients = [signed_in(town.app, "dispatch") for _ in range(VIEWERS)]
    hub = town.app.extensions["live"]
    with db.open_session(town.engine, read_only=True) as session:
        plan = service.board(session, town.plan_id, carrier_code=town.firm)
    route = plan.routes[0].route_id
    assert route is not None
    lines = [_Line() for _ in clients]
    for line in lines:
        hub.join({("plan", str(town.plan_id)): "plan"}).attach(line)
    sleep(SETTLED_S)  # the watcher has found its place
    told, shown = [], []
    with ThreadPoolExecutor(VIEWERS) as pool:
        for no in range(times):
            for line in lines:
                line.heard.clear()
            _lock(town, route, locked=no % 2 == 0)
            begun = perf_counter()
            for line in lines:
                assert line.heard.wait(TOLD_S_MAX), "nobody was told"
            told.append((perf_counter() - begun) * 1000)
            list(
                pool.map(
                    lambda each: each[0].get(address, headers={HEADER: each[1].place}),
                    zip(clients, lines, strict=True),
                )
            )
            shown.append((perf_counter() - begun) * 1000)
    hub.close()
    echo(f"told to {VIEWERS} viewers: {_told(sorted(told))}")
    echo(f"the new page for all {VIEWERS}: {_told(sorted(shown))}")


def _lock(town: Noon, route: UUID, *, locked: bool) -> None:
    with db.open_session(town.engine) as session:
        service.lock(
            session,
            town.app.extensions["desk"],
            town.plan_id,
            service.Locks(routes=[route], locked=locked),
            carrier_code=town.firm,
            by="bench",
            now=town.now,
        )


def tell_commit(town: Noon, echo: Echo) -> None:
    """Commit all, one of which its patient has cancelled meanwhile; tell what became of them."""
    with db.open_session(town.engine) as session:
        plan = service.board(session, town.plan_id, carrier_code=town.firm)
        stop = plan.routes[0].ahead[0]
        assert stop.order_id is not None and stop.outlet_code is not None
        cancel_order(
            session,
            town.app.extensions["desk"],
            order_id=stop.order_id,
            outlet_code=stop.outlet_code,
            now=town.now,
        )
    begun = perf_counter()
    with db.open_session(town.engine) as session:
        done = service.commit_plans(
            session,
            town.app.extensions["desk"],
            [town.plan_id],
            carrier_code=town.firm,
            now=town.now,
        )
    spent_s = perf_counter() - begun
    named = ", ".join(it.words_en for each in done.plans for it in each.refused)
    echo(f"committed {done.done} orders in {spent_s:.1f} s; left out: {named}")


class _Line(Line):
    """A viewer's connection that only notes that it was told."""

    waiting_bytes = 0

    def __init__(self) -> None:
        self.heard, self.place = Event(), ""

    def send_news(self, data: bytes) -> bool:
        """Note that something was told, and up to where."""
        if b"changed" in data:
            self.place = data.partition(b"id: ")[2].partition(b"\n")[0].decode()
            self.heard.set()
        return True

    def hang_up(self) -> None:
        """Nothing is held."""


def _pack(session: Session, vault: Vault, firm: str, now: datetime) -> str:
    """Give all open orders to one firm, packed, at doors and hours drawn by chance."""
    chance = random.Random(SEED)
    rows = session.exec(
        select(OrderRow).where(col(OrderRow.state).in_(("placed", "packed")))
    ).all()
    area, shop = rows[0].area, pharmacies.outlet(session, rows[0].outlet_code).point
    near = [it.code for it in pharmacies.outlets(session, area=area)][:40]
    for row in rows:
        opens = now + timedelta(minutes=30 * chance.randrange(2, 10))
        east, north = chance.uniform(-0.04, 0.04), chance.uniform(-0.03, 0.03)
        door = Point(shop.lon + east, shop.lat + north)
        values = {
            "carrier_code": firm,
            "state": "packed",
            "packed_at": now,
            "area": area,
            "storage": "cold" if chance.random() < 0.1 else "ambient",
            "outlet_code": chance.choice(near),
            "point_sealed": vault.seal(str(door), spot(row, "point_sealed")),
            "window_opens": opens,
            "window_closes": opens + timedelta(hours=3),
        }
        session.exec(update(OrderRow).where(col(OrderRow.id) == row.id).values(values))
    session.commit()
    return area


def _hire(session: Session, firm: str, area: str) -> None:
    """Let sixty couriers work for the firm, all day and in its district."""
    there = pharmacies.outlets(session, area=area)[0].point
    have = {it.code for it in pharmacies.crew(session, firm, reader.about().day)}
    prefix = sorted(have)[0][:-2]
    codes = [f"{prefix}{no:02d}" for no in range(1, 100)]
    new = [code for code in codes if code not in have][: COURIERS - len(have)]
    pharmacies.add_couriers(
        session,
        [
            Courier(
                code=code,
                carrier=firm,
                name=f"配送员{code[-2:]}",
                phone=f"120000{code[-5:]}",
                start=Point(there.lon, there.lat),
                shift_begins=time(8),
                shift_ends=time(21),
                capacity_parcels=ROOM,
                cold_capacity_parcels=6,
                areas=frozenset({area}),
            )
            for code in new
        ],
    )


def _move(plan: Board, chance: random.Random) -> Edit:
    """Draw a parcel, a courier and a place among that courier's stops."""
    lane, goal = chance.choice(plan.routes), chance.choice(plan.lanes)
    stop = chance.choice([it for it in lane.ahead if it.kind == "dropoff"])
    assert stop.order_id is not None
    others = [it for it in goal.ahead if it.order_id != stop.order_id]
    return Edit(stop.order_id, goal.courier.code, None, chance.randint(0, len(others)))


def _timed(act: Callable[[], object]) -> float:
    begun = perf_counter()
    act()
    return (perf_counter() - begun) * 1000


def _told(spent_ms: Sequence[float]) -> str:
    late = spent_ms[int(len(spent_ms) * 0.95) - 1] if len(spent_ms) > 1 else spent_ms[0]
    return (
        f"median {median(spent_ms):.0f} ms, 95 % {late:.0f} ms,"
        f" longest {spent_ms[-1]:.0f} ms"
    )
