"""The same life twice: by the service, and by its plain twin."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session

from dispensing import service
from dispensing.desk import Desk, Work
from dispensing.errors import DomainError
from dispensing.gateway import Charge, ChargeDeclined, Receipt, Unanswered
from dispensing.gateway.sandbox import SandboxGateway
from fixtures import cast
from tests import world
from tests.twin import asking, plain
from web import db

# Alice has a deductible, a cap and no account; bob's account may pay for her; charlie is
# near his cap.
ALICE = replace(cast.alice, used_deductible_fen=9_000)
BOB = replace(cast.bob, diseases=cast.alice.diseases, account_fen=30_000)
CHARLIE = replace(cast.charlie, used_fund_fen=99_500, used_deductible_fen=10_000)
PEOPLE = (ALICE, BOB, CHARLIE)
OUTLETS = (cast.LUCHENG_PHARMACY, world.SECOND_PHARMACY, cast.COMMUNITY_CENTRE)
NEW_YEAR = datetime(2026, 1, 1, 0, 0, 10, tzinfo=world.NOON.tzinfo)
Mood = Literal["books", "declines", "loses", "is deaf", "is silent"]


class Moody(SandboxGateway):
    """A platform that declines, loses its answer, hears nothing or says nothing."""

    mood: Mood = "books"

    def charge(self, charge: Charge) -> Receipt:
        if self.mood == "declines":
            raise ChargeDeclined("参保状态异常")
        if self.mood in {"is deaf", "is silent"}:
            raise Unanswered(charge.msgid)
        receipt = super().charge(charge)
        if self.mood == "loses":
            raise Unanswered(charge.msgid)
        return receipt

    def query(self, msgid: str) -> Receipt | None:
        if self.mood == "is silent":
            raise Unanswered(msgid)
        return super().query(msgid)


@dataclass(frozen=True)
class Act:
    """One thing that happens; `which` chooses among the prescriptions so far."""

    kind: str
    which: int = 0
    person: int = 0
    quantity: int = 3
    lines: int = 1
    outlet: int = 0
    batch: int = 0  # packs of the same batch are the same packs
    mood: Mood = "books"
    override: bool = True
    tender: str = "cash"
    later_s: int = 60


@dataclass
class Life:
    """One database with its desk, lived by the service or by the twin."""

    engine: Engine
    is_twin: bool = False
    gateway: Moody = field(default_factory=lambda: Moody(":memory:"))
    prescribed: list[tuple[UUID, int, int, int]] = field(default_factory=list)
    now: datetime = world.NOON

    @property
    def desk(self) -> Desk:
        """Give the desk: the same keys in both lives."""
        return world.open_desk(self.gateway)

    def live(self, act: Act) -> str:
        """Do one thing; gives what came of it in one word."""
        self.now += timedelta(seconds=act.later_s)
        self.gateway.mood = act.mood
        if act.kind == "new year":
            self.now = max(self.now, NEW_YEAR)
            return "new year"
        alone = act.kind in {"prescribe", "aid", "end_aid", "recover"}
        if not alone and not self.prescribed:
            return "nothing there"
        with db.open_session(self.engine) as session:
            try:
                return str(getattr(self, f"_{act.kind}")(session, act))
            except (plain.Refused, service.NotAccepted) as error:
                return str(
                    (getattr(error, "view", None) and error.view.decision) or error
                )
            except plain.Elsewhere:
                return "settled-elsewhere"
            except DomainError as error:
                return error.code or type(error).__name__

    def _prescribe(self, session: Session, act: Act) -> str:
        person = PEOPLE[act.person]
        medicines = (world.AMLODIPINE, world.DIAZEPAM)[: act.lines]
        number = len(self.prescribed) + 1
        raw = world.message(
            number,
            insured=world.patient(person),
            issued_at=self.now.isoformat(),
            lines=[
                {
                    "medicine": code,
                    "quantity": act.quantity,
                    "supply_days": 28,
                    "dosage": "",
                }
                for code in medicines
            ],
        )
        taken = service.receive(session, self.desk, raw, now=self.now)
        self.prescribed.append((taken.id, act.person, act.lines, act.quantity))
        return taken.state

    def _check(self, session: Session, act: Act) -> str:
        rx, *_ = self._chosen(act)
        outlet = OUTLETS[act.outlet]
        if self.is_twin:
            return asking.check(Work(session, self.desk, self.now), rx, outlet)
        view = service.check(
            session,
            self.desk,
            prescription_id=rx,
            outlet_code=outlet,
            voucher="card",
            trace_codes=None,
            now=self.now,
        )
        return view.decision

    def _settle(self, session: Session, act: Act) -> str:
        rx, person, lines, quantity = self._chosen(act)
        codes = {}
        for no in range(1, lines + 1):
            codes |= world.trace_codes(no, quantity, act.batch)
        given: dict[str, Any] = {
            "outlet_code": OUTLETS[act.outlet],
            "override": "药师已核对" if act.override else None,
            "tender": act.tender,
            "now": self.now,
        }
        id_number = PEOPLE[person].id_number
        if self.is_twin:
            return plain.settle(
                session, self.desk, rx=rx, id_number=id_number, codes=codes, **given
            )
        return service.settle(
            session,
            self.desk,
            prescription_id=rx,
            scanned_code=id_number,
            trace_codes=codes,
            voucher="card",
            by="counter",
            **given,
        ).state

    def _recover(self, session: Session, act: Act) -> str:
        if self.is_twin:
            plain.recover(session, self.desk, now=self.now)
        else:
            service.recover(session, self.desk, now=self.now)
        return "recovered"

    def _reverse(self, session: Session, act: Act) -> str:
        rx, *_ = self._chosen(act)
        held = service.settlement(session, rx)
        return service.reverse(
            session,
            self.desk,
            settlement_id=held.id,
            outlet_code=held.outlet_code,
            reason="wrong_entry",
            by="counter",
            now=self.now,
        ).state

    def _aid(self, session: Session, act: Act) -> str:
        service.allow_aid(
            session,
            self.desk.vault,
            payer_no=BOB.person_no,
            person_no=ALICE.person_no,
            id_number=ALICE.id_number,
            now=self.now,
        )
        return "aided"

    def _end_aid(self, session: Session, act: Act) -> str:
        service.end_aid(
            session, payer_no=BOB.person_no, person_no=ALICE.person_no, now=self.now
        )
        return "ended"

    def _chosen(self, act: Act) -> tuple[UUID, int, int, int]:
        return self.prescribed[act.which % len(self.prescribed)]
