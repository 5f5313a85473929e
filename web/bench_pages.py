"""How long the server takes for each page, at a stated size, and how many queries it asks.

A few prescriptions are lived through by the services; the rest are copies of their rows,
spread over people and outlets by a seeded chance.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, Table, event, insert, select
from sqlmodel import Session, SQLModel

from dispensing import service
from dispensing.days import CHINA
from dispensing.desk import Desk
from dispensing.service import Delivery
from fixtures import loading
from fixtures.sample import reader
from fixtures.values import Act
from pharmacies import service as pharmacies
from web import accounts, create_app, db
from web.bench_settle.plain import settle
from web.bench_settle.town import customer_of
from web.desks import make_desk
from web.keys import load_keys
from web.settings import Settings

Echo = Callable[[str], object]
PRESCRIPTIONS = 100_000
ORDERS = 10_000
LIVED = 8  # prescriptions that are lived through and then copied
ASKED = 15  # times each page is asked for
BATCH = 2_000
MEDIAN_MS, P95_MS = 60, 150  # promised
SEED = 7
PASSWORD = "a password for the bench"
COPIED = (
    "prescription",
    "prescription_line",
    "prescription_event",
    "assessment",
    "settlement",
    "delivery_order",
)
# What a role may open without naming anything.
PAGES: Mapping[str, Sequence[str]] = {
    "patient": (
        *("/patient", "/patient/sharing", "/patient/readers", "/patient/codes"),
        *("/patient/medicines", "/patient/year", "/patient/feedback"),
    ),
    "counter": (
        *("/counter", "/counter/paper", "/counter/till", "/counter/stock"),
        *("/counter/reconciliation", "/notices", "/uploads"),
    ),
    "dispatch": ("/dispatch", "/feedback"),
    "courier": ("/courier",),
    "bureau": (
        *("/bureau", "/bureau/traces", "/bureau/audit", "/bureau/keys"),
        "/bureau/reconciliation",
    ),
}


@dataclass(frozen=True, slots=True)
class Filled:
    """A platform of a size, and somebody of each role: the account's subject by role."""

    app: Flask
    subjects: Mapping[str, str]
    prescription_id: UUID  # of the patient, with an open order at the counter's outlet
    order_id: UUID


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page took: milliseconds of the server, and queries."""

    page: str
    ms: tuple[float, ...]
    queries: int

    @property
    def p95_ms(self) -> float:
        """Give the time within which nineteen of twenty answers came."""
        return sorted(self.ms)[int(len(self.ms) * 0.95) - 1]


def run(echo: Echo) -> None:
    """Fill a platform and tell what each page takes."""
    with TemporaryDirectory() as folder:
        begun = perf_counter()
        with filled(Path(folder), PRESCRIPTIONS, ORDERS) as town:
            echo(f"filled in {perf_counter() - begun:.0f} s")
            slow = []
            for asked in measured(town, ASKED):
                echo(
                    f"{asked.page:<42} median {median(asked.ms):6.1f} ms,"
                    f" 95 % {asked.p95_ms:6.1f} ms, {asked.queries:4} queries"
                )
                if median(asked.ms) > MEDIAN_MS or asked.p95_ms > P95_MS:
                    slow.append(asked.page)
    echo("slower than promised: " + (", ".join(slow) if slow else "none"))


@contextmanager
def filled(folder: Path, prescriptions: int, orders: int) -> Iterator[Filled]:
    """Open a platform with so many prescriptions, of which so many are to be delivered."""
    day = reader.about().day
    settings = Settings(
        var_dir=folder,
        database_url=f"sqlite:///{folder}/pages.db",
        overlay=reader.FOLDER / "overlay.toml",
        clock_start=datetime(day.year, day.month, day.day, 12, tzinfo=CHINA),
        review="none",
        password_memory_kib=64,
    )
    engine = db.open_engine(settings.database_url)
    db.create_all(engine)
    desk = make_desk(settings, load_keys(settings.secrets_dir))
    with db.open_session(engine) as session:
        loading.load(session, desk)
        first, order_id, subjects = _live(session, desk)
    _copy(engine, prescriptions, orders)
    app = create_app(settings, engine)
    with app.app_context(), db.open_session(engine) as session:
        word = accounts.hashed(PASSWORD)
        accounts.add_accounts(
            session,
            [
                accounts.NewAccount(role, role, (role,), subject, word)
                for role, subject in subjects.items()
            ],
        )
    yield Filled(app, subjects, first, order_id)
    engine.dispose()


def measured(town: Filled, times: int) -> Iterator[Asked]:
    """Ask for every page so often, and count its queries."""
    engine: Engine = town.app.extensions["engine"]
    of_rx = f"prescriptions/{town.prescription_id}"
    more = {
        "patient": (f"/patient/{of_rx}", f"/patient/orders/{town.order_id}"),
        "counter": (f"/counter/{of_rx}",),
    }
    for role, pages in PAGES.items():
        client = signed_in(town.app, role)
        for page in (*pages, *more.get(role, ())):
            _answered(client, page)  # the first one compiles the template
            with counting(engine) as queries:
                _answered(client, page)
            spent = tuple(_answered(client, page) for _ in range(times))
            yield Asked(
                page.replace(str(town.prescription_id), "…").replace(
                    str(town.order_id), "…"
                ),
                spent,
                len(queries),
            )


@contextmanager
def counting(engine: Engine) -> Iterator[list[str]]:
    """Collect the queries that are asked in the block."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def signed_in(app: Flask, name: str) -> FlaskClient:
    """Sign an account in, as a browser does."""
    client = app.test_client()
    form = client.get("/login").text
    token = form.partition('name="csrf_token"')[2].partition('value="')[2]
    sent = {
        "username": name,
        "password": PASSWORD,
        "csrf_token": token.partition('"')[0],
    }
    assert client.post("/login", data=sent).status_code == 302
    return client


def _answered(client: FlaskClient, page: str) -> float:
    begun = perf_counter()
    answer = client.get(page)
    assert answer.status_code == 200, (page, answer.status)
    return (perf_counter() - begun) * 1000


def _live(session: Session, desk: Desk) -> tuple[UUID, UUID, dict[str, str]]:
    """Settle a few prescriptions and order their delivery; name one of each role."""
    messages = {raw["hosp_rx_no"]: raw for raw in reader.prescriptions()}
    good = [a for a in reader.acts() if a.expect == "accepted" and not a.event]
    found = [_one(session, desk, act, messages[act.hosp_rx_no]) for act in good[:LIVED]]
    return found[0]


def _one(
    session: Session, desk: Desk, act: Act, raw: dict[str, Any]
) -> tuple[UUID, UUID, dict[str, str]]:
    day = reader.about().day
    now = datetime.combine(day, act.at, CHINA)
    rx = service.receive(session, desk, raw, now=now).id
    settle(session, desk, customer_of(rx, act, raw), now)
    person_no = raw["insured"]["person_no"]
    address, point, phone = service.home_of(session, desk, person_no)
    opens = datetime(day.year, day.month, day.day, 14, tzinfo=CHINA)
    order = service.order_delivery(
        session,
        desk,
        prescription_id=rx,
        delivery=Delivery(
            window_opens=opens,
            window_closes=opens + timedelta(hours=3),
            area=pharmacies.outlet(session, act.outlet).area,
            address=address,
            point=point,
            phone=phone,
        ),
        now=now,
    )
    service.pack(session, desk, order_id=order.id, outlet_code=act.outlet, now=now)
    subjects = {
        "patient": person_no,
        "counter": act.outlet,
        "dispatch": order.carrier_code,
        "courier": _courier_of(order.carrier_code),
        "bureau": "330300",
    }
    return rx, order.id, subjects


def _courier_of(carrier_code: str) -> str:
    return next(c.code for c in reader.couriers() if c.carrier == carrier_code)


def _copy(engine: Engine, prescriptions: int, orders: int) -> None:
    """Copy the rows of the prescriptions that were lived through, with new numbers."""
    chance = random.Random(SEED)
    tables = {name: SQLModel.metadata.tables[name] for name in COPIED}
    with engine.connect() as reading:
        rows = {name: _rows(reading, table) for name, table in tables.items()}
        people = _column(reading, "person", "person_no")
    lived = [row["id"] for row in rows["prescription"]]
    kept: dict[str, list[dict[str, Any]]] = {name: [] for name in COPIED}
    for number in range(prescriptions - len(lived)):
        _one_copy(
            rows, kept, lived[number % len(lived)], number, is_open=number < orders
        )
        person_no = chance.choice(people)
        kept["prescription"][-1]["person_no"] = person_no
        kept["settlement"][-1]["person_no"] = person_no
        if number % BATCH == BATCH - 1:
            _write(engine, tables, kept)
    _write(engine, tables, kept)


def _one_copy(
    rows: Mapping[str, list[dict[str, Any]]],
    kept: dict[str, list[dict[str, Any]]],
    of: UUID,
    number: int,
    *,
    is_open: bool,
) -> None:
    new = uuid4()
    said: dict[UUID, UUID] = {}
    for name in COPIED:
        key = "id" if name == "prescription" else "prescription_id"
        for row in rows[name]:
            if row[key] != of or (name == "delivery_order" and not is_open):
                continue
            copy = {**row, key: new}
            if name == "prescription":
                copy["hosp_rx_no"] = f"{row['hosp_rx_no']}-{number}"
                copy["received_at"] -= timedelta(minutes=number % 500_000)
                copy["issued_at"] -= timedelta(minutes=number % 500_000)
                copy["state"] = "settled" if is_open else "dispensed"
            elif name == "prescription_event":
                del copy["id"]
            elif name != "prescription_line":
                copy["id"] = said.setdefault(row["id"], uuid4())
            if name == "settlement":
                copy["msgid"] = f"{row['msgid']}{number}"
                copy["assessment_id"] = said[row["assessment_id"]]
            kept[name].append(copy)


def _rows(reading: Any, table: Table) -> list[dict[str, Any]]:
    return [dict(row) for row in reading.execute(select(table)).mappings()]


def _column(reading: Any, table: str, column: str) -> list[Any]:
    named = SQLModel.metadata.tables[table].c[column]
    return list(reading.execute(select(named)).scalars())


def _write(
    engine: Engine, tables: Mapping[str, Table], kept: dict[str, list[dict[str, Any]]]
) -> None:
    with engine.begin() as writing:
        for name, table in tables.items():
            if kept[name]:
                writing.execute(insert(table), kept[name])
                kept[name].clear()
