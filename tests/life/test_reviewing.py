"""Pharmacists review before a prescription is settled: none, one or two, by the operator's rule."""

from dataclasses import replace

import pytest

from dispensing import service
from dispensing.errors import Conflict
from dispensing.life import LifeRules
from tests import world
from tests.dispensing import attacks
from tests.life.lives import Life
from tests.world import NOON


def refused(act, *args, **changes) -> str:
    with pytest.raises(Conflict) as raised:
        act(*args, **changes)
    return raised.value.code


def online(life: Life) -> Life:
    """Let the internet hospital send one as well."""
    raw = world.internet_message(life.number)
    rx = service.receive(life.session, life.desk, raw, now=NOON).id
    return replace(life, rx=rx)


def test_what_comes_over_the_internet_is_reviewed_first_by_law(begun):
    life = online(begun())
    assert life.state == "awaiting_review"
    assert refused(life.settle) == refused(life.claim) == "review-needed"
    life.review()
    assert life.state == "reviewed"
    assert life.settle().state == "posted"


def test_a_paper_prescription_is_reviewed_where_the_operator_says(begun):
    assert begun().settle().state == "posted"
    life = begun(review="one")
    assert refused(life.settle) == "review-needed"
    life.review()
    assert life.settle().state == "posted"


def test_two_pharmacists_must_agree_and_are_two_people(begun):
    life = begun(review="two")
    life.review("A")
    assert refused(life.settle) == "second-review-needed"
    assert refused(life.claim) == "second-review-needed"
    said = service.Review("passed", "ZYA", "药师A", "再看一次")
    asked = {
        "prescription_id": life.rx,
        "outlet_code": attacks.SHOP,
        "review": said,
        "now": NOON,
    }

    def again(by: str) -> object:
        return service.review(life.session, life.desk, **asked, by=by)

    assert refused(again, "pharmacist-Z") == "same-pharmacist"  # the same licence
    asked["review"] = replace(said, pharmacist_code="ｚｙ a ")  # as it may be typed
    assert refused(again, "pharmacist-Z") == "same-pharmacist"
    asked["review"] = replace(said, pharmacist_code="ZYB")
    assert refused(again, "pharmacist-A") == "same-pharmacist"  # the same account
    again("pharmacist-B")
    assert life.state == "reviewed"
    assert life.settle().state == "posted"


def test_a_refused_review_ends_it_for_the_pharmacies(begun):
    life = begun()
    life.review(verdict="refused")
    assert life.state == "review_refused"
    assert refused(life.settle) == refused(life.claim) == "review-refused"
    assert refused(life.review, "B") == "review-refused"


def test_a_second_pharmacist_may_refuse(begun):
    life = begun(review="two")
    life.review("A")
    life.review("B", verdict="refused")
    assert life.state == "review_refused"


def test_the_same_review_again_gives_the_first_answer(begun):
    life = begun()
    assert life.review() == life.review()
    view = service.prescription(
        life.session, life.desk, life.rx, reader=world.READER, now=NOON
    )
    assert [one.no for one in view.life.reviews] == [1]


def test_a_rule_that_is_made_stricter_asks_for_the_second_review(begun):
    life = begun(review="one")
    life.review()
    life.desk = replace(life.desk, life=LifeRules(review="two"))
    assert life.state == "awaiting_second_review"


def test_what_is_held_is_lost_where_a_review_refuses_it(begun):
    life = begun()
    life.claim()
    life.review(verdict="refused")
    assert life.state == "review_refused"
