"""Two counters at the same moment: caps hold, and nobody is refused what is owed."""

from functools import partial
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session, func, select

from dispensing import service
from dispensing.desk import Desk
from dispensing.errors import StillRunning
from dispensing.service.views import SettledView
from dispensing.tables import AllowanceRow, LedgerRow, SettlementRow
from fixtures import cast
from tests import world
from tests.dispensing import attacks
from tests.world import NOON
from web import db

SHOP = cast.LUCHENG_PHARMACY
CAP_FEN = 100_000  # cap.resident of the test overlay
LEFT_FEN = (
    1_000  # 35 % of one bill of 12.60 yuan is 441 fen: two fit whole, the third in part
)


def prepare(engine: Engine, desk: Desk, prescriptions: int) -> list[UUID]:
    with db.open_session(engine) as session:
        world.populate(session, desk)
        used = session.get_one(AllowanceRow, (cast.alice.person_no, 2025))
        used.fund_fen, used.deductible_fen = CAP_FEN - LEFT_FEN, 10_000
        session.commit()
        return [
            service.receive(session, desk, world.message(number), now=NOON).id
            for number in range(1, prescriptions + 1)
        ]


def settle(session: Session, desk: Desk, id_: UUID, batch: int) -> SettledView:
    code = service.issue_code(
        session,
        desk,
        person_no=cast.alice.person_no,
        purpose="settle",
        outlet_code=SHOP,
        now=NOON,
    )
    return service.settle(
        session,
        desk,
        prescription_id=id_,
        outlet_code=SHOP,
        scanned_code=code.text,
        trace_codes=world.trace_codes(batch=batch),
        override="两张处方同时到期，药师已核对",
        tender="cash",
        by=cast.counter.name,
        now=NOON,
    )


def paid(engine: Engine) -> int:
    with db.open_session(engine) as session:
        query = select(func.sum(LedgerRow.amount_fen)).where(
            LedgerRow.credit == "fund", LedgerRow.entry != "opening"
        )
        return int(session.exec(query).one() or 0)


def test_bills_one_after_another_pay_what_is_left_of_the_cap(engine):
    desk = world.open_desk()
    shares = []
    for batch, id_ in enumerate(prepare(engine, desk, 4), start=1):
        with db.open_session(engine) as session:
            shares.append(settle(session, desk, id_, batch).fund_fen)
    assert shares == [441, 441, 118, 0]


def test_eight_bills_at_once_pay_the_cap_exactly_and_all_are_answered(engine):
    desk = world.open_desk()
    ids = prepare(engine, desk, 8)
    acts = [
        partial(settle, desk=desk, id_=id_, batch=no)
        for no, id_ in enumerate(ids, start=1)
    ]
    answers = attacks.at_once(engine, acts)
    assert all(
        isinstance(each, SettledView) and each.state == "posted" for each in answers
    )
    assert paid(engine) == LEFT_FEN
    with db.open_session(engine) as session:
        used = session.get_one(AllowanceRow, (cast.alice.person_no, 2025))
        assert (used.fund_fen, used.fund_reserved_fen) == (CAP_FEN, 0)


def test_one_prescription_at_eight_counters_at_once_is_settled_once(engine):
    desk = world.open_desk()
    (id_,) = prepare(engine, desk, 1)
    acts = [partial(settle, desk=desk, id_=id_, batch=no) for no in range(1, 9)]
    answers = attacks.at_once(engine, acts)
    settled = {each.id for each in answers if isinstance(each, SettledView)}
    assert len(settled) == 1
    assert all(isinstance(each, SettledView | StillRunning) for each in answers)
    with db.open_session(engine) as session:
        assert session.exec(select(func.count()).select_from(SettlementRow)).one() == 1
    assert paid(engine) == 441
