"""A town on a real database for a simulated day: outlets, shelves, couriers, people."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import get_args

from sqlalchemy import Engine
from sqlmodel import Session

from dispensing import service
from dispensing.consenting import grounds
from dispensing.desk import Desk
from dispensing.prescription import Insured, Used
from fixtures import cast
from fixtures.rounds.given import Day, Order
from fixtures.sample import reader
from fixtures.sample.people import check_digit
from fixtures.values import LABEL
from pharmacies import service as network
from pharmacies.carriers import Carrier
from pharmacies.designation.agreement import Agreement, AgreementKind
from pharmacies.medicines import Medicine
from pharmacies.movements import Act
from pharmacies.outlets import Outlet
from pharmacies.stock_file_service import Receipt, receive_all
from routing.service.slices import instant
from web import db, migrating
from web.desks import make_desk
from web.keys import load_keys
from web.settings import Settings

AMLODIPINE = "XC08CAA001A001010100001"
INSULIN = "XA10ADA002A001010100002"
PACKS_ON_SHELF = 10_000
_BEGINS, _UNTIL = date(2024, 1, 1), date(2027, 12, 31)


@dataclass(frozen=True, slots=True)
class Town:
    """A day's town on a database, its desk, and the secret of the doors' codes."""

    day: Day
    engine: Engine
    desk: Desk
    secret: bytes

    def open(self, *, read_only: bool = False) -> Session:
        """Open a unit of work."""
        return db.open_session(self.engine, read_only=read_only)

    def at(self, second: int) -> datetime:
        """Return a second of the day as an instant."""
        return instant(self.day.given.day, second)


@contextmanager
def opened(day: Day, folder: Path, url: str) -> Iterator[Town]:
    """Make the tables of an empty database, and fill it with a day's town."""
    settings = Settings(
        second_factor="off",  # programs sign in
        var_dir=folder,
        database_url=url,
        overlay=reader.FOLDER / "overlay.toml",
        review="none",  # a person's work, which is not measured
    )
    engine, keys = db.open_engine(url), load_keys(settings.secrets_dir)
    migrating.create(engine)
    yield settled_in(Town(day, engine, make_desk(settings, keys), keys.handover))
    engine.dispose()


def settled_in(town: Town) -> Town:
    """Fill the empty tables of a town."""
    with town.open() as session:
        _fill(session, town)
    return town


def person_no(order: Order) -> str:
    """Name whose order it is: everybody orders once."""
    return f"I7{order.no:08d}"


def id_number(order: Order) -> str:
    """Give the ID number of whoever ordered."""
    first = f"33030219500101{order.no % 1000:03d}"
    if order.no >= 1000:
        first = f"33030219510101{order.no % 1000:03d}"
    return first + check_digit(first)


def _fill(session: Session, town: Town) -> None:
    day = town.day
    codes = [it.code for it in day.outlets]
    network.add_outlets(session, [_hospital(), *day.outlets])
    network.add_agreements(session, [_agreed(cast.HOSPITAL, "general")])
    network.add_agreements(
        session, [_agreed(it, kind) for it in codes for kind in get_args(AgreementKind)]
    )
    network.add_medicines(session, _medicines())
    prices = ((AMLODIPINE, 420), (INSULIN, 4370))
    network.add_prices(session, [("usual", code, fen) for code, fen in prices])
    areas = frozenset().union(*(it.areas for it in day.couriers))
    firm = Carrier(cast.CARRIER, "瓯江医药配送", areas, True, "浙温配0001", _UNTIL)
    network.add_carriers(session, [firm])
    network.add_couriers(session, day.couriers)
    act = Act("", day.given.day, town.at(6 * 3600), "sample")
    receive_all(
        session,
        act,
        [
            Receipt(code, medicine, f"批{medicine[1:4]}", _UNTIL, PACKS_ON_SHELF)
            for code in codes
            for medicine, _ in prices
        ],
    )
    people = map(_person, day.orders)
    service.enrol(
        session, town.desk.vault, people, on=day.given.day, consented=grounds().purposes
    )


def _person(order: Order) -> service.NewPerson:
    disease = "diabetes" if order.cold else "hypertension"
    return service.NewPerson(
        person_no=person_no(order),
        name=f"患者{order.no + 1}",
        id_number=id_number(order),
        phone=f"1200002{order.no:04d}",
        address=f"温州市第{order.no + 1}号",
        point=order.home,
        born_on=date(1950, 1, 1),
        insured=Insured(
            scheme="resident",
            area="330302",
            active=True,
            diseases={disease: date(2021, 1, 1)},
            away_filed=None,
            used=Used(0, 0, 0),
            account_fen=0,
            mutual_aid_fen=0,
            history=(),
        ),
    )


def _hospital() -> Outlet:
    return Outlet(
        code=cast.HOSPITAL,
        name="鹿城区人民医院",
        kind="hospital",
        level="level2",
        area="330302",
        point=cast.alice.point,
        chain=None,
        internet=False,
        cold_chain=True,
        opens=time(8),
        closes=time(21),
        price_list="usual",
        quota_unit=None,
        address="温州市鹿城区",
    )


def _agreed(code: str, kind: AgreementKind) -> Agreement:
    card = _BEGINS if kind == "chronic" else None
    return Agreement(code, kind, _BEGINS, None, card, None)


def _medicines() -> list[Medicine]:
    return [
        _medicine(AMLODIPINE, "苯磺酸氨氯地平片 5mg", "C08CA01", "hypertension"),
        _medicine(
            INSULIN,
            "精蛋白重组人胰岛素注射液 300U/3mL",
            "A10AD01",
            "diabetes",
            cold=True,
        ),
    ]


def _medicine(
    code: str, name: str, atc: str, condition: str, *, cold: bool = False
) -> Medicine:
    return Medicine(
        code=code,
        name=name,
        generic=name.split()[0],
        inn="",
        atc=atc,
        drug_class="",
        tier="甲",
        standard_fen=4370 if cold else 420,
        self_pay_permyriad=0,
        vbp=False,
        essential=True,
        consistency=True,
        on_platform=True,
        storage="cold" if cold else "ambient",
        group="special_storage" if cold else "ordinary",
        spec="",
        conditions=frozenset({condition}),
        label=LABEL,
    )
