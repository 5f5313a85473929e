"""What the attacks share: acts at the counter, a fuse that cuts them off, and the audit after."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from sqlite3 import connect
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from dispensing import service
from dispensing.desk import Desk
from dispensing.errors import DomainError
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.ledger import PAYERS, TILLS
from dispensing.recompute import recompute
from dispensing.service.parts import lines_settled
from dispensing.service.views import SettledView
from dispensing.tables import (
    AllowanceRow,
    HandoverRow,
    LedgerRow,
    OrderRow,
    PersonRow,
    PrescriptionLineRow,
    PrescriptionRow,
    SettlementRow,
    SupplyRow,
    TraceSaleRow,
)
from fixtures import cast
from pharmacies import service as pharmacies
from tests import calls, world
from tests.calls import Killed
from tests.world import NOON
from web import db

SHOP = cast.LUCHENG_PHARMACY
ALICE = cast.alice.person_no
REASON = "药师已核对"
OPEN = ("pending", "unknown", "reversing")
# Which settlement of the present filling may hold a prescription that is in this state.
HELD_BY = {
    "received": {None},
    "settling": {"pending", "unknown"},
    "settled": {"posted", "reversing"},
    "dispensed": {"posted"},
    "revoked": {None},
    "lapsed": {None},
}


@dataclass
class Fuse(calls.Hook):
    """Lets a number of calls of the database pass, then kills the program at each."""

    left: int
    after_commit: bool = False

    def before(self, statement: str, connection: Any) -> str:
        if not self.after_commit:
            self.burn()
        return statement

    def after(self, statement: str, connection: Any) -> None:
        if self.after_commit and statement == calls.COMMIT:
            self.burn()

    def burn(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed


@contextmanager
def fused(engine: Engine, fuse: Fuse) -> Iterator[Session]:
    """Open a session that is cut off when the fuse has burnt down."""
    with calls.hooked(engine, fuse), db.open_session(engine) as session:
        yield session


def killed_at(engine: Engine, fuse: Fuse, act: Callable[[Session], object]) -> bool:
    """Run an act until the fuse kills it; tells whether it did."""
    try:
        with fused(engine, fuse) as session:
            act(session)
    except Killed:
        return True
    return False


def open_street(engine: Engine, folder: Path) -> Desk:
    """Fill the database; alice's deductible is met, so the fund pays 441 fen of each bill."""
    desk = world.open_desk(SandboxGateway(folder / "platform.db"))
    with db.open_session(engine) as session:
        people = [replace(cast.alice, used_deductible_fen=10_000), *cast.INSURED[1:]]
        world.populate(session, desk, people)
    return desk


def received(engine: Engine, desk: Desk, number: int, **changes: Any) -> UUID:
    """Receive a prescription at noon, or when it is issued if that is later."""
    with db.open_session(engine) as session:
        raw = world.message(number, **changes)
        now = max(NOON, datetime.fromisoformat(raw["issued_at"]))
        return service.receive(session, desk, raw, now=now).id


def settle(
    session: Session, desk: Desk, id_: UUID, batch: int, **changes: Any
) -> SettledView:
    asked = {
        "prescription_id": id_,
        "outlet_code": SHOP,
        "voucher": "card",
        "scanned_code": cast.alice.id_number,
        "trace_codes": world.trace_codes(batch=batch),
        "override": REASON,
        "tender": "cash",
        "by": cast.counter.name,
        "now": NOON,
        **changes,
    }
    return service.settle(session, desk, **asked)


def reverse(session: Session, desk: Desk, id_: UUID, **changes: Any) -> SettledView:
    asked = {
        "settlement_id": service.settlement(session, id_).id,
        "outlet_code": SHOP,
        "reason": "wrong_entry",
        "by": cast.counter.name,
        "now": NOON,
        **changes,
    }
    return service.reverse(session, desk, **asked)


def recover(engine: Engine, desk: Desk, now: datetime) -> int:
    with db.open_session(engine) as session:
        return service.recover(session, desk, now=now)


def at_once(
    engine: Engine, acts: Sequence[Callable[[Session], object]]
) -> list[object]:
    """Do all acts at the same moment, each in its own session; what the field answers counts."""
    answers: list[object] = [None] * len(acts)
    start = threading.Barrier(len(acts))

    def run(no: int) -> None:
        start.wait()
        with db.open_session(engine) as session:
            try:
                answers[no] = acts[no](session)
            except Exception as error:
                answers[no] = error

    threads = [threading.Thread(target=run, args=(no,)) for no in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    faults = [
        each
        for each in answers
        if isinstance(each, Exception) and not isinstance(each, DomainError)
    ]
    assert not faults, faults
    return answers


def audit(engine: Engine, folder: Path, *, settled: bool = True) -> None:
    """Hold our books against each other and, where nothing is open, against the platform's."""
    with db.open_session(engine, read_only=True) as session:
        rows = session.exec(select(SettlementRow)).all()
        assert recompute(session.connection()).off == ()
        assert pharmacies.stock_differences(session) == ()
        _audit_ledger(session, rows)
        _audit_years(session, rows)
        _audit_prescriptions(session, rows)
        _audit_packs(session, rows)
        if settled:
            assert not [row.state for row in rows if row.state in OPEN]
            kept = {row.msgid: row.fund_fen for row in rows if row.state == "posted"}
            assert booked(folder) == kept


def is_open(engine: Engine) -> bool:
    """Tell whether the platform's answer to anything is still missing."""
    with db.open_session(engine, read_only=True) as session:
        open_ = select(func.count()).where(col(SettlementRow.state).in_(OPEN))
        return session.exec(open_).one() > 0


def booked(folder: Path) -> dict[str, int]:
    """Read the platform's own books: the fund's part of each charge that stands."""
    with closing(connect(folder / "platform.db")) as books:
        query = "SELECT msgid, fund_fen FROM charge WHERE state = 'booked'"
        return dict(books.execute(query).fetchall())


def _audit_ledger(session: Session, rows: Sequence[SettlementRow]) -> None:
    """Each settlement's transfers add up to its split; a reversal takes the same back."""
    entries: Counter[tuple[UUID | None, str]] = Counter()
    key = LedgerRow.settlement_id, LedgerRow.entry, LedgerRow.credit
    summed = select(*key, func.sum(LedgerRow.amount_fen)).group_by(*key)
    for id_, entry, credit, fen in session.exec(summed):
        if entry in {"tender", "refund"}:
            entries[id_, "paid"] += int(fen)
        elif entry in {"post", "reverse"} and credit in PAYERS:
            entries[id_, entry] += int(fen)
    wanted: Counter[tuple[UUID | None, str]] = Counter()
    for row in rows:
        if row.state in {"posted", "reversing", "reversed"}:
            wanted[row.id, "post"] = row.total_fen
        if row.state == "reversed":
            wanted[row.id, "reverse"] = -row.total_fen
        elif ((row.id, "post") in wanted and row.tender in TILLS) or (
            row.id,
            "paid",
        ) in entries:
            wanted[row.id, "paid"] = row.cash_fen
    assert +entries == +wanted
    assert -entries == -wanted


def _audit_years(session: Session, rows: Sequence[SettlementRow]) -> None:
    for used in session.exec(
        select(AllowanceRow).where(AllowanceRow.person_no == ALICE)
    ):
        mine = [r for r in rows if (r.person_no, r.year) == (ALICE, used.year)]
        posted = [r for r in mine if r.state in {"posted", "reversing"}]
        held = [r for r in mine if r.state in {"pending", "unknown"}]
        assert used.fund_fen == sum(r.fund_fen for r in posted)
        assert used.fund_reserved_fen == sum(r.fund_fen for r in held)
        assert used.deductible_reserved_fen == sum(r.deductible_fen for r in held)
    query = select(func.sum(LedgerRow.amount_fen)).where(
        LedgerRow.credit == "fund", LedgerRow.entry != "opening"
    )
    charged = sum(r.fund_fen for r in rows if r.state in {"posted", "reversing"})
    assert int(session.exec(query).one() or 0) == charged
    reserved = select(func.sum(PersonRow.account_reserved_fen))
    held = [r for r in rows if r.state in {"pending", "unknown"}]
    held_fen = sum(r.account_fen + r.mutual_aid_fen for r in held)
    assert session.exec(reserved).one() == held_fen


@dataclass(frozen=True)
class _Around:
    """What stands around prescriptions, read at once: a query for each would be slow."""

    settlements: dict[UUID, list[SettlementRow]]
    packs: dict[UUID, Counter[int]]  # of each settlement, by line
    lines: dict[UUID, list[PrescriptionLineRow]]
    orders: dict[UUID, list[tuple[int, str]]]  # that run: filling and state
    handed: dict[UUID, int]


def _around(session: Session, rows: Sequence[SettlementRow]) -> _Around:
    packs = {
        id_: Counter({line.no: line.quantity for line in lines})
        for id_, lines in lines_settled(session, rows).items()
    }
    found = _Around({}, packs, {}, {}, {})
    for row in rows:
        found.settlements.setdefault(row.prescription_id, []).append(row)
    for line in session.exec(select(PrescriptionLineRow)):
        found.lines.setdefault(line.prescription_id, []).append(line)
    running = select(OrderRow.prescription_id, OrderRow.filling, OrderRow.state).where(
        col(OrderRow.state).not_in(("returned", "cancelled"))
    )
    for id_, filling, state in session.exec(running):
        found.orders.setdefault(id_, []).append((filling, state))
    key = HandoverRow.prescription_id
    counted = session.exec(select(key, func.count()).group_by(col(key)))
    found.handed.update(counted.all())
    return found


def _audit_prescriptions(session: Session, rows: Sequence[SettlementRow]) -> None:
    around = _around(session, rows)
    for prescription in session.exec(select(PrescriptionRow)):
        mine = around.settlements.get(prescription.id, [])
        live = [row for row in mine if row.state in {*OPEN, "posted"}]
        present = [row for row in live if row.filling == prescription.filling]
        earlier = [row for row in live if row.filling < prescription.filling]
        assert len(live) == len(present) + len(earlier)
        assert len(present) <= 1
        assert all(row.state == "posted" for row in earlier), earlier
        held = present[0].state if present else None
        assert held in HELD_BY[prescription.state], (prescription.state, held)
        if present:
            assert prescription.outlet_code == present[0].outlet_code
        out = earlier + (present if prescription.state == "dispensed" else [])
        _audit_handed(around, prescription, out)
        _audit_orders(around, prescription, held)


def _audit_handed(
    around: _Around, prescription: PrescriptionRow, out: Sequence[SettlementRow]
) -> None:
    """Each settlement whose goods are out has a hand-over, and its packs are counted once."""
    assert around.handed.get(prescription.id, 0) == len(out)
    fillings = [row.filling for row in out]
    assert len(fillings) == len(set(fillings))
    present = [row for row in out if row.filling >= prescription.round_from]
    packs: Counter[int] = Counter()
    for row in present:
        packs.update(around.packs[row.id])
    for line in around.lines[prescription.id]:
        assert packs[line.no] <= line.quantity
        if prescription.state != "dispensed":
            assert packs[line.no] == line.taken


def _audit_orders(
    around: _Around, prescription: PrescriptionRow, held: str | None
) -> None:
    """A delivery that runs is of what is held now; those of earlier parts are over."""
    running = around.orders.get(prescription.id, [])
    assert len(running) == len({filling for filling, _ in running})
    for filling, state in running:
        is_present = filling == prescription.filling
        assert held == "posted" if is_present else state == "handed_over", state


def _audit_packs(session: Session, rows: Sequence[SettlementRow]) -> None:
    sold = session.exec(
        select(TraceSaleRow.settlement_id).where(TraceSaleRow.returned_at.is_(None))
    )
    assert set(sold) == {r.id for r in rows if r.state in {*OPEN, "posted"}}
    home = session.exec(
        select(SupplyRow.settlement_id).where(
            SupplyRow.settlement_id.is_not(None), SupplyRow.taken_back.is_(False)
        )
    ).all()
    posted = {r.id for r in rows if r.state in {"posted", "reversing"}}
    assert set(home) == posted
    assert len(home) == len(posted)
