"""A platform of a stated size: a few prescriptions lived through, the rest copies of their rows.

The copies are spread over people by a seeded chance, each a minute older than the one before;
deliveries are all of one day.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, Table, Uuid, insert, select
from sqlmodel import Session, SQLModel

from dispensing import service
from dispensing.days import CHINA
from dispensing.desk import Desk
from dispensing.sealed import place_of
from dispensing.service import Delivery
from dispensing.vault import Vault
from fixtures import loading
from fixtures.sample import reader
from fixtures.values import Act
from pharmacies import service as pharmacies
from web import accounts, create_app, db, migrating
from web.bench_settle.plain import settle
from web.bench_settle.town import customer_of
from web.desks import make_desk
from web.keys import load_keys
from web.settings import Settings

Rows = Mapping[str, list[dict[str, Any]]]
LIVED = 8  # prescriptions that are lived through and then copied
BATCH = 2_000
SEED = 7
PASSWORD = "a password for the bench"
COPIED = (
    "prescription",
    "prescription_line",
    "prescription_event",
    "assessment",
    "settlement",
    "delivery_order",
    "ledger",
    "supply",
)
TIMES = ("issued_at", "received_at", "at", "opened_at", "changed_at")


@dataclass(frozen=True, slots=True)
class Filled:
    """A platform of a size, and somebody of each role: the account's subject by role."""

    app: Flask
    subjects: Mapping[str, str]
    prescription_id: UUID  # of the patient, with an open order at the counter's outlet
    order_id: UUID


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that can be packed, and whom that concerns."""

    id: UUID
    person_no: str
    outlet_code: str
    carrier_code: str

    def concerns(self, role: str, subject: str) -> bool:
        """Tell whether somebody's page shows it."""
        whose = {
            "patient": self.person_no,
            "counter": self.outlet_code,
            "dispatch": self.carrier_code,
        }
        return whose[role] == subject


@contextmanager
def filled(
    folder: Path, prescriptions: int, orders: int, url: str | None = None
) -> Iterator[Filled]:
    """Open a platform with so many prescriptions, of which so many are to be delivered."""
    day = reader.about().day
    settings = Settings(
        second_factor="off",  # programs sign in
        var_dir=folder,
        database_url=url or f"sqlite:///{folder}/pages.db",
        overlay=reader.FOLDER / "overlay.toml",
        clock_start=datetime(day.year, day.month, day.day, 12, tzinfo=CHINA),
        review="none",
        password_memory_kib=64,
        requests_minute_max=0,
    )
    engine = db.open_engine(settings.database_url)
    migrating.create(engine)
    desk = make_desk(settings, load_keys(settings.secrets_dir))
    with db.open_session(engine) as session:
        loading.load(session, desk)
        first, order_id, subjects = _live(session, desk)
    with engine.connect() as reading:
        people = _column(reading, "person", "person_no")
    copy(
        engine,
        desk.vault,
        prescriptions=prescriptions,
        orders=orders,
        people=people,
    )
    app = create_app(settings, engine)
    let_in(app, {role: (role, subject) for role, subject in subjects.items()})
    yield Filled(app, subjects, first, order_id)
    engine.dispose()


def let_in(app: Flask, people: Mapping[str, tuple[str, str]]) -> None:
    """Open accounts by their names, each with a role and whom it stands for."""
    with app.app_context(), db.open_session(app.extensions["engine"]) as session:
        word = accounts.hashed(PASSWORD)
        opened = [
            accounts.NewAccount(name, name, (role,), subject, word)
            for name, (role, subject) in people.items()
        ]
        accounts.add_accounts(session, opened)


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


def placed(engine: Engine, people: int, count: int) -> list[Placed]:
    """Find so many orders that can be packed, of so many people, one after another."""
    orders, rx = (
        SQLModel.metadata.tables[n] for n in ("delivery_order", "prescription")
    )
    query = (
        select(orders.c.id, rx.c.person_no, orders.c.outlet_code, orders.c.carrier_code)
        .join(rx, rx.c.id == orders.c.prescription_id)
        .where(orders.c.state == "placed")
        .order_by(rx.c.person_no, rx.c.hosp_rx_no)
    )
    by_person: dict[str, list[Placed]] = {}
    with engine.connect() as reading:
        for row in reading.execute(query):
            by_person.setdefault(row.person_no, []).append(Placed(*row))
    busiest = sorted(by_person.values(), key=len, reverse=True)[:people]
    turns = zip_longest(*busiest)
    found = [order for turn in turns for order in turn if order is not None][:count]
    assert len(found) == count, (len(found), count)
    return found


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
        "hospital": raw["issuer"],
        "bureau": "330300",
    }
    return rx, order.id, subjects


def _courier_of(carrier_code: str) -> str:
    return next(c.code for c in reader.couriers() if c.carrier == carrier_code)


def copy(
    engine: Engine,
    vault: Vault,
    *,
    prescriptions: int,
    orders: int,
    people: Sequence[str],
) -> None:
    """Copy what was lived through until there are so many, spread over some people.

    So many of the copies are on their way to the door, half of these still to be packed.
    """
    chance = random.Random(SEED)
    tables = {name: SQLModel.metadata.tables[name] for name in COPIED}
    with engine.connect() as reading:
        rows = {name: _rows(reading, table) for name, table in tables.items()}
    lived = [_belonging(rows, row["id"]) for row in rows["prescription"]]
    kept: dict[str, list[dict[str, Any]]] = {name: [] for name in COPIED}
    for number in range(prescriptions - len(lived)):
        _one_copy(
            lived[number % len(lived)],
            kept,
            number,
            vault=vault,
            person_no=chance.choice(people),
            is_open=number < orders,
        )
        if number % BATCH == BATCH - 1:
            _write(engine, tables, kept)
    _write(engine, tables, kept)


def _belonging(rows: Rows, prescription_id: UUID) -> Rows:
    """Pick the rows of one prescription, and those of its settlement."""
    settled = {
        row["id"]
        for row in rows["settlement"]
        if row["prescription_id"] == prescription_id
    }
    return {
        name: [
            row
            for row in rows[name]
            if row.get("prescription_id" if name != "prescription" else "id")
            == prescription_id
            or row.get("settlement_id") in settled
        ]
        for name in COPIED
    }


def _one_copy(
    lived: Rows,
    kept: dict[str, list[dict[str, Any]]],
    number: int,
    *,
    vault: Vault,
    person_no: str,
    is_open: bool,
) -> None:
    """Copy one: a minute older than the one before, its delivery still on the day."""
    new: dict[UUID, UUID] = {}
    ago = timedelta(minutes=number)
    for name in COPIED:
        for row in lived[name]:
            if name == "delivery_order" and not is_open:
                continue
            copy = {**row, **_renumbered(name, row, new)}
            copy |= {key: copy[key] - ago for key in TIMES if key in copy}
            if "on" in copy:
                copy["on"] -= timedelta(days=ago.days)
            if "person_no" in copy:
                copy["person_no"] = person_no
            if name == "prescription":
                copy["hosp_rx_no"] = f"{row['hosp_rx_no']}-{number}"
                copy["state"] = "settled" if is_open else "dispensed"
            elif name == "settlement":
                copy["msgid"] = f"{row['msgid']}{number}"
            elif name == "delivery_order" and number % 2:
                copy |= {"state": "placed", "packed_at": None}
            kept[name].append(copy | _sealed_anew(vault, name, row, copy))


def _sealed_anew(
    vault: Vault, name: str, row: Mapping[str, Any], copy: Mapping[str, Any]
) -> dict[str, str]:
    """Seal for a copy what its row holds sealed: a sealed text opens in its own row alone."""
    table = SQLModel.metadata.tables[name]
    return {
        key: vault.seal(
            vault.open(value, place_of(table, key, row)), place_of(table, key, copy)
        )
        for key, value in row.items()
        if key.endswith("_sealed") and value is not None
    }


def _renumbered(
    name: str, row: Mapping[str, Any], new: dict[UUID, UUID]
) -> dict[str, Any]:
    """Give a row's own key, and those of others that it names, their new numbers."""
    named = {key: row[key] for key in row if key == "id" or key.endswith("_id")}
    return {
        key: new.setdefault(value, uuid4())
        for key, value in named.items()
        if isinstance(value, UUID)
    }


def _rows(reading: Any, table: Table) -> list[dict[str, Any]]:
    """Read the rows of a table, without the numbers that the database counts up itself."""
    kept = [it for it in table.c if it.name != "id" or isinstance(it.type, Uuid)]
    return [dict(row) for row in reading.execute(select(*kept)).mappings()]


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
