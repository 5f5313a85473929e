"""What a counter sees of a person by a code: what nobody else holds, on record."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from dispensing import service
from dispensing.errors import CodeRejected, NotFound
from dispensing.tables import ReadRow, RecordRow
from fixtures import cast
from tests import world
from tests.codes.scenes import (
    ALICE,
    OTHER_SHOP,
    SHOP,
    code,
    present,
    reader,
    received,
    settle,
)
from tests.world import NOON


def shown(view) -> set:
    return {one.id for one in view.prescriptions}


def again(session, desk, view, *, by="counter", at=NOON, outlet=SHOP):
    return service.presentation(
        session, desk, view.id, outlet_code=outlet, reader=reader(by), now=at
    )


def test_a_code_for_fetching_lists_what_the_person_may_still_collect(street, desk):
    open_, settled_here = received(street, desk), received(street, desk, 2)
    lapsed = received(street, desk, 3, issued_at="2025-09-01T08:00:00+08:00")
    revoked = received(street, desk, 4)
    bobs = received(street, desk, 5, insured=world.patient(cast.bob))
    service.revoke(
        street,
        prescription_id=revoked,
        issuer=cast.HOSPITAL,
        reason="换药",
        now=NOON,
    )
    settle(street, desk, settled_here, code(street, desk, "settle"))
    seen = present(street, desk, code(street, desk))
    assert shown(seen) == {open_}
    assert not shown(seen) & {settled_here, lapsed, revoked, bobs}
    assert seen.person_name == "陈**"


def test_what_another_pharmacy_holds_is_not_shown(street, desk):
    id_ = received(street, desk)
    there = code(street, desk, "settle", outlet_code=OTHER_SHOP)
    held = settle(street, desk, id_, there, outlet_code=OTHER_SHOP)
    assert present(street, desk, code(street, desk)).prescriptions == ()
    service.reverse(
        street,
        desk,
        settlement_id=held.id,
        outlet_code=OTHER_SHOP,
        reason="patient_changed_mind",
        by="counter",
        now=NOON,
    )
    assert shown(present(street, desk, code(street, desk))) == {id_}


def test_what_another_pharmacy_has_claimed_is_shown_there_alone(street, desk):
    id_ = received(street, desk)
    service.claim(
        street,
        desk,
        prescription_id=id_,
        outlet_code=OTHER_SHOP,
        by="second-counter",
        now=NOON,
    )
    assert present(street, desk, code(street, desk)).prescriptions == ()
    there = code(street, desk, outlet_code=OTHER_SHOP)
    assert shown(present(street, desk, there, outlet=OTHER_SHOP)) == {id_}


def test_each_presentation_is_a_read_and_stands_in_the_audit_chain(street, desk):
    present(street, desk, code(street, desk))  # nothing to show is a read as well
    received(street, desk)
    present(street, desk, code(street, desk))
    reads = street.exec(select(ReadRow).where(ReadRow.person_no == ALICE)).all()
    assert [(one.user, one.purpose) for one in reads] == [("counter", "扫码取处方")] * 2
    kinds = select(RecordRow.kind).where(col(RecordRow.kind) == "presentation")
    assert len(street.exec(kinds).all()) == 2


def test_a_presentation_is_for_the_operator_who_opened_it_for_a_quarter_of_an_hour(
    street, desk
):
    id_ = received(street, desk)
    seen = present(street, desk, code(street, desk))
    assert shown(again(street, desk, seen)) == {id_}
    with pytest.raises(CodeRejected) as raised:
        again(street, desk, seen, by="another")
    assert raised.value.reason == "other_operator"
    with pytest.raises(NotFound):
        again(street, desk, seen, outlet=OTHER_SHOP)
    with pytest.raises(CodeRejected) as raised:
        again(street, desk, seen, at=NOON + timedelta(minutes=15))
    assert raised.value.reason == "expired"


def test_what_was_settled_meanwhile_is_shown_no_more(street, desk):
    id_, other = received(street, desk), received(street, desk, 2)
    seen = present(street, desk, code(street, desk))
    settle(street, desk, id_, code(street, desk, "settle"))
    assert shown(again(street, desk, seen)) == {other}
