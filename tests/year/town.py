"""A year of a small town of 濉溪: who lives there, what is settled each month, what is taken back.

The plan is plain data, so that a test may reckon the year from it without the product.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session
from stdnum.cn import ric

from dispensing import service
from dispensing.approvals import read_thresholds
from dispensing.days import CHINA
from dispensing.desk import Desk
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.policy import overlay_of
from dispensing.prescription import Insured
from dispensing.service import people
from pharmacies import service as network
from pharmacies.designation import Agreement
from pharmacies.places import Point
from tests import world
from tests.clearing.county import GROUP, OTHER, TOWN, VILLAGE

PLACE, AREA, YEAR = "3406", "340621", 2021
PILL, TABLET = world.AMLODIPINE, "XA10BAA001A001010100004"
PRICE_FEN = {PILL: 420, TABLET: 437}
STANDARD_FEN = {PILL: 420, TABLET: 415}
CLINICS = (GROUP, TOWN, VILLAGE, OTHER)
OVERLAY = overlay_of(
    "suixi",
    {"ratio.resident": "0.55", "cap.resident": "500.00"},
    source="示例数据，非官方数值",
)


@dataclass(frozen=True, slots=True)
class Dweller:
    """One resident: ill with what since when, in which benefit, at which clinic."""

    no: int
    disease: str
    since: date = date(2019, 5, 1)
    is_chronic: bool = False
    months: tuple[int, ...] = tuple(range(1, 13))
    clinic: str = VILLAGE
    signed: bool = True

    @property
    def person_no(self) -> str:
        """Give the number under which the person is insured."""
        return f"I34062{self.no:04d}"

    @property
    def name(self) -> str:
        """Give a name of their own."""
        return f"濉溪{'甲乙丙丁戊己庚辛'[self.no]}"

    @property
    def id_number(self) -> str:
        """Make an ID number of the county."""
        first = f"34062119500101{self.no:03d}"
        return first + str(ric.calc_check_digit(first + "0"))

    @property
    def channel(self) -> str:
        """Tell which scheme pays."""
        return "chronic" if self.is_chronic else "two_disease"


@dataclass(frozen=True, slots=True)
class Visit:
    """One settlement of the plan; `back_on` is the day on which it is taken back."""

    no: int
    dweller: Dweller
    on: date
    quantity: int
    outlet: str
    back_on: date | None = None

    @property
    def medicine(self) -> str:
        """Give what is dispensed against the disease."""
        return PILL if self.dweller.disease == "hypertension" else TABLET

    @property
    def total_fen(self) -> int:
        """Give what is charged."""
        return self.quantity * PRICE_FEN[self.medicine]

    @property
    def in_scope_fen(self) -> int:
        """Give what the payment standard leaves of it."""
        return self.quantity * STANDARD_FEN[self.medicine]

    @property
    def fund_fen(self) -> int:
        """Give 55 % of it, half a fen rounded up."""
        return (self.in_scope_fen * 55 + 50) // 100


TWICE = Dweller(5, "hypertension", signed=False)  # at two clinics in the same days
NEW = Dweller(6, "hypertension", since=date(2021, 2, 1), months=(3, 6), clinic=OTHER)
ABSENT = Dweller(7, "diabetes", months=(), clinic=OTHER)
DWELLERS = (
    Dweller(0, "hypertension"),
    Dweller(1, "diabetes"),
    Dweller(2, "hypertension", is_chronic=True),
    Dweller(3, "diabetes", months=(1, 3, 5, 7, 9, 11), clinic=OTHER),
    Dweller(4, "diabetes", is_chronic=True, clinic=OTHER, signed=False),
    TWICE,
    NEW,
    ABSENT,
)
# Taken back on the day itself, and in the month after.
BACK = {(3, 5): date(2021, 5, 10), (1, 3): date(2021, 4, 6)}


def visits() -> tuple[Visit, ...]:
    """Plan the year: each at their own day of a month, by one to three packs."""
    found: list[Visit] = []
    for month in range(1, 13):
        for one in DWELLERS:
            if month in one.months:
                day = date(YEAR, month, 10)
                back = BACK.get((one.no, month))
                packs = 1 + (month + one.no) % 3
                found.append(Visit(len(found) + 1, one, day, packs, one.clinic, back))
        if month <= 5:
            day = date(YEAR, month, 12)
            found.append(Visit(len(found) + 1, TWICE, day, 1, TOWN))
    return tuple(found)


def at(day: date, hour: int = 10) -> datetime:
    """Give an hour of a day."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=CHINA)


def open_desk() -> Desk:
    """Make a desk under the county's rules, what they leave open filled in."""
    books = SandboxGateway(":memory:")
    alone = read_thresholds(world.APPROVALS)
    return Desk(OVERLAY, books, world.VAULT, b"c" * 32, alone=alone)


def populate(session: Session) -> None:
    """Fill an empty database with the town."""
    network.add_outlets(
        session,
        [
            replace(
                world._outlet(code, code, "primary", Point(116.77, 33.91)), area=AREA
            )
            for code in CLINICS
        ],
    )
    begins = date(2019, 1, 1)
    network.add_agreements(
        session,
        [Agreement(code, "general", begins, None, None, None) for code in CLINICS],
    )
    tablet = world._medicine(
        TABLET, "盐酸二甲双胍片 0.5g", "A10BA02", "diabetes", standard_fen=415
    )
    network.add_medicines(session, [*world._medicines(), tablet])
    network.add_prices(
        session, [("usual", code, fen) for code, fen in PRICE_FEN.items()]
    )
    people.enrol(session, world.VAULT, map(_insured, DWELLERS), on=date(2021, 1, 1))


def settle(session: Session, desk: Desk, visit: Visit) -> UUID:
    """Write a prescription and settle it; tells the number of the settlement."""
    now = at(visit.on)
    rx = service.receive(session, desk, _message(visit), now=now)
    return service.settle(
        session,
        desk,
        prescription_id=rx.id,
        outlet_code=visit.outlet,
        trace_codes=world.trace_codes(1, visit.quantity, visit.no),
        override="药师已核对",
        tender="cash",
        voucher="card",
        scanned_code=visit.dweller.id_number,
        by="王芳",
        now=now,
    ).id


def take_back(session: Session, desk: Desk, visit: Visit, id_: UUID) -> None:
    """Reverse a settlement on its day."""
    assert visit.back_on is not None
    service.reverse(
        session,
        desk,
        settlement_id=id_,
        outlet_code=visit.outlet,
        reason="wrong_entry",
        by="王芳",
        now=at(visit.back_on, 15),
    )


def _insured(one: Dweller) -> people.NewPerson:
    registered = {one.disease: one.since}
    return people.NewPerson(
        person_no=one.person_no,
        name=one.name,
        id_number=one.id_number,
        phone=f"1200034{one.no:04d}",
        address=f"濉溪县百善镇{one.no}号",
        point=Point(116.77, 33.91),
        born_on=date(1950, 1, 1),
        insured=Insured(
            scheme="resident",
            area=AREA,
            active=True,
            diseases=registered,
            chronic_outpatient=registered if one.is_chronic else {},
        ),
    )


def _message(visit: Visit) -> dict[str, Any]:
    one = visit.dweller
    return world.message(
        visit.no,
        hosp_rx_no=f"{visit.outlet}-{visit.on:%Y%m%d}-{visit.no:04d}",
        issuer=visit.outlet,
        insured={
            "person_no": one.person_no,
            "id_number": one.id_number,
            "name": one.name,
        },
        disease=one.disease,
        diagnosis="I10.x00" if one.disease == "hypertension" else "E11.900",
        issued_at=at(visit.on, 8).isoformat(),
        record_no=f"SX{visit.on:%Y%m%d}-{visit.no:04d}",
        lines=[
            {
                "medicine": visit.medicine,
                "quantity": visit.quantity,
                "supply_days": 28,
                "dosage": "每日一次",
            }
        ],
    )
