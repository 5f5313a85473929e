"""Access codes: shared with whom, opened by whom, withdrawn at once, and all of it listed."""

import threading
from datetime import timedelta

import pytest
from sqlmodel import select

from dispensing import access, service
from dispensing.access import AccessRefused
from dispensing.errors import CodeRejected, Malformed, NotFound
from dispensing.sealed import unseal
from dispensing.tables import AccessCodeRow, PresentationRow
from fixtures import cast
from tests import world
from tests.codes.scenes import (
    ALICE,
    BOB,
    HELPER,
    OTHER_SHOP,
    SHOP,
    code,
    present,
    reader,
    received,
    settle,
    share,
    with_helper,
)
from tests.world import NOON
from web import db


def refused(act, *args, **more) -> str:
    with pytest.raises(AccessRefused) as raised:
        act(*args, **more)
    return str(raised.value.reason)


def events(session) -> list[tuple[str, str]]:
    (listed,) = service.access_codes(session, world.VAULT, ALICE, now=NOON)
    return [(one.kind, one.detail) for one in listed.events]


def test_a_code_shows_its_prescriptions_and_nothing_else(street, desk):
    mine, other = received(street, desk), received(street, desk, 2)
    bundle = received(street, desk, 3)
    seen = present(street, desk, share(street, mine, bundle).text)
    assert {one.id for one in seen.prescriptions} == {mine, bundle}
    assert other not in {one.id for one in seen.prescriptions}
    assert seen.way == "access_code"


def test_a_code_may_be_read_aloud_in_small_letters(street, desk):
    id_ = received(street, desk)
    made = share(street, id_)
    said = made.grouped.lower().replace("0", "o").replace("1", "l")
    assert present(street, desk, said).prescriptions[0].id == id_


def test_only_the_digest_of_a_code_is_kept(street, desk):
    made = share(street, received(street, desk))
    row = street.exec(select(AccessCodeRow)).one()
    kept = " ".join(str(value) for value in row.model_dump().values())
    assert made.text not in kept and row.code_index == access.index_of(made.text)
    assert len(set(made.text[3:-2])) > 5 and len(made.text) == access.LENGTH


def test_a_code_opens_again_at_the_next_pharmacy_until_it_is_withdrawn(street, desk):
    id_ = received(street, desk)
    made = share(street, id_)
    first = present(street, desk, made.text)
    assert present(street, desk, made.text, outlet=OTHER_SHOP).prescriptions
    for _ in range(2):
        ended = service.withdraw(
            street, world.VAULT, access_code_id=made.id, by=ALICE, now=NOON
        )
        assert ended.state == "withdrawn"
    assert refused(present, street, desk, made.text) == "withdrawn"
    # What stands open at a counter closes with it.
    assert (
        refused(
            service.presentation,
            street,
            desk,
            first.id,
            outlet_code=SHOP,
            reader=reader(),
            now=NOON,
        )
        == "withdrawn"
    )
    kinds = [kind for kind, _ in events(street)]
    assert kinds == ["shared", "presented", "presented", "withdrawn", "refused"]


def test_a_code_ends_with_its_days(street, desk):
    id_ = received(street, desk, valid_days=30)
    made = share(street, id_, days=2)
    almost = NOON + timedelta(days=2, seconds=-1)
    assert present(street, desk, made.text, at=almost).prescriptions
    over = NOON + timedelta(days=2)
    assert refused(present, street, desk, made.text, at=over) == "expired"


def test_a_code_for_one_pharmacy_opens_nothing_at_another(street, desk):
    id_ = received(street, desk)
    made = share(street, id_, kind="outlet", outlet_code=OTHER_SHOP)
    assert refused(present, street, desk, made.text) == "other-outlet"
    assert present(street, desk, made.text, outlet=OTHER_SHOP).prescriptions
    assert events(street)[1] == ("refused", "other-outlet")


def test_a_helper_is_named_and_the_identity_is_kept_sealed(street, desk):
    id_ = received(street, desk)
    made = with_helper(street, id_)
    assert refused(present, street, desk, made.text) == "helper-needed"
    wrong = service.Helper(HELPER.name, "9999", HELPER.id_number)
    assert refused(present, street, desk, made.text, helper=wrong) == "other-helper"
    spaced = service.Helper("林 小妹 ", HELPER.phone_tail, HELPER.id_number)
    seen = present(street, desk, made.text, helper=spaced)
    assert seen.helper_name and seen.prescriptions[0].id == id_
    row = street.exec(select(PresentationRow)).one()
    assert row.helper_id_sealed and HELPER.id_number not in row.helper_id_sealed
    assert unseal(desk.vault, row, "helper_id_sealed") == HELPER.id_number
    assert [kind for kind, _ in events(street)] == ["shared", "refused", "presented"]


def test_a_code_is_closed_after_five_wrong_helpers(street, desk):
    made = with_helper(street, received(street, desk))
    for digits in range(5):
        guess = service.Helper(HELPER.name, f"000{digits}", HELPER.id_number)
        assert refused(present, street, desk, made.text, helper=guess) == "other-helper"
    assert refused(present, street, desk, made.text, helper=HELPER) == "locked"
    (listed,) = service.access_codes(street, world.VAULT, ALICE, now=NOON)
    assert listed.state == "locked"


def test_the_code_of_a_cancelled_prescription_says_so(street, desk):
    id_ = received(street, desk)
    made = share(street, id_)
    service.revoke(
        street, prescription_id=id_, issuer=cast.HOSPITAL, reason="换药", now=NOON
    )
    assert refused(present, street, desk, made.text) == "revoked"
    assert refused(share, street, id_) == "revoked"


def test_the_code_of_what_is_collected_or_lapsed_says_so(street, desk):
    id_ = received(street, desk)
    made = share(street, id_)
    settle(street, desk, id_, code(street, desk, "settle"))
    assert refused(present, street, desk, made.text) == "nothing-left"
    other = share(street, received(street, desk, 2), days=7)
    lapsed = NOON + timedelta(days=3)
    assert refused(present, street, desk, other.text, at=lapsed) == "lapsed"


def test_the_code_of_what_a_pharmacist_refuses_says_so(street, desk):
    id_ = received(street, desk)
    made = share(street, id_)
    service.review(
        street,
        desk,
        prescription_id=id_,
        outlet_code=SHOP,
        review=service.Review("refused", "ZY1", "叶药师", "剂量过大"),
        by="counter",
        now=NOON,
    )
    assert refused(present, street, desk, made.text) == "review-refused"
    assert refused(share, street, id_) == "review-refused"
    assert not present(street, desk, code(street, desk)).prescriptions


@pytest.mark.parametrize(
    "spoil",
    [lambda t: t[:-1], lambda t: t[:-1] + ("0" if t[-1] != "0" else "2")],
    ids=["cut_off", "wrong_sign"],
)
def test_a_misread_code_is_told_from_an_unknown_one(street, desk, spoil):
    made = share(street, received(street, desk))
    assert refused(present, street, desk, spoil(made.text)) == "misread"
    assert refused(present, street, desk, access.new_code()) == "unknown"


def test_an_access_code_settles_nothing(street, desk):
    id_ = received(street, desk)
    with pytest.raises(CodeRejected) as raised:
        settle(street, desk, id_, share(street, id_).text)
    assert raised.value.reason == "other_purpose"


def test_a_patient_shares_the_own_prescriptions_only(street, desk):
    bobs = received(street, desk, 2, insured=world.patient(cast.bob))
    with pytest.raises(NotFound):
        share(street, bobs)
    made = share(street, received(street, desk))
    with pytest.raises(NotFound):
        service.withdraw(street, world.VAULT, access_code_id=made.id, by=BOB, now=NOON)


def test_a_relative_with_leave_shares_and_withdraws(street, desk):
    id_ = received(street, desk)
    with pytest.raises(CodeRejected):
        share(street, id_, by=BOB)
    service.allow_agent(
        street,
        desk.vault,
        person_no=ALICE,
        agent_no=BOB,
        id_number=cast.bob.id_number,
        now=NOON,
    )
    made = share(street, id_, by=BOB)
    (leave,) = service.people_acted_for(street, world.VAULT, BOB)
    assert (leave.person_no, leave.name) == (ALICE, cast.alice.name)
    assert service.agents_of(street, world.VAULT, ALICE)[0].person_no == BOB
    ended = service.withdraw(
        street, world.VAULT, access_code_id=made.id, by=BOB, now=NOON
    )
    assert ended.state == "withdrawn"


def test_with_a_relatives_leave_end_the_codes_that_the_relative_made(street, desk):
    id_ = received(street, desk)
    bob = {"person_no": ALICE, "agent_no": BOB}
    leave = {**bob, "id_number": cast.bob.id_number}
    service.allow_agent(street, desk.vault, **leave, now=NOON)
    theirs, own = share(street, id_, by=BOB), share(street, id_)
    service.end_agent(street, **bob, now=NOON)
    listed = service.access_codes(street, world.VAULT, ALICE, now=NOON)
    found = {one.id: one.state for one in listed}
    assert found == {theirs.id: "withdrawn", own.id: "open"}
    assert refused(present, street, desk, theirs.text) == "withdrawn"


def test_a_leave_that_ends_while_the_relative_shares_ends_what_is_shared(
    street, desk, engine, monkeypatch
):
    """The code that is being made when the leave ends is withdrawn with the others."""
    id_ = received(street, desk)
    bob = {"person_no": ALICE, "agent_no": BOB}
    leave = {**bob, "id_number": cast.bob.id_number}
    service.allow_agent(street, desk.vault, **leave, now=NOON)

    def end():
        with db.open_session(engine) as other:
            service.end_agent(other, **bob, now=NOON)

    ending, new_code = threading.Thread(target=end), access.new_code

    def meanwhile():
        ending.start()
        ending.join(0.5)
        return new_code()

    monkeypatch.setattr(access, "new_code", meanwhile)
    made = share(street, id_, by=BOB)
    ending.join(30)
    assert not ending.is_alive()
    assert refused(present, street, desk, made.text) == "withdrawn"


def test_with_the_leave_end_the_insurance_codes_that_the_relative_shows(street, desk):
    id_ = received(street, desk)
    bob = {"person_no": ALICE, "agent_no": BOB}
    leave = {**bob, "id_number": cast.bob.id_number}
    service.allow_agent(street, desk.vault, **leave, now=NOON)
    fetching = code(street, desk, shown_by=BOB)
    settling = code(street, desk, "settle", shown_by=BOB)
    service.end_agent(street, **bob, now=NOON)
    with pytest.raises(CodeRejected, match="no leave to act"):
        present(street, desk, fetching)
    with pytest.raises(CodeRejected, match="no leave to act"):
        settle(street, desk, id_, settling)
    service.allow_agent(street, desk.vault, **leave, now=NOON)
    assert present(street, desk, fetching).agent_name
    assert settle(street, desk, id_, settling).state == "posted"


def test_a_leave_wants_the_relatives_own_number(street, desk):
    asked = {"person_no": ALICE, "now": NOON}
    for agent, id_number in ((BOB, cast.alice.id_number), (ALICE, "x"), ("I9", "x")):
        with pytest.raises(Malformed):
            service.allow_agent(
                street, desk.vault, agent_no=agent, id_number=id_number, **asked
            )


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": 0},
        {"days": 8},
        {"kind": "helper"},
        {"kind": "outlet"},
        {"kind": "helper", "helper_name": "林小妹"},
        {"outlet_code": SHOP},
    ],
)
def test_what_is_shared_names_days_and_whom(street, desk, wrong):
    with pytest.raises(Malformed):
        share(street, received(street, desk), **wrong)


def test_twenty_codes_may_be_open_at_once(street, desk):
    id_ = received(street, desk)
    made = [share(street, id_) for _ in range(access.LIVE_MAX)]
    assert refused(share, street, id_) == "too-many"
    service.withdraw(street, world.VAULT, access_code_id=made[0].id, by=ALICE, now=NOON)
    assert share(street, id_)
