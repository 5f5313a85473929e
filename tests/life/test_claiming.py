"""One pharmacy holds a prescription under a secret: until its hour, or until it is returned."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from dispensing import service
from dispensing.errors import Conflict, Declined
from dispensing.service.receiving import prescription_row
from dispensing.service.views import Claimed
from dispensing.tables import RecordRow
from tests import world
from tests.dispensing import attacks
from tests.life.lives import OTHER, REPEAT, WRONG_SECRET, check, refer_back, revoke
from tests.world import NOON
from web import db

HOURS_2 = timedelta(hours=2)


def refused(act, *args, **changes) -> Conflict:
    with pytest.raises(Conflict) as raised:
        act(*args, **changes)
    return raised.value


def test_a_pharmacy_holds_a_prescription_under_a_secret_that_is_not_kept(begun):
    life = begun()
    held = life.claim()
    assert held.until == NOON + HOURS_2
    row = prescription_row(life.session, life.rx)
    assert len(held.secret) == 43
    assert held.secret not in str(row.model_dump())
    assert life.state == "claimed"
    assert life.events()[-1] == "claimed"


def test_another_pharmacy_is_told_who_waits_until_when(begun):
    life = begun()
    life.claim()
    error = refused(life.claim, OTHER)
    assert error.code == "claimed-elsewhere"
    assert "2025-09-15 14:00" in error.words.zh
    assert "2025-09-15 14:00" in error.words.en


def test_another_pharmacy_can_neither_check_nor_settle_nor_review_it(begun):
    life = begun()
    life.claim(OTHER)
    for act in (
        lambda: check(life),
        life.settle,
        life.review,
        lambda: refer_back(life),
    ):
        assert refused(act).code == "claimed-elsewhere"


def test_the_pharmacy_that_holds_it_settles_it_with_its_secret_or_by_the_code(begun):
    with_secret, without = begun(), begun()
    held = with_secret.claim()
    assert with_secret.settle(secret=held.secret).state == "posted"
    without.claim()
    assert without.settle().state == "posted"


def test_a_wrong_secret_settles_nothing_and_returns_nothing(begun):
    life = begun()
    life.claim()
    assert refused(life.settle, secret=WRONG_SECRET).code == "claim-secret"
    assert refused(life.give_back, WRONG_SECRET).code == "claim-secret"
    assert life.state == "claimed"


def test_a_counter_settles_without_a_claim_and_holds_it_by_that(begun):
    life = begun()
    assert life.settle().state == "posted"
    assert refused(life.claim, OTHER).code == "settled-before"


def test_what_is_returned_may_be_held_by_another_pharmacy(begun):
    life = begun()
    life.claim()
    life.give_back()
    assert life.state == "received"
    assert life.claim(OTHER).outlet_code == OTHER
    assert life.events() == ["received", "claimed", "claim_returned", "claimed"]


def test_a_late_return_does_not_end_the_claim_that_follows(begun):
    life = begun()
    old = life.claim().secret
    life.claim()
    assert refused(life.give_back, old).code == "claim-secret"
    life.give_back()


def test_a_claim_is_over_at_its_hour_though_nobody_sweeps(begun):
    life = begun()
    life.claim()
    life.now = NOON + HOURS_2 - timedelta(microseconds=1)
    assert refused(life.claim, OTHER).code == "claimed-elsewhere"
    life.now = NOON + HOURS_2
    assert life.state == "received"
    assert life.claim(OTHER).outlet_code == OTHER
    assert life.events()[-2:] == ["claim_lapsed", "claimed"]


def test_the_sweep_writes_down_that_a_claim_is_over(begun):
    life = begun()
    life.claim()
    assert service.end_claims(life.session, now=NOON + HOURS_2) == 1
    assert service.end_claims(life.session, now=NOON + HOURS_2) == 0
    assert prescription_row(life.session, life.rx).claimed_by is None
    assert life.events()[-1] == "claim_lapsed"


def test_a_review_keeps_the_claim(begun):
    life = begun()
    life.claim()
    life.now = NOON + timedelta(hours=1)
    life.review()
    row = prescription_row(life.session, life.rx)
    assert row.claimed_until == life.now + HOURS_2


def test_a_revoked_prescription_stays_on_the_desk_that_held_it(begun):
    life = begun()
    life.claim()
    revoke(life)
    asked = {"reader": world.READER, "now": NOON}
    queue = service.waiting_at(life.session, life.desk, attacks.SHOP, **asked).queue
    assert [(rx.state, rx.life.stage) for rx in queue] == [("revoked", "revoked")]
    view = service.prescription(life.session, life.desk, life.rx, **asked)
    assert view.life.claimed_by == attacks.SHOP
    service.end_claims(life.session, now=NOON + HOURS_2)
    assert life.state == "revoked"


def test_a_prescription_that_is_being_settled_is_not_revoked(lived):
    life = lived("settling")
    error = refused(revoke, life)
    assert error.code == "being-settled"
    assert error.words.next_en


def test_another_medicine_is_the_prescribers_business(begun):
    life = begun()
    life.claim()
    refer_back(life)
    assert life.state == "received"
    assert life.events()[-2:] == ["claim_returned", "substitution_wanted"]


@pytest.mark.parametrize("lines", [{2: 1}, {1: 4}, {1: 0}])
def test_nothing_is_settled_that_is_not_prescribed(begun, lines):
    life = begun()
    assert refused(life.settle, lines=lines).code == "not-prescribed"


def test_the_next_filling_is_not_held_before_its_day(begun):
    life = begun(**REPEAT)
    life.settle()
    life.collect()
    error = refused(life.claim)
    assert (error.code, "2025-10-13" in error.words.en) == ("too-early", True)


def test_two_pharmacies_at_one_instant_are_told_apart(engine, tmp_path):
    desk = attacks.open_street(engine, tmp_path)
    for number in range(1, 6):
        rx = attacks.received(engine, desk, number)

        def claim(session, outlet, rx=rx):
            asked = {"prescription_id": rx, "outlet_code": outlet, "by": "counter"}
            return service.claim(session, desk, **asked, now=NOON)

        both = (attacks.SHOP, OTHER)
        acts = [lambda s, o=outlet, c=claim: c(s, o) for outlet in both]
        answers = attacks.at_once(engine, acts)
        held = [one for one in answers if isinstance(one, Claimed)]
        lost = [one for one in answers if isinstance(one, Conflict)]
        assert (len(held), [one.code for one in lost]) == (1, ["claimed-elsewhere"])
        with db.open_session(engine) as session:
            assert prescription_row(session, rx).claimed_by == held[0].outlet_code


def test_a_review_is_recorded_for_the_audit_chain(begun):
    life = begun()
    life.review()
    kinds = life.session.exec(select(RecordRow.kind)).all()
    assert "review.passed" in kinds


def test_the_platform_that_declines_leaves_the_claim(begun):
    life = begun()
    life.claim()
    life.platform.mood = "declined"
    with pytest.raises(Declined):
        life.settle()
    assert life.state == "claimed"


def test_a_claim_lasts_as_long_as_the_operator_says(begun):
    life = begun()
    rules = replace(life.desk.life, claim_lasts=timedelta(minutes=5))
    life.desk = replace(life.desk, life=rules)
    assert life.claim().until == NOON + timedelta(minutes=5)
