"""An insurance code opens one act, once: every other use is refused, each with its reason."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from sqlmodel import Session, col, select

from dispensing import service
from dispensing.errors import (
    CodeRejected,
    Conflict,
    Declined,
    DomainError,
    NotFound,
)
from dispensing.gateway import Charge, ChargeDeclined
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.service.presenting import PresentationView
from dispensing.service.views import SettledView
from dispensing.tables import PersonRow, SpentCodeRow
from fixtures import cast
from tests import world
from tests.codes.scenes import (
    ALICE,
    BOB,
    OTHER_SHOP,
    SHOP,
    code,
    present,
    received,
    settle,
)
from tests.dispensing import attacks
from tests.world import NOON
from web import db

SECOND = timedelta(seconds=1)


def refused(act, *args, **more) -> str:
    with pytest.raises(CodeRejected) as raised:
        act(*args, **more)
    return str(raised.value.reason)


def flipped(text: str) -> str:
    """Change one letter in the middle of a code."""
    middle = len(text) // 2
    other = "A" if text[middle] != "A" else "B"
    return text[:middle] + other + text[middle + 1 :]


SPOILT = {
    "one_second_over": (lambda text: text, {"at": NOON + 60 * SECOND}, "expired"),
    "one_second_before": (lambda text: text, {"at": NOON - 6 * SECOND}, "not_yet"),
    "cut_off": (lambda text: text[:-1], {}, "misread"),
    "cut_short": (lambda text: text[:12], {}, "misread"),
    "flipped": (flipped, {}, "forged"),
    "without_shift": (str.lower, {}, "misread"),
    "empty": (lambda text: "", {}, "forged"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_code_that_is_old_early_or_spoilt_opens_nothing(street, desk, how):
    spoil, when, reason = SPOILT[how]
    id_ = received(street, desk)
    shown = spoil(code(street, desk))
    assert refused(present, street, desk, shown, **when) == reason
    paying = spoil(code(street, desk, "settle"))
    assert refused(settle, street, desk, id_, paying, **when) == reason
    assert street.exec(select(SpentCodeRow)).all() == []


def test_a_clock_may_be_five_seconds_behind(street, desk):
    received(street, desk)
    shown = code(street, desk)
    assert present(street, desk, shown, at=NOON - 5 * SECOND).prescriptions


def test_a_code_is_for_one_purpose_one_outlet_and_the_operator_it_names(street, desk):
    id_ = received(street, desk)
    fetching, paying = code(street, desk), code(street, desk, "settle")
    assert refused(settle, street, desk, id_, fetching) == "other_purpose"
    assert refused(present, street, desk, paying) == "other_purpose"
    assert refused(present, street, desk, fetching, outlet=OTHER_SHOP) == "other_outlet"
    elsewhere = {"outlet_code": OTHER_SHOP}
    assert refused(settle, street, desk, id_, paying, **elsewhere) == "other_outlet"
    mine = code(street, desk, operator="window-2")
    assert refused(present, street, desk, mine) == "other_operator"
    paid = code(street, desk, "settle", operator="window-2")
    assert refused(settle, street, desk, id_, paid) == "other_operator"
    assert present(street, desk, mine, by="window-2").prescriptions
    # None of this has used up what was not for it.
    assert settle(street, desk, id_, paid, by="window-2").state == "posted"


def test_a_code_that_was_used_is_a_picture_of_a_code(street, desk):
    id_, other = received(street, desk), received(street, desk, 2)
    fetching, paying = code(street, desk), code(street, desk, "settle")
    present(street, desk, fetching)
    later = {"at": NOON + 2 * SECOND}
    assert refused(present, street, desk, fetching, **later) == "used"
    settle(street, desk, id_, paying)
    again = refused(settle, street, desk, other, paying, batch=2, **later)
    assert again == "used"


def test_a_scanner_that_reads_twice_within_a_second_opens_one_presentation(
    street, desk
):
    received(street, desk)
    shown = code(street, desk)
    first = present(street, desk, shown)
    half = NOON + timedelta(milliseconds=500)
    assert present(street, desk, shown, at=half).id == first.id
    assert refused(present, street, desk, shown, at=half, by="another") == "used"
    assert refused(present, street, desk, shown, at=NOON + SECOND) == "used"


class Declines(SandboxGateway):
    """A platform that takes no charge."""

    def charge(self, charge: Charge) -> object:
        raise ChargeDeclined("余额不足")


def test_a_code_is_used_up_also_where_the_payment_failed(street):
    desk = world.open_desk(Declines(":memory:"))
    id_ = received(street, desk)
    paying = code(street, desk, "settle")
    with pytest.raises(Declined):
        settle(street, desk, id_, paying)
    assert refused(settle, street, desk, id_, paying, at=NOON + SECOND) == "used"


def test_a_code_is_used_up_also_where_the_checks_refuse(street, desk):
    late = received(street, desk, issued_at="2025-09-01T08:00:00+08:00")
    paying = code(street, desk, "settle")
    with pytest.raises(service.NotAccepted):
        settle(street, desk, late, paying)
    good = received(street, desk, 2)
    assert refused(settle, street, desk, good, paying, batch=2) == "used"
    row = street.get_one(SpentCodeRow, street.exec(select(SpentCodeRow.nonce)).one())
    assert (row.purpose, row.outlet_code, row.operator) == ("settle", SHOP, "counter")


def test_a_code_outlives_a_number_that_is_no_prescriptions(street, desk):
    id_, paying = received(street, desk), code(street, desk, "settle")
    with pytest.raises(NotFound):
        settle(street, desk, uuid4(), paying)
    assert settle(street, desk, id_, paying).state == "posted"


def test_a_code_is_used_up_also_at_the_prescription_of_another(street, desk):
    id_ = received(street, desk)
    bobs = code(street, desk, "settle", person_no=BOB)
    assert refused(settle, street, desk, id_, bobs) == "other_person"
    assert refused(settle, street, desk, id_, bobs) == "other_person"
    assert len(street.exec(select(SpentCodeRow)).all()) == 1


def test_a_fresh_code_shown_for_what_is_settled_is_used_up_too(street, desk):
    id_, other = received(street, desk), received(street, desk, 2)
    first = settle(street, desk, id_, code(street, desk, "settle"))
    fresh = code(street, desk, "settle")
    assert settle(street, desk, id_, fresh) == first
    assert refused(settle, street, desk, other, fresh, batch=2) == "used"


def test_who_signs_out_leaves_no_open_code_behind(street, desk):
    id_ = received(street, desk)
    fetching, paying = code(street, desk), code(street, desk, "settle")
    used = code(street, desk, person_no=BOB)
    assert service.void_codes(street, ALICE, now=NOON) == 2
    assert service.void_codes(street, ALICE, now=NOON) == 0
    assert refused(present, street, desk, fetching) == "signed_out"
    assert refused(settle, street, desk, id_, paying) == "signed_out"
    assert present(street, desk, used).prescriptions == ()


def test_a_code_of_suspended_insurance_fetches_nothing_and_pays_by_no_rule(
    street, desk
):
    id_ = received(street, desk)
    fetching, paying = code(street, desk), code(street, desk, "settle")
    street.get_one(PersonRow, ALICE).active = False
    street.commit()
    assert refused(present, street, desk, fetching) == "inactive"
    with pytest.raises(service.NotAccepted) as raised:
        settle(street, desk, id_, paying)
    found = {f.check: f.verdict for f in raised.value.view.assessment.findings}
    assert found["insured.active"] == "refused"


def test_another_sum_than_the_patient_was_told_is_not_charged(street, desk):
    id_ = received(street, desk)
    with pytest.raises(Conflict) as raised:
        settle(street, desk, id_, code(street, desk, "settle"), shown_fen=1259)
    assert raised.value.code == "amount-changed"
    assert "12.59" in raised.value.words.zh and "12.60" in raised.value.words.zh
    assert desk.gateway.booked_fund_fen() == 0
    paid = settle(street, desk, id_, code(street, desk, "settle"), shown_fen=1260)
    assert paid.total_fen - paid.fund_fen == 1260


def test_two_operators_at_one_instant_one_after_the_other(street, desk):
    received(street, desk)
    shown = code(street, desk)
    assert present(street, desk, shown, by="window-1").prescriptions
    assert refused(present, street, desk, shown, by="window-2") == "used"


def prepared(engine, count: int):
    desk = world.open_desk()
    with db.open_session(engine) as session:
        world.populate(session, desk)
        ids = [received(session, desk, no) for no in range(1, count + 1)]
        return desk, ids, code(session, desk), code(session, desk, "settle")


def test_one_code_at_six_windows_at_once_opens_the_list_once(engine):
    desk, _, fetching, _ = prepared(engine, 1)

    def act(session: Session, *, by: str) -> PresentationView:
        return present(session, desk, fetching, by=by)

    acts = [partial(act, by=f"window-{no}") for no in range(6)]
    answers = attacks.at_once(engine, acts)
    opened = [each for each in answers if isinstance(each, PresentationView)]
    assert len(opened) == 1
    assert told(answers, PresentationView) == {"code-used"}


def test_one_code_for_four_prescriptions_at_once_settles_one(engine):
    desk, ids, _, paying = prepared(engine, 4)

    def act(session: Session, *, id_, batch: int) -> SettledView:
        reason = "药师已核对"
        return settle(session, desk, id_, paying, batch=batch, override=reason)

    acts = [partial(act, id_=id_, batch=no) for no, id_ in enumerate(ids, start=1)]
    answers = attacks.at_once(engine, acts)
    assert len([each for each in answers if isinstance(each, SettledView)]) == 1
    assert told(answers, SettledView) == {"code-used"}


def told(answers, done: type) -> set[str]:
    """Give the codes of what was refused; a fault is not a refusal."""
    others = [each for each in answers if not isinstance(each, done)]
    assert all(isinstance(each, DomainError) for each in others), others
    return {each.code for each in others}


def test_both_identities_are_kept_where_a_relative_shows_the_code(street, desk):
    id_ = received(street, desk)
    with pytest.raises(CodeRejected) as raised:
        code(street, desk, "settle", shown_by=BOB)
    assert raised.value.reason == "not_agent"
    service.allow_agent(
        street,
        desk.vault,
        person_no=ALICE,
        agent_no=BOB,
        id_number=cast.bob.id_number,
        now=NOON,
    )
    seen = present(street, desk, code(street, desk, shown_by=BOB))
    assert (seen.person_name, seen.agent_name) == ("陈**", "林**")
    settle(street, desk, id_, code(street, desk, "settle", shown_by=BOB))
    kept = street.exec(select(SpentCodeRow).order_by(col(SpentCodeRow.purpose))).all()
    assert [(one.purpose, one.agent_no) for one in kept] == [
        ("download", BOB),
        ("settle", BOB),
    ]
    service.end_agent(street, person_no=ALICE, agent_no=BOB, now=NOON)
    assert refused(code, street, desk, shown_by=BOB) == "not_agent"
