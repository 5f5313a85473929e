"""National reviews move the life of a prescription, and D006 and D007 tell it truly."""

from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import func, select

from dispensing import service
from dispensing.desk import Reader
from dispensing.errors import Conflict, Malformed, NotFound
from dispensing.life import LifeRules
from dispensing.tables import NationalReviewRow, PrescriptionRow, ReviewRow
from fixtures import cast
from tests import world
from tests.dispensing import attacks
from tests.intake.national_calls import (
    add_key,
    call,
    numbered,
    sign_request,
    signed,
    twenty,
    uploaded,
)
from tests.intake.test_national_answering import query, review
from tests.world import NOON
from web import db

READER = Reader("hospital", "hospital", "D007")
SHOP, OTHER = cast.LUCHENG_PHARMACY, world.SECOND_PHARMACY
REPEATED = {
    "reptFlag": "1",
    "maxReptCnt": 2,
    "minInrvDays": 28,
    "valiDays": 60,
    "valiEndTime": "2025-11-14 08:12:00",
}
NO_REPEAT = {"reptFlag": "0", "maxReptCnt": None, "minInrvDays": None}


class Story:
    """One national prescription, what is done with it, and what is told of it."""

    def __init__(self, session: Any, desk: Any, number: str) -> None:
        self.session, self.desk, self.number = session, desk, number
        self.id = session.exec(select(PrescriptionRow)).one().id
        self.batch = 0

    def review(self, who: str = "A", at: str = SHOP, **changes: str) -> Any:
        told = {"phar_code": f"PH{who}", "fixmedins_code": at, **changes}
        return service.take_national_review(
            self.session, self.desk, call(at), review(self.number, **told)
        )

    def settle(self, packs: int | None = None, filling: int | None = None) -> Any:
        self.batch += 1
        codes = world.trace_codes(batch=self.batch, quantity=packs or 3)
        lines = None if packs is None else {1: packs}
        asked = {"lines": lines, "filling": filling, "trace_codes": codes}
        return attacks.settle(self.session, self.desk, self.id, self.batch, **asked)

    def hand_out(self) -> None:
        service.collect(
            self.session,
            self.desk,
            prescription_id=self.id,
            outlet_code=SHOP,
            receiver=service.Receiver(),
            now=NOON,
        )

    def reviewed(self) -> Any:
        return service.national_review_result(
            self.session, self.desk, call(), query(self.number), reader=READER
        )

    def taken(self) -> Any:
        return service.national_dispensing_result(
            self.session, self.desk, call(), query(self.number), reader=READER
        )

    def stage(self) -> str:
        view = service.prescription(
            self.session, self.desk, self.id, reader=world.READER, now=NOON
        )
        return view.life.stage

    def packs(self) -> list[tuple[str, int]]:
        """Give flag and packs of what D007 tells of the lines."""
        told = self.taken()
        return [(line.take_drug_flag, int(line.drug_cnt)) for line in told.lines]


@pytest.fixture(params=["one"])
def story(request, session) -> Story:
    """Upload a national prescription where so many pharmacists review."""
    desk = replace(world.open_desk(), life=LifeRules(review=request.param))
    world.populate(session, desk)
    add_key(session)
    numbers = numbered(session, desk, **NO_REPEAT)
    fields = twenty(numbers)
    signed(session, desk, sign_request(fields))
    uploaded(session, desk, fields)
    return Story(session, desk, numbers.hi_rxno)


def left_behind(story: Story) -> int:
    """Count the reviews on both sides."""
    story.session.rollback()
    counts = [
        select(func.count()).select_from(t) for t in (ReviewRow, NationalReviewRow)
    ]
    return sum(story.session.exec(count).one() for count in counts)


def test_a_national_review_opens_a_prescription_for_settlement(story):
    with pytest.raises(Conflict) as refused:
        story.settle()
    assert refused.value.code == "review-needed"
    story.session.rollback()
    assert story.reviewed().rx_chk_stas_codg == "0"
    story.review()
    assert story.stage() == "reviewed"
    told = story.reviewed()
    assert (told.rx_chk_stas_codg, told.phar_code) == ("1", "PHA")
    assert told.rx_chk_time == NOON.replace(hour=10)  # as the pharmacist says
    assert story.settle().state == "posted"


def test_a_withdrawn_national_review_is_told_as_none(story):
    story.review()
    service.withdraw_review(
        story.session,
        story.desk,
        prescription_id=story.id,
        outlet_code=OTHER,
        no=1,
        withdrawal=service.Withdrawal("漏看相互作用", "ZYB", "药师B"),
        by="pharmacist-B",
        now=NOON,
    )
    told = story.reviewed()
    assert (told.rx_chk_stas_codg, told.phar_code) == ("0", None)
    story.review("B")
    assert story.reviewed().phar_code == "PHB"


def test_the_same_review_again_is_one_review(story):
    assert story.review() == story.review()
    assert left_behind(story) == 2


def test_a_national_refusal_ends_it_for_the_pharmacies(story):
    story.review(rx_chk_stas_codg="2", rx_chk_opnn="剂量不符")
    assert story.stage() == "review_refused"
    told = story.reviewed()
    assert (told.rx_chk_stas_codg, told.rx_chk_opnn) == ("2", "剂量不符")
    with pytest.raises(Conflict) as refused:
        story.settle()
    assert refused.value.code == "review-refused"


def test_a_review_that_the_life_refuses_leaves_nothing(story):
    story.review()
    with pytest.raises(Conflict) as refused:
        story.review("B", rx_chk_stas_codg="2", rx_chk_opnn="剂量不符")
    assert refused.value.code == "reviewed-before"
    assert left_behind(story) == 2
    assert story.reviewed().rx_chk_stas_codg == "1"


@pytest.mark.parametrize("code", ["0", "7"])
def test_a_review_that_says_neither_is_named(story, code):
    with pytest.raises(Malformed) as refused:
        story.review(rx_chk_stas_codg=code)
    assert refused.value.errors[0].where == "rx_chk_stas_codg"
    assert left_behind(story) == 0


@pytest.mark.parametrize("story", ["two"], indirect=True)
def test_where_two_review_one_is_not_enough(story):
    story.review("A")
    assert story.reviewed().rx_chk_stas_codg == "0"
    with pytest.raises(Conflict) as refused:
        story.review("A", rx_chk_opnn="再看一次")
    assert refused.value.code == "same-pharmacist"
    story.session.rollback()
    story.review("B")
    told = story.reviewed()
    assert (told.rx_chk_stas_codg, told.phar_code) == ("1", "PHB")


def test_a_review_at_the_counter_is_told_to_the_hospital(story):
    service.review(
        story.session,
        story.desk,
        prescription_id=story.id,
        outlet_code=SHOP,
        review=service.Review("passed", "ZY1", "叶药师", "剂量核对"),
        by="counter",
        now=NOON,
    )
    told = story.reviewed()
    assert (told.rx_chk_stas_codg, told.phar_name) == ("1", "叶药师")
    assert told.rx_chk_time == NOON


def test_another_pharmacy_does_not_review_what_lies_on_a_desk(story):
    story.review()
    story.settle()
    with pytest.raises((Conflict, NotFound)):
        story.review("B", at=OTHER)
    assert left_behind(story) == 2


def test_what_is_handed_out_is_told_of_each_line(story):
    story.review()
    assert (story.packs(), story.taken().rx_used_stas_codg) == ([("0", 3)], "0")
    story.settle(packs=1)
    assert (story.packs(), story.taken().rx_used_stas_codg) == ([("0", 3)], "1")
    story.hand_out()
    assert story.packs() == [("1", 1), ("0", 2)]
    first = story.taken()
    assert (first.rx_used_stas_codg, first.rx_used_stas_name) == ("3", "部分取药")
    story.settle(packs=2, filling=2)
    assert story.taken().rx_used_stas_codg == "3"
    story.hand_out()
    told = story.taken()
    assert (story.packs(), told.rx_used_stas_codg) == ([("1", 3)], "2")
    # Two settlements, one prescription: what was paid is their sum.
    assert told.medfee_sumamt == 3 * first.medfee_sumamt
    assert told.psn_part_amt + told.fund_pay_sumamt == told.medfee_sumamt


def test_a_rest_that_is_closed_was_not_taken(story):
    story.review()
    story.settle(packs=1)
    story.hand_out()
    service.close_rest(
        story.session,
        story.desk,
        prescription_id=story.id,
        outlet_code=SHOP,
        reason="not_wanted",
        by="counter",
        now=NOON,
    )
    assert story.packs() == [("1", 1), ("0", 2)]
    assert story.taken().rx_used_stas_codg == "3"


def test_a_reversed_settlement_is_not_told_as_paid(story):
    story.review()
    story.settle()
    attacks.reverse(story.session, story.desk, story.id)
    told = story.taken()
    assert (told.rx_used_stas_codg, told.medfee_sumamt) == ("0", None)


def test_a_filling_that_is_over_owes_nothing(session):
    desk = world.open_desk()
    world.populate(session, desk)
    add_key(session)
    numbers = numbered(session, desk, **REPEATED)
    fields = twenty(numbers)
    signed(session, desk, sign_request(fields))
    uploaded(session, desk, fields)
    story = Story(session, desk, numbers.hi_rxno)
    story.settle()
    story.hand_out()
    assert story.stage() == "repeatable"
    assert (story.packs(), story.taken().rx_used_stas_codg) == ([("1", 3)], "2")


def test_the_audit_chain_is_walked_over_national_reviews(story):
    story.review()
    later = NOON.replace(hour=13)
    service.seal(story.session, now=later)
    found = service.verify(story.session, now=later)
    assert found.whole, found.breaks


@pytest.fixture
def uploaded_number(engine) -> tuple[Any, Any, str]:
    """Upload a national prescription, and leave it to those who come at once."""
    desk = replace(world.open_desk(), life=LifeRules(review="one"))
    with db.open_session(engine) as session:
        world.populate(session, desk)
        add_key(session)
        numbers = numbered(session, desk, **NO_REPEAT)
        fields = twenty(numbers)
        signed(session, desk, sign_request(fields))
        uploaded(session, desk, fields)
    return engine, desk, numbers.hi_rxno


def at_once(given: tuple[Any, Any, str], *said: dict[str, str]) -> list[Any]:
    """Let pharmacists send their reviews at the same moment."""
    engine, desk, number = given

    def act(told: dict[str, str]) -> Any:
        return lambda session: service.take_national_review(
            session, desk, call(SHOP), review(number, **told)
        )

    return attacks.at_once(engine, [act(told) for told in said])


def test_one_review_sent_twice_at_once_is_one_review(uploaded_number):
    first, again = at_once(uploaded_number, {}, {})
    assert first == again
    with db.open_session(uploaded_number[0]) as session:
        assert session.exec(select(func.count()).select_from(ReviewRow)).one() == 1


def test_of_two_reviews_that_contradict_at_once_one_stands(uploaded_number):
    refusing = {"rx_chk_stas_codg": "2", "phar_code": "PHB", "rx_chk_opnn": "剂量不符"}
    told = at_once(uploaded_number, {}, refusing)
    (refused,) = (one for one in told if isinstance(one, Conflict))
    assert refused.code in {"reviewed-before", "review-refused"}
    with db.open_session(uploaded_number[0]) as session:
        counts = [
            session.exec(select(func.count()).select_from(table)).one()
            for table in (ReviewRow, NationalReviewRow)
        ]
    assert counts == [1, 1]
