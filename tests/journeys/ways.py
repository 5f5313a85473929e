"""One prescription, taken in by each way, at a counter over HTTP whose insurer goes wrong."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from apiflask import APIFlask
from sqlmodel import Session, col, func, select
from stdnum.cn import ric

from dispensing.intake.message import dumps
from dispensing.ledger import PAYERS
from dispensing.tables import (
    AllowanceRow,
    HandoverRow,
    LedgerRow,
    PrescriptionRow,
    SettlementRow,
    SupplyRow,
    TraceSaleRow,
)
from fixtures import cast
from fixtures.values import Person
from pharmacies.tables import StockMovementRow
from tests import platform as whole
from tests import world
from tests.gateway.street import PEOPLE, Street
from tests.intake import examples, fhir_bundles, national_calls
from tests.intake.test_national_http import done
from tests.intake.test_paper import sheet
from tests.platform import PASSWORD, Platform, Program
from tests.serving import serving as serving_app
from tests.world import NOON
from web import accounts, create_app, db
from web.sandbox import members
from web.sandbox.answering import Counter
from web.sandbox.books import Books
from web.sandbox.serving import serving as serving_sandbox

SHOP = cast.LUCHENG_PHARMACY
HOSPITAL = cast.HOSPITAL
FHIR = "application/fhir+json"
READ_MS = 20_000
NO_REPEAT = {
    "reptFlag": "0",
    "maxReptCnt": None,
    "minInrvDays": None,
    "initRxno": None,
    "longRxFlag": "0",
}
PHARMACIST = {"code": "PH0009", "name": "王药师"}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer over HTTP, as the test client of the app gives it."""

    status_code: int
    text: str
    mimetype: str

    @property
    def json(self) -> Any:
        """Read what was said."""
        return json.loads(self.text)


@dataclass(frozen=True, slots=True)
class Wire:
    """Sends over HTTP what the test client of the app would send inside."""

    client: httpx.Client

    def open(self, path: str, *, method: str, **more: Any) -> Answer:
        """Send one request."""
        kind = more.pop("content_type", None)
        headers = {
            **more.pop("headers", {}),
            **({"Content-Type": kind} if kind else {}),
        }
        if "data" in more:
            more["content"] = more.pop("data")
        told = self.client.request(method, path, headers=headers, **more)
        kind = told.headers.get("Content-Type", "").partition(";")[0]
        return Answer(told.status_code, told.text, kind)


@dataclass
class Town:
    """The served platform, the sandbox that it asks, and those who come to its counter."""

    platform: Platform
    street: Street
    wire: Wire
    tokens: dict[str, str]
    people: Iterator[Person]

    def program(self, name: str) -> Program:
        """Speak for an account over HTTP."""
        if name not in self.tokens:
            token = self.platform.program(name).token
            assert token is not None
            self.tokens[name] = token
        return Program(self.wire, self.tokens[name])  # type: ignore[arg-type]

    @property
    def app(self) -> APIFlask:
        """Give the app that is served."""
        return self.platform.app


def neighbours(count: int) -> list[Person]:
    """Invent people who are as alice is, each with a number of their own."""
    alice = PEOPLE[0]
    return [
        replace(alice, person_no=f"I0007{no:05d}", id_number=_id_number(no), history=())
        for no in range(1, count + 1)
    ]


@contextmanager
def open_town(template: Callable[[], str], folder: Path, count: int) -> Iterator[Town]:
    """Serve a platform where each prescription is reviewed, and a sandbox, for so many people."""
    people = neighbours(count)
    books = Books(folder / "platform.db")
    books.enrol(members.members([*PEOPLE, *people]))
    counter = Counter(books, lambda: NOON)
    with ExitStack() as running:
        url = running.enter_context(serving_sandbox(counter))
        platform = _platform(template(), folder, url, people)
        engine, desk = (platform.app.extensions[name] for name in ("engine", "desk"))
        running.callback(engine.dispose)
        running.callback(desk.gateway.close)
        address = running.enter_context(serving_app(platform.app))
        client = running.enter_context(httpx.Client(base_url=address, timeout=60))
        street = Street(engine, folder, desk, counter, url, running)
        yield Town(platform, street, Wire(client), {}, iter(people))


def _platform(
    database: str, folder: Path, gateway: str, people: list[Person]
) -> Platform:
    settings = whole.settings_for(database, folder).model_copy(
        update={
            "gateway_url": gateway,
            "gateway_region": "sandbox",
            "gateway_read_ms": READ_MS,
            "review": "one",
        }
    )
    engine = db.open_engine(database)
    app = create_app(settings, engine)
    staff = {
        name: whole.CALLERS[name] for name in ("counter", "hospital", "second-counter")
    }
    patients = {one.person_no: ("patient", one.person_no) for one in people}
    with app.app_context(), db.open_session(engine) as session:
        world.populate(session, app.extensions["desk"], [*PEOPLE, *people])
        password = accounts.hashed(PASSWORD)
        accounts.add_accounts(
            session,
            [
                accounts.NewAccount(
                    name, name, whole.ROLES.get(role, (role,)), subject, password
                )
                for name, (role, subject) in {**staff, **patients}.items()
            ],
        )
        national_calls.add_key(session)
    return Platform(app)


# --- the ways in: each gives the hospital's number of the same prescription


def as_json(town: Town, person: Person, no: int) -> str:
    """Let the hospital send our own JSON."""
    raw = world.message(no, insured=world.patient(person))
    town.program("hospital").post("/prescriptions", raw)
    return str(raw["hosp_rx_no"])


def as_bundle(town: Town, person: Person, no: int) -> str:
    """Let the hospital send a FHIR bundle."""
    raw = fhir_bundles.example("r4b-collection")
    second = fhir_bundles.requests(raw)[1]
    raw["entry"] = [one for one in raw["entry"] if one["resource"] is not second]
    text = dumps(raw)
    for old, new in (
        (cast.alice.id_number, person.id_number),
        (cast.alice.person_no, person.person_no),
        ("20250915-0077", f"20250915-{no:04d}"),
    ):
        assert old in text
        text = text.replace(old, new)
    sent = town.program("hospital").ask("POST", "/fhir", data=text, content_type=FHIR)
    assert sent.status_code == 201, sent.text
    return f"{HOSPITAL}-20250915-{no:04d}"


def as_messages(town: Town, person: Person, no: int) -> str:
    """Let the hospital pre-check, sign and upload by the national messages."""
    return upload(town, person, no)[0]


def upload(town: Town, person: Person, no: int) -> tuple[str, str]:
    """Send D001, D002 and D003; gives the hospital's number and the national one."""
    hospital, number = town.program("hospital"), f"{HOSPITAL}-20250915-{no:04d}"
    rx = examples.rx(mdtrtCertNo=person.id_number, hospRxno=number, **NO_REPEAT)
    numbers = done(hospital, "D001", rx)
    fields = examples.attested(
        rxTraceCode=numbers["rxTraceCode"],
        hiRxno=numbers["hiRxno"],
        certno=person.id_number,
    )
    signed = done(hospital, "D002", national_calls.sign_request(fields))
    done(hospital, "D003", {**fields, **signed})
    return number, str(numbers["hiRxno"])


def as_paper(town: Town, person: Person, no: int) -> str:
    """Let the counter key a paper in."""
    patient = {"id_number": person.id_number, "name": person.name}
    paper = sheet(paper_no=f"P{no:06d}", record_no=f"BAP{no:06d}", patient=patient)
    town.program("counter").post(
        "/paper-prescriptions", {"paper": paper, "image": None}
    )
    return str(paper["paper_no"])


WAYS: Mapping[str, Callable[[Town, Person, int], str]] = {
    "json": as_json,
    "fhir": as_bundle,
    "national": as_messages,
    "paper": as_paper,
}


# --- what both sides have in the end


@dataclass(frozen=True, slots=True)
class End:
    """What a journey has left behind, but for names and numbers."""

    stage: str
    events: tuple[str, ...]
    split: tuple[tuple[str, Any], ...]
    ledger: tuple[tuple[str, int], ...]
    platform: tuple[tuple[str, int, int], ...]
    settlements: tuple[str, ...]
    used_fen: tuple[int, ...]
    packs_sold: int
    packs_moved: int
    supply_days: int
    handed_over: int


def end_of(town: Town, id_: UUID, person: Person) -> End:
    """Collect what is left of a prescription on both sides."""
    seen = town.program("counter").get(f"/prescriptions/{id_}")
    kinds = [event["kind"] for event in seen["events"]]
    fens = {k: v for k, v in seen["settlement"].items() if k.endswith("_fen")}
    with Session(town.street.engine) as session:
        made = session.exec(
            select(SettlementRow).where(col(SettlementRow.prescription_id) == id_)
        ).all()
        ids = [row.id for row in made]
        return End(
            stage=seen["life"]["stage"],
            events=tuple(kind for kind in kinds if kind != "received"),
            split=tuple(sorted(fens.items())),
            ledger=_ledger(session, ids),
            platform=_there(town, person),
            settlements=tuple(sorted(row.state for row in made)),
            used_fen=_used(session, person),
            packs_sold=_count(session, TraceSaleRow, ids, returned_at=None),
            packs_moved=sum(
                row.quantity
                for row in session.exec(
                    select(StockMovementRow).where(
                        col(StockMovementRow.settlement_id).in_(ids)
                    )
                )
            ),
            supply_days=sum(
                row.supply_days
                for row in session.exec(
                    select(SupplyRow).where(col(SupplyRow.settlement_id).in_(ids))
                )
                if not row.taken_back
            ),
            handed_over=session.exec(
                select(func.count()).where(col(HandoverRow.prescription_id) == id_)
            ).one(),
        )


def id_of(town: Town, number: str) -> UUID:
    """Find our id of the hospital's number."""
    query = select(PrescriptionRow.id).where(
        col(PrescriptionRow.hosp_rx_no).contains(number)
    )
    with Session(town.street.engine) as session:
        return session.exec(query).one()


def _ledger(session: Session, ids: list[UUID]) -> tuple[tuple[str, int], ...]:
    """Sum by entry and payer what the settlements of a prescription moved."""
    sums: dict[str, int] = {}
    query = select(LedgerRow).where(col(LedgerRow.settlement_id).in_(ids))
    for row in session.exec(query):
        payer = row.credit if row.credit in PAYERS else f"{row.debit}>{row.credit}"
        name = f"{row.entry}:{payer}"
        sums[name] = sums.get(name, 0) + row.amount_fen
    return tuple(sorted(sums.items()))


def _there(town: Town, person: Person) -> tuple[tuple[str, int, int], ...]:
    bills = town.street.counter.books.booked()
    mine = [one for one in bills if one.person_no == person.person_no]
    return tuple(sorted((one.state, one.fund_fen, one.total_fen) for one in mine))


def _used(session: Session, person: Person) -> tuple[int, ...]:
    query = select(AllowanceRow).where(col(AllowanceRow.person_no) == person.person_no)
    used = session.exec(query).one()
    return (used.fund_fen, used.fund_reserved_fen, used.deductible_reserved_fen)


def _count(session: Session, table: Any, ids: list[UUID], **where: Any) -> int:
    query = select(func.count()).where(col(table.settlement_id).in_(ids))
    for name, value in where.items():
        query = query.where(getattr(table, name) == value)
    return int(session.exec(query).one())


def _id_number(no: int) -> str:
    seventeen = f"33030219570312{no:03d}"
    return seventeen + str(ric.calc_check_digit(f"{seventeen}0"))
