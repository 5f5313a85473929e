"""A made-up town for measurements: the sample's network, and people who need their pills."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, insert

from dispensing.days import CHINA
from dispensing.desk import Desk
from dispensing.sealed import at
from dispensing.tables import (
    AllowanceRow,
    PersonRow,
    PrescriptionLineRow,
    PrescriptionRow,
    RegistrationRow,
)
from fixtures import loading
from fixtures.day import packs_of
from fixtures.sample import reader
from fixtures.values import Act
from web import db

SEED = 7
DISEASE = "hypertension"
LINES = (1,) * 15 + (2,) * 4 + (3,)  # about as in the sample
PACKS = 2
OUTLETS = 40
CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Customer:
    """One prescription of somebody, ready to be settled at an outlet by card."""

    prescription_id: UUID
    person_no: str
    id_number: str
    outlet_code: str
    trace_codes: dict[int, tuple[str, ...]]


def customer_of(prescription_id: UUID, act: Act, raw: Mapping[str, Any]) -> Customer:
    """Make a customer of an act of the sample day and the message that it is about."""
    who, codes = raw["insured"], packs_of(act.hosp_rx_no, raw["lines"])
    held = who["person_no"], who["id_number"]
    return Customer(prescription_id, *held, act.outlet, codes)


@cache
def now() -> datetime:
    """Give the instant at which the town settles: noon of the sample day."""
    return datetime.combine(reader.about().day, time(12), CHINA)


def overlay() -> Path:
    """Name the sample's figures for what the texts leave open."""
    return reader.FOLDER / "overlay.toml"


def settle_in(engine: Engine, desk: Desk) -> None:
    """Put the sample's network, medicines, prices and people into an empty database."""
    with db.open_session(engine) as session:
        loading.load(session, desk)


def customers(engine: Engine, desk: Desk, *, first: int, count: int) -> list[Customer]:
    """Let so many new people come to the outlets, each with a prescription of its own."""
    chance = random.Random(SEED + first)
    shops, listed = outlets(), medicines()
    found = []
    with engine.begin() as connection:
        for begin in range(first, first + count, CHUNK):
            numbers = range(begin, min(begin + CHUNK, first + count))
            found += _arrive(
                connection, desk, list(_drawn(chance, numbers, shops, listed))
            )
    return found


@cache
def outlets() -> list[str]:
    """Name the outlets at which the town settles: designated on the day."""
    day = now().date()
    agreed = {
        each.outlet_code
        for each in reader.agreements()
        if each.kind == "chronic" and each.in_force(day)
    }
    return sorted(agreed)[:OUTLETS]


@dataclass(frozen=True, slots=True)
class _Drawn:
    number: int
    outlet_code: str
    employee: bool
    medicines: tuple[str, ...]


def _drawn(
    chance: random.Random, numbers: range, shops: list[str], medicines: list[str]
) -> Iterator[_Drawn]:
    for number in numbers:
        yield _Drawn(
            number,
            chance.choice(shops),
            chance.random() < 0.3,
            tuple(chance.sample(medicines, chance.choice(LINES))),
        )


@cache
def _issuer() -> str:
    """Name a hospital that may prescribe."""
    return next(each.code for each in reader.outlets() if each.kind == "hospital")


@cache
def medicines() -> list[str]:
    """Give medicines of the disease that every price list has, one of each substance."""
    priced: dict[str, set[str]] = {}
    for name, code, _ in reader.prices():
        priced.setdefault(code, set()).add(name)
    lists = set().union(*priced.values())
    fit = {
        each.atc: each.code
        for each in reader.medicines()
        if DISEASE in each.conditions
        and priced.get(each.code) == lists
        and each.pack_parts == 1
        and each.group == "ordinary"
        and each.on_platform
    }
    return sorted(fit.values())


def _arrive(connection: Connection, desk: Desk, drawn: list[_Drawn]) -> list[Customer]:
    ids = {each.number: uuid4() for each in drawn}
    connection.execute(insert(PersonRow), [_person(desk, each) for each in drawn])
    connection.execute(
        insert(RegistrationRow), [_registered(desk, each) for each in drawn]
    )
    connection.execute(
        insert(AllowanceRow),
        [{"person_no": _no(each), "year": now().year} for each in drawn],
    )
    connection.execute(
        insert(PrescriptionRow), [_prescription(desk, ids[e.number], e) for e in drawn]
    )
    connection.execute(
        insert(PrescriptionLineRow),
        [line for each in drawn for line in _lines(ids[each.number], each)],
    )
    return [
        Customer(ids[e.number], _no(e), _id(e), e.outlet_code, _codes(e)) for e in drawn
    ]


def _no(one: _Drawn) -> str:
    return f"I8{one.number:08d}"


def _id(one: _Drawn) -> str:
    return f"33030219{one.number:010d}"


def _person(desk: Desk, one: _Drawn) -> dict[str, Any]:
    return {
        "person_no": _no(one),
        "id_index": desk.vault.index(_id(one)),
        "id_sealed": "",
        "name": "",
        "phone_sealed": "",
        "phone_index": "",
        "address_sealed": "",
        "point_sealed": "",
        "born_on": date(1955, 1, 1),
        "scheme": "employee" if one.employee else "resident",
        "area": "330302",
        "account_fen": 100_000 if one.employee else 0,
    }


def _registered(desk: Desk, one: _Drawn) -> dict[str, Any]:
    return {
        "person_no": _no(one),
        "no": 1,
        "disease_sealed": desk.vault.seal(
            DISEASE, at(RegistrationRow, "disease_sealed", _no(one), 1)
        ),
        "kind": "chronic",
        "since": date(2022, 1, 1),
    }


def _prescription(desk: Desk, id_: UUID, one: _Drawn) -> dict[str, Any]:
    issued_at = now().replace(hour=8)
    return {
        "id": id_,
        "issuer": _issuer(),
        "hosp_rx_no": f"bench-{one.number}",
        "digest": "",
        "message_sealed": "",
        "source": "external",
        "person_no": _no(one),
        "doctor_name": "",
        "disease_sealed": desk.vault.seal(
            DISEASE, at(PrescriptionRow, "disease_sealed", id_)
        ),
        "issued_at": issued_at,
        "valid_days": 3,
        "long_term": False,
        "record_no": f"B{one.number}",
        "signature": "none",
        "key_id": None,
        "state": "received",
        "received_at": issued_at,
    }


def _lines(id_: UUID, one: _Drawn) -> list[dict[str, Any]]:
    return [
        {
            "prescription_id": id_,
            "no": no,
            "medicine_code": code,
            "quantity": PACKS,
            "supply_days": 28,
            "dosage": "",
        }
        for no, code in enumerate(one.medicines, 1)
    ]


def _codes(one: _Drawn) -> dict[int, tuple[str, ...]]:
    return {
        no: tuple(f"8{one.number:011d}{no:02d}{pack:06d}" for pack in range(PACKS))
        for no in range(1, len(one.medicines) + 1)
    }
