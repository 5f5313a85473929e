"""A passed review may be withdrawn until the settlement, and the prescription is reviewed anew."""

from dataclasses import replace

import pytest
from sqlmodel import select

from dispensing import service
from dispensing.errors import Conflict
from dispensing.life import LifeRules
from dispensing.tables import RecordRow
from tests import world
from tests.life.lives import OTHER, REPEAT, Life


def refused(act, *args, **changes) -> str:
    with pytest.raises(Conflict) as raised:
        act(*args, **changes)
    return raised.value.code


def reviews(life: Life) -> list[tuple[int, bool, bool]]:
    view = service.prescription(
        life.session, life.desk, life.rx, reader=world.READER, now=life.now
    )
    return [(one.no, one.is_second, one.stands) for one in view.life.reviews]


def test_a_withdrawn_review_has_to_be_made_anew(begun):
    life = begun(review="one")
    life.review("A")
    withdrawn = life.withdraw_review(1, "B")
    assert (withdrawn.withdrawn_by, withdrawn.withdrawn_for) == (
        "药师B",
        "漏看相互作用",
    )
    assert life.state == "awaiting_review"
    assert refused(life.settle) == "review-needed"
    assert life.events()[-1] == "review_withdrawn"
    life.review("B")
    assert reviews(life) == [(1, False, False), (2, False, True)]
    assert life.settle().state == "posted"


def test_it_is_withdrawn_once_however_often_it_is_asked_for(begun):
    life = begun(review="one")
    life.review("A")
    assert life.withdraw_review() == life.withdraw_review(1, "B")
    life.review("A")  # the same pharmacist, in the same words, after another look
    life.withdraw_review(1)  # a late request ends nothing that followed
    assert life.state == "reviewed"
    assert life.events().count("review_withdrawn") == 1


def test_who_comes_after_it_may_refuse(begun):
    life = begun(review="one")
    life.review("A")
    assert refused(life.review, "B", "refused") == "reviewed-before"
    life.withdraw_review(1, "B", OTHER)
    life.review("B", "refused")
    assert life.state == "review_refused"
    assert refused(life.withdraw_review, 2) == "review-refused"


def test_of_two_the_other_one_still_stands(begun):
    life = begun(review="two")
    life.review("A")
    life.review("B")
    life.withdraw_review(1, "A")
    assert life.state == "awaiting_second_review"
    assert refused(life.review, "B", "refused") == "same-pharmacist"
    life.review("C")
    assert reviews(life) == [(1, False, False), (2, True, True), (3, True, True)]
    assert life.state == "reviewed"
    life.withdraw_review(2, "B")
    life.withdraw_review(3, "C")
    assert life.state == "awaiting_review"


def test_what_nobody_has_to_review_is_open_again(begun):
    life = begun()
    life.review("A")
    life.withdraw_review()
    assert life.state == "received"
    assert life.settle().state == "posted"


def test_a_claim_ends_with_the_review_that_it_needs(begun):
    life = begun(review="one")
    life.review("A")
    life.claim()
    assert refused(life.withdraw_review, 1, "B", OTHER) == "claimed-elsewhere"
    life.withdraw_review()
    assert life.state == "awaiting_review"
    assert life.events()[-2:] == ["review_withdrawn", "claim_returned"]
    assert refused(life.give_back) == "not-claimed"


def test_a_claim_stays_where_no_review_is_needed(begun):
    life = begun()
    life.review("A")
    life.claim()
    life.withdraw_review()
    assert life.state == "claimed"


def test_after_the_settlement_it_is_too_late(begun):
    life = begun(review="one")
    life.review("A")
    life.settle()
    assert refused(life.withdraw_review) == "settled-before"
    life.collect()
    assert refused(life.withdraw_review) == "dispensed"


def test_between_parts_the_rest_is_reviewed_anew(begun):
    life = begun(review="one")
    life.review("A")
    life.settle(packs=1)
    life.collect()
    life.withdraw_review()
    assert life.state == "awaiting_review"
    assert refused(life.settle, filling=2, packs=2) == "review-needed"
    life.review("B")
    assert life.state == "part_dispensed"
    assert life.settle(filling=2, packs=2).state == "posted"


def test_before_the_next_filling_as_well(begun):
    life = begun(review="one", **REPEAT)
    life.review("A")
    life.settle()
    life.collect()
    life.withdraw_review()
    life.review("B")
    assert life.state == "repeatable"


def test_only_what_passed_and_is_there_is_withdrawn(begun):
    life = begun()
    assert refused(life.withdraw_review) == "no-review"
    life.review("A")
    assert refused(life.withdraw_review, 2) == "no-review"


def test_a_withdrawal_is_on_record(begun):
    life = begun()
    life.review("A")
    life.withdraw_review()
    kinds = life.session.exec(select(RecordRow.kind)).all()
    assert "withdrawn_review" in kinds and "event.review_withdrawn" in kinds


def test_where_the_rule_is_eased_one_of_two_is_enough(begun):
    life = begun(review="two")
    life.review("A")
    life.review("B")
    life.desk = replace(life.desk, life=LifeRules(review="one"))
    life.withdraw_review(2, "B")
    assert life.state == "reviewed"
