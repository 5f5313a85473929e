"""Exceptions at the desk: taken by one, ended in one act, told to every side."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from dispensing import service
from dispensing.errors import Conflict, Malformed, NotFound
from dispensing.tables import EventRow
from fixtures import cast
from pharmacies.places import Point
from routing import service as routing
from routing.cases import ACT_WORDS, KIND_WORDS, STANDS_WORDS, Window, words_of
from routing.live_tables import DeskActRow
from routing.service import Again, Asker, NewDoor
from routing.travel import GeodesicTravel
from tests import calls, road, world
from tests.calls import Cut, Killed
from tests.routing.test_positions import COURIER, out
from tests.routing.test_service import SECRET, ledger_fen, state_of
from tests.world import NOON
from web import db

LATER = NOON + timedelta(minutes=30)
TOMORROW = Window(NOON + timedelta(days=1), NOON + timedelta(days=1, hours=2))
CHOU = Asker(cast.CARRIER, "老周", LATER)
WANG = Asker(cast.CARRIER, "小王", LATER)
STRANGER = Asker("C330300009", "x", LATER)


@pytest.fixture
def desk():
    return world.open_desk()


@pytest.fixture
def street(session, desk):
    world.populate(session, desk)
    return session


@pytest.fixture
def only(sqlite_engine, desk):
    """Open the street where the statements are the same on both databases."""
    with Session(sqlite_engine) as session:
        world.populate(session, desk)
        yield session


def report(session, desk, order, reason: str = "not_home", outcome: str = "desk"):
    return routing.fail(
        session,
        desk,
        order_id=order.id,
        courier_code=COURIER,
        reason=reason,
        outcome=outcome,
        now=NOON + timedelta(minutes=20),
    )


def reported(session, desk, reason: str = "not_home"):
    """Leave with a parcel that the courier asks the desk about; gives order and case."""
    _, (order,) = out(session, desk)
    report(session, desk, order, reason)
    (case,) = routing.desk_cases(session, desk, cast.CARRIER, now=LATER)
    return order, case


def happened(session, order) -> list[str]:
    query = select(EventRow.kind).where(
        EventRow.prescription_id == order.prescription_id
    )
    return list(session.exec(query.order_by(EventRow.id)))


def test_a_parcel_is_tried_again_in_a_window_of_the_desks_choice(street, desk):
    order, case = reported(street, desk)
    assert service.order(street, desk, order.id).state == "out", "still on board"
    assert (case.kind, case.stands, case.may_retry) == ("not_home", "open", True)
    ended = routing.try_again(street, desk, case.id, Again(TOMORROW), asker=CHOU)
    assert (ended.stands, ended.holder) == ("retry", "老周")
    again = service.order(street, desk, order.id)
    assert (again.state, again.attempts) == ("packed", 1)
    assert (again.window_opens, again.window_closes) == (
        TOMORROW.opens,
        TOMORROW.closes,
    )
    assert happened(street, order)[-1] == "order_rescheduled"
    acts = [act.act for act in ended.history]
    assert acts == ["opened", "taken", "ended"]
    assert (
        routing.try_again(street, desk, case.id, Again(TOMORROW), asker=CHOU) == ended
    )
    told = routing.case_words(street, [order.id])[order.id]
    assert (told.words_zh, told.words_en) == words_of("not_home", "retry")


def test_a_return_ends_everything_together(street, desk):
    order, case = reported(street, desk, "refused")
    ended = routing.bring_back(street, desk, case.id, CHOU)
    assert (ended.stands, ended.is_open) == ("return", False)
    assert service.order(street, desk, order.id).state == "returned"
    assert ledger_fen(street) == 0
    assert state_of(street, desk, order.prescription_id) == "received"
    assert happened(street, order)[-2:] == ["order_returned", "reversed"]
    assert routing.bring_back(street, desk, case.id, CHOU) == ended
    with pytest.raises(Conflict) as raised:
        routing.try_again(street, desk, case.id, Again(TOMORROW), asker=CHOU)
    assert raised.value.code == "case-ended"


class Silent:
    """A platform that does not answer a reversal."""

    def __init__(self, gateway):
        self._gateway = gateway

    def __getattr__(self, name):
        return getattr(self._gateway, name)

    def reverse(self, *_: object, **__: object) -> None:
        from dispensing.gateway import Unanswered

        raise Unanswered


def test_a_return_that_the_platform_does_not_answer_is_seen_and_finished(only, desk):
    from dataclasses import replace

    _, case = reported(only, desk, "refused")
    mute = replace(desk, gateway=Silent(desk.gateway))
    assert routing.bring_back(only, mute, case.id, CHOU).stands == "ending"
    assert routing.end_returned(only, now=LATER) == 0
    assert routing.finish_returns(only, desk, now=LATER) == 1
    assert routing.end_returned(only, now=LATER) == 1
    ended = routing.desk_case(only, desk, case.id, carrier_code=cast.CARRIER)
    assert ended.stands == "return"


def test_a_return_cut_off_at_any_call_is_finished_when_asked_again(sqlite_engine, desk):
    with db.open_session(sqlite_engine) as session:
        world.populate(session, desk)
        _, case = reported(session, desk, "refused")
        case_id = case.id
        before = ledger_fen(session)
    assert before != 0
    left = 0
    while True:
        cut = Cut(left, calls.die, False)
        with calls.hooked(sqlite_engine, cut):
            try:
                with db.open_session(sqlite_engine) as session:
                    routing.bring_back(session, desk, case_id, CHOU)
            except Killed:
                assert cut.reached
        with db.open_session(sqlite_engine) as session:
            stands = routing.desk_case(
                session, desk, case_id, carrier_code=cast.CARRIER
            ).stands
            assert stands in {"open", "held", "ending", "return"}
            assert ledger_fen(session) in {0, before}
            if stands == "return":
                break
        left += 1
    assert left >= 10
    with db.open_session(sqlite_engine) as session:
        assert ledger_fen(session) == 0
        acts = session.exec(
            select(DeskActRow.act).where(DeskActRow.subject == case_id)
        ).all()
        assert sorted(acts) == ["ended", "opened", "returning", "taken"]


def test_a_case_is_of_the_dispatcher_who_took_it_first(only, desk):
    order, case = reported(only, desk)
    assert routing.take_case(only, desk, case.id, CHOU).holder == "老周"
    for act in (
        lambda: routing.take_case(only, desk, case.id, WANG),
        lambda: routing.try_again(only, desk, case.id, Again(TOMORROW), asker=WANG),
        lambda: routing.bring_back(only, desk, case.id, WANG),
    ):
        with pytest.raises(Conflict, match="老周") as raised:
            act()
        assert raised.value.code == "case-taken"
        only.rollback()
    assert routing.let_go_case(only, desk, case.id, WANG).stands == "open"
    assert routing.take_case(only, desk, case.id, WANG).stands == "held"
    assert service.order(only, desk, order.id).state == "out"


def test_another_firms_case_does_not_exist(only, desk):
    _, case = reported(only, desk)
    assert routing.desk_cases(only, desk, "C330300009", now=LATER) == ()
    for act in (
        lambda: routing.desk_case(only, desk, case.id, carrier_code="C330300009"),
        lambda: routing.take_case(only, desk, case.id, STRANGER),
        lambda: routing.let_go_case(only, desk, case.id, STRANGER),
        lambda: routing.try_again(only, desk, case.id, Again(TOMORROW), asker=STRANGER),
        lambda: routing.bring_back(only, desk, case.id, STRANGER),
        lambda: routing.plan_without(only, desk, case.id, met=True, asker=STRANGER),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_wrong_address_is_put_right_and_tried_again(only, desk):
    order, case = reported(only, desk, "wrong_address")
    door = NewDoor("温州市鹿城区五马街道公园路1号", Point(120.661, 28.016))
    ended = routing.try_again(
        only, desk, case.id, Again(TOMORROW, door=door), asker=CHOU
    )
    again = service.order(only, desk, order.id)
    assert (again.address, again.point) == (door.address, door.point)
    assert "address_corrected" in happened(only, order)
    assert ended.history[-1].detail["address"] == "corrected"
    assert "公园路" not in str(ended.history), "an address stands sealed in one place"


@pytest.mark.parametrize(("wanted", "wrong"), [(True, 0), (False, 5), (False, 0)])
def test_the_code_is_kept_or_renewed(only, desk, wanted, wrong):
    _, (order,) = out(only, desk)
    old = routing.tracking(only, desk, SECRET, order.id).code
    for _ in range(wrong):
        with pytest.raises(Conflict):
            routing.hand_over(
                only,
                desk,
                secret=SECRET,
                order_id=order.id,
                courier_code=COURIER,
                door=routing.Door("000000"),
                now=NOON,
            )
    report(only, desk, order)
    (case,) = routing.desk_cases(only, desk, cast.CARRIER, now=LATER)
    routing.try_again(only, desk, case.id, Again(TOMORROW, new_code=wanted), asker=CHOU)
    new = routing.tracking(only, desk, SECRET, order.id).code
    renewed = wanted or wrong == 5
    assert (new != old) == renewed
    assert ("code_renewed" in happened(only, order)) == renewed


def test_what_must_not_go_out_again_is_only_brought_back(only, desk):
    order, case = reported(only, desk, "broken_seal")
    assert not case.may_retry
    with pytest.raises(Conflict) as raised:
        routing.try_again(only, desk, case.id, Again(TOMORROW), asker=CHOU)
    assert raised.value.code == "no-second-try"
    only.rollback()
    assert service.order(only, desk, order.id).state == "out"
    assert routing.bring_back(only, desk, case.id, CHOU).stands == "return"


@pytest.mark.parametrize(
    ("opens_h", "closes_h"), [(-3, -1), (3, 3), (4, 3), (15 * 24, 15 * 24 + 2)]
)
def test_a_window_that_cannot_be_is_refused(only, desk, opens_h, closes_h):
    _, case = reported(only, desk)
    hour = timedelta(hours=1)
    window = Window(LATER + opens_h * hour, LATER + closes_h * hour)
    with pytest.raises(Malformed):
        routing.try_again(only, desk, case.id, Again(window), asker=CHOU)


def test_what_a_courier_decides_at_the_door_is_on_record_as_well(only, desk):
    _, (order,) = out(only, desk)
    report(only, desk, order, outcome="retry")
    (case,) = routing.desk_cases(only, desk, cast.CARRIER, now=LATER)
    assert (case.stands, case.is_open) == ("retry", False)
    assert [act.by for act in case.history] == [COURIER, COURIER]


def watched(session, desk, now):
    seen = routing.look(session, desk, GeodesicTravel(), now=now)
    routing.keep_cases(session, seen, now=now)
    return routing.desk_cases(session, desk, cast.CARRIER, now=now)


def test_a_window_that_has_passed_opens_a_case_that_ends_with_the_hand_over(only, desk):
    _, (order,) = out(only, desk)
    late = order.window_closes + timedelta(minutes=1)
    assert watched(only, desk, late - timedelta(minutes=2)) == ()
    (case,) = watched(only, desk, late)
    assert (case.kind, case.stands) == ("late", "open")
    assert watched(only, desk, late) == (case,), "one is enough"
    code = routing.tracking(only, desk, SECRET, order.id).code
    routing.hand_over(
        only,
        desk,
        secret=SECRET,
        order_id=order.id,
        courier_code=COURIER,
        door=routing.Door(code),
        now=late,
    )
    (over,) = watched(only, desk, late)
    assert over.stands == "delivered"


def test_a_breakdown_is_planned_without_its_courier(only, desk):
    from uuid import UUID

    out(only, desk)
    told = routing.report_breakdown(only, courier_code=COURIER, now=LATER)
    assert routing.report_breakdown(only, courier_code=COURIER, now=LATER) == told
    (case,) = routing.desk_cases(only, desk, cast.CARRIER, now=LATER)
    assert (case.kind, case.order) == ("breakdown", None)
    with pytest.raises(Conflict) as raised:
        routing.bring_back(only, desk, case.id, CHOU)
    assert raised.value.code == "case-without-parcel"
    only.rollback()
    ended = routing.plan_without(only, desk, case.id, met=True, asker=CHOU)
    assert ended.stands == "replan"
    assert ended == routing.plan_without(only, desk, case.id, met=True, asker=CHOU)
    (asked,) = routing.plannings(only, cast.CARRIER, world.DAY, now=LATER)
    assert asked.id == case.id == UUID(ended.history[-1].detail["planning"])


def test_a_breakdown_belongs_to_its_day_and_the_desk_closes_what_is_left(only, desk):
    out(only, desk)
    old = routing.report_breakdown(only, courier_code=COURIER, now=LATER)
    assert routing.breakdown_since(only, COURIER, world.DAY) == LATER
    tomorrow = world.DAY + timedelta(days=1)
    assert routing.breakdown_since(only, COURIER, tomorrow) is None
    only.add(plan := road.plan_of(NOON + timedelta(days=1)))
    only.flush()
    only.add(road.route_of(plan.id, COURIER, NOON + timedelta(days=1)))
    only.commit()
    next_day = LATER + timedelta(days=1)
    new = routing.report_breakdown(only, courier_code=COURIER, now=next_day)
    assert new.id != old.id
    assert routing.breakdown_since(only, COURIER, tomorrow) == next_day
    closed = routing.close_case(only, desk, old.id, CHOU)
    assert (closed.stands, closed.is_open) == ("closed", False)
    assert routing.close_case(only, desk, old.id, CHOU) == closed
    listed = routing.desk_cases(only, desk, cast.CARRIER, now=next_day)
    assert [it.id for it in listed if it.is_open] == [new.id]
    assert routing.report_breakdown(only, courier_code=COURIER, now=LATER).id != new.id


def test_a_parcels_case_is_not_closed_without_an_act(only, desk):
    _, (order,) = out(only, desk)
    report(only, desk, order)
    (case,) = routing.desk_cases(only, desk, cast.CARRIER, now=LATER)
    with pytest.raises(Conflict) as raised:
        routing.close_case(only, desk, case.id, CHOU)
    assert raised.value.code == "case-of-parcel"


def test_who_is_not_on_the_road_reports_no_breakdown(only, desk):
    with pytest.raises(NotFound):
        routing.report_breakdown(only, courier_code=COURIER, now=LATER)


def test_every_case_has_words_in_both_languages():
    for kind in KIND_WORDS:
        for stands in STANDS_WORDS:
            zh, en = words_of(kind, stands)
            assert zh and en
    assert all(zh and en for zh, en in ACT_WORDS.values())
