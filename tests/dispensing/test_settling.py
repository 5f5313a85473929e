"""Settle once, reverse once, and know what became of a lost answer."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, func, select

from dispensing import service
from dispensing.desk import Desk
from dispensing.errors import CodeRejected, Conflict, Declined, StillRunning
from dispensing.gateway import Charge, Receipt, Unanswered
from dispensing.gateway.sandbox import Faults, SandboxGateway
from dispensing.ledger import Transfer, balances
from dispensing.service.views import SettledView
from dispensing.tables import LedgerRow, SettlementRow
from fixtures import cast
from tests import world
from tests.world import NOON

SHOP = cast.LUCHENG_PHARMACY


def received(session: Session, desk: Desk, number: int = 1, **changes: object) -> UUID:
    return service.receive(session, desk, world.message(number, **changes), now=NOON).id


def code(
    session: Session,
    desk: Desk,
    person: str = "I000000001",
    outlet: str = SHOP,
    at=NOON,
) -> str:
    return service.issue_code(
        session, desk, person_no=person, purpose="settle", outlet_code=outlet, now=at
    ).text


def settle(session: Session, desk: Desk, id_: UUID, **changes: object) -> SettledView:
    asked = {
        "prescription_id": id_,
        "outlet_code": SHOP,
        "trace_codes": world.trace_codes(),
        "override": None,
        "tender": "cash",
        "by": "叶素珍",
        "now": NOON,
        **changes,
    }
    if "scanned_code" not in asked:
        asked["scanned_code"] = code(
            session, desk, outlet=str(asked["outlet_code"]), at=asked["now"]
        )
    return service.settle(session, desk, **asked)


def ledger_fen(session: Session) -> dict[str, int]:
    """Sum each account over the acts at the counter; nothing carried over counts."""
    rows = session.exec(select(LedgerRow).where(LedgerRow.entry != "opening"))
    return balances(Transfer(row.debit, row.credit, row.amount_fen) for row in rows)


def test_a_settlement_posts_the_split_and_balances(street, desk):
    settled = settle(street, desk, received(street, desk))
    assert settled.state == "posted"
    assert (settled.total_fen, settled.deductible_fen) == (1260, 1260)
    assert (
        settled.fund_fen + settled.account_fen + settled.cash_fen == settled.total_fen
    )
    assert ledger_fen(street) == {
        "due": 0,
        "patient": -1260,
        "deductible": 1260,
        "scope": -1260,
        "cash": 1260,
    }
    view = service.prescription(
        street, desk, settled.prescription_id, reader=world.READER, now=NOON
    )
    assert view.state == "settled"
    assert service.allowance(street, "I000000001", now=NOON).deductible_fen == 5260


def test_asking_again_returns_the_first_settlement(street, desk):
    id_ = received(street, desk)
    first = settle(street, desk, id_)
    assert settle(street, desk, id_, scanned_code="anything") == first
    assert street.exec(select(func.count()).select_from(SettlementRow)).one() == 1


def test_a_card_opens_the_settlement_of_its_holder_only(street, desk):
    id_ = received(street, desk)
    with pytest.raises(CodeRejected) as raised:
        settle(street, desk, id_, voucher="card", scanned_code=cast.bob.id_number)
    assert raised.value.reason == "other_person"
    assert (
        settle(
            street, desk, id_, voucher="card", scanned_code=cast.alice.id_number
        ).state
        == "posted"
    )


def test_a_reversal_gives_everything_back_and_frees_the_prescription(street, desk):
    id_ = received(street, desk)
    settled = settle(street, desk, id_)
    undo = {
        "settlement_id": settled.id,
        "outlet_code": SHOP,
        "reason": "wrong_entry",
        "by": "叶素珍",
    }
    first = service.reverse(street, desk, **undo, now=NOON)
    assert first.state == "reversed"
    assert service.reverse(street, desk, **undo, now=NOON) == first
    assert set(ledger_fen(street).values()) == {0}
    assert service.allowance(street, "I000000001", now=NOON).deductible_fen == 4000
    assert desk.gateway.booked_fund_fen() == 0
    again = settle(street, desk, id_, outlet_code=world.SECOND_PHARMACY)
    assert again.state == "posted"


def test_a_medicine_that_was_handed_over_is_not_reversed(street, desk):
    id_ = received(street, desk)
    settled = settle(street, desk, id_)
    service.collect(
        street,
        desk,
        prescription_id=id_,
        outlet_code=SHOP,
        receiver=service.Receiver(),
        now=NOON,
    )
    with pytest.raises(Conflict) as raised:
        service.reverse(
            street,
            desk,
            settlement_id=settled.id,
            outlet_code=SHOP,
            reason="wrong_entry",
            by="x",
            now=NOON,
        )
    assert raised.value.code == "handed-over"


def test_a_lost_answer_is_unknown_until_the_platform_is_asked(street):
    desk = world.open_desk(SandboxGateway(":memory:", Faults(lose_answer_every=1)))
    id_ = received(street, desk)
    settled = settle(street, desk, id_)
    assert settled.state == "unknown"
    view = service.prescription(street, desk, id_, reader=world.READER, now=NOON)
    assert view.state == "unknown"
    held = service.allowance(street, "I000000001", now=NOON)
    assert held.deductible_fen == 5260
    resolved = service.resolve(
        street, desk, settlement_id=settled.id, outlet_code=SHOP, now=NOON
    )
    assert resolved.state == "posted"
    assert ledger_fen(street)["patient"] == -1260


class LostOnTheWay(SandboxGateway):
    """A platform that a charge does not reach before its caller gives up."""

    late: Charge | None = None

    def charge(self, charge: Charge) -> Receipt:
        self.late = charge
        raise Unanswered(charge.msgid)

    def arrives(self) -> None:
        assert self.late is not None
        super().charge(self.late)


def test_a_charge_that_never_arrived_is_voided_and_barred(street):
    platform = LostOnTheWay(":memory:")
    desk = world.open_desk(platform)
    id_ = received(street, desk)
    settled = settle(street, desk, id_)
    resolved = service.resolve(
        street, desk, settlement_id=settled.id, outlet_code=SHOP, now=NOON
    )
    assert resolved.state == "void"
    assert service.allowance(street, "I000000001", now=NOON).deductible_fen == 4000
    with pytest.raises(Exception, match="报文已冲正"):
        platform.arrives()


class Killed(Exception):
    """The program dies at this line."""


class DiesAfterBooking(SandboxGateway):
    """A platform that books the charge of a program that dies before it hears so."""

    def charge(self, charge: Charge) -> Receipt:
        super().charge(charge)
        raise Killed


def test_a_settlement_cut_off_in_the_middle_is_finished_by_the_next_request(street):
    desk = world.open_desk(DiesAfterBooking(":memory:"))
    id_ = received(street, desk)
    with pytest.raises(Killed):
        settle(street, desk, id_)
    street.rollback()
    with pytest.raises(StillRunning):
        settle(street, desk, id_)
    finished = settle(street, desk, id_, now=NOON + timedelta(seconds=31))
    assert finished.state == "posted"
    assert ledger_fen(street)["patient"] == -1260


def test_what_was_cut_off_is_finished_by_a_sweep(street):
    desk = world.open_desk(DiesAfterBooking(":memory:"))
    with pytest.raises(Killed):
        settle(street, desk, received(street, desk))
    street.rollback()
    assert service.recover(street, desk, now=NOON) == 0
    later = NOON + timedelta(seconds=31)
    assert service.recover(street, desk, now=later) == 1
    assert ledger_fen(street)["patient"] == -1260
    assert service.recover(street, desk, now=later) == 0


class NoReversal(SandboxGateway):
    """A platform that does not answer to a reversal at first."""

    deaf = True

    def reverse(self, msgid: str, *at: datetime) -> None:
        super().reverse(msgid, *at)
        if self.deaf:
            raise Unanswered(msgid)


def test_a_reversal_without_an_answer_is_visible_and_finished_later(street):
    platform = NoReversal(":memory:")
    desk = world.open_desk(platform)
    id_ = received(street, desk)
    settled = settle(street, desk, id_)
    undo = {
        "settlement_id": settled.id,
        "outlet_code": SHOP,
        "reason": "wrong_entry",
        "by": "x",
    }
    assert service.reverse(street, desk, **undo, now=NOON).state == "reversing"
    assert ledger_fen(street)["patient"] == -1260
    platform.deaf = False
    assert service.recover(street, desk, now=NOON) == 1
    assert set(ledger_fen(street).values()) == {0}


def test_a_declined_charge_leaves_nothing_and_may_be_tried_again(street):
    faults = Faults(declined_persons=frozenset({"I000000001"}))
    desk = world.open_desk(SandboxGateway(":memory:", faults))
    id_ = received(street, desk)
    with pytest.raises(Declined):
        settle(street, desk, id_)
    assert ledger_fen(street) == {}
    working = world.open_desk()
    assert settle(street, working, id_).state == "posted"


@pytest.mark.parametrize(
    ("reason", "issued_for"),
    [
        ("other_outlet", {"outlet": world.SECOND_PHARMACY}),
        ("other_person", {"person": "I000000002"}),
        ("expired", {"at": NOON - timedelta(seconds=60)}),
        ("not_yet", {"at": NOON + timedelta(seconds=30)}),
    ],
)
def test_a_code_opens_one_settlement_of_its_person_at_its_outlet(
    street, desk, reason, issued_for
):
    id_ = received(street, desk)
    with pytest.raises(CodeRejected) as raised:
        settle(street, desk, id_, scanned_code=code(street, desk, **issued_for))
    assert raised.value.reason == reason


def test_a_code_is_spent_by_its_settlement(street, desk):
    shown = code(street, desk)
    settle(street, desk, received(street, desk), scanned_code=shown)
    other = received(street, desk, 2)
    with pytest.raises(CodeRejected) as raised:
        settle(
            street,
            desk,
            other,
            scanned_code=shown,
            trace_codes=world.trace_codes(batch=2),
        )
    assert raised.value.reason == "used"


def test_a_download_code_does_not_settle(street, desk):
    shown = service.issue_code(
        street,
        desk,
        person_no="I000000001",
        purpose="download",
        outlet_code=SHOP,
        now=NOON,
    )
    with pytest.raises(CodeRejected) as raised:
        settle(street, desk, received(street, desk), scanned_code=shown.text)
    assert raised.value.reason == "other_purpose"


def test_a_pack_is_sold_once(street, desk):
    settle(street, desk, received(street, desk))
    other = received(
        street, desk, 2, insured=world.patient(cast.bob), disease="hyperlipidemia"
    )
    with pytest.raises(Conflict):
        settle(
            street,
            desk,
            other,
            override="药师复核",
            scanned_code=code(street, desk, "I000000002"),
        )


def test_a_prescription_without_trace_codes_is_refused(street, desk):
    with pytest.raises(service.NotAccepted) as raised:
        settle(street, desk, received(street, desk), trace_codes={})
    assert [
        each.check
        for each in raised.value.view.assessment.problems
        if each.verdict == "refused"
    ] == ["trace.codes"]


def test_a_case_for_review_needs_a_reason(street, desk):
    long = received(
        street,
        desk,
        lines=[
            {
                "medicine": world.AMLODIPINE,
                "quantity": 6,
                "supply_days": 56,
                "dosage": "",
            }
        ],
    )
    packs = world.trace_codes(quantity=6)
    with pytest.raises(service.NotAccepted) as raised:
        settle(street, desk, long, trace_codes=packs)
    assert raised.value.code == "needs-review"
    settled = settle(
        street, desk, long, trace_codes=packs, override="病情稳定，已与医生确认"
    )
    assert (settled.state, settled.override) == ("posted", "病情稳定，已与医生确认")


def test_another_outlet_cannot_settle_what_is_settled(street, desk):
    id_ = received(street, desk)
    settle(street, desk, id_)
    with pytest.raises(Conflict) as raised:
        settle(street, desk, id_, outlet_code=world.SECOND_PHARMACY)
    assert raised.value.code == "settled-elsewhere"
