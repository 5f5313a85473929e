"""Acts of couriers' phones: once each, in order, true also when they come late."""

from datetime import timedelta
from uuid import uuid4, uuid5

import pytest
from sqlmodel import Session, col, select

from dispensing import service
from dispensing.errors import FieldError, Malformed, StillRunning
from dispensing.parcel_code import parcel_code
from dispensing.sealed import unseal
from dispensing.tables import LedgerRow, OrderRow
from fixtures import cast
from routing.door_token import sign_token
from routing.handover import handover_code
from routing.service import Act, Answer
from routing.service.acts import HANDLERS
from routing.tables import (
    CourierActRow,
    PlanActRow,
    ReadingRow,
    RouteRow,
    StopRow,
    WrongCodeRow,
)
from tests import road
from tests.road import COURIER, OTHER
from tests.routing.phones import (
    KEY,
    LATER,
    SECRET,
    act,
    desk,
    failing,
    given,
    on_the_road,
    packed,
    send,
    state_of,
    statuses,
    street,
)
from tests.world import NOON

__all__ = ["desk", "street"]


def test_a_day_of_acts_is_done_in_the_phones_order(street, desk):
    first, second = (packed(street, desk, no) for no in (1, 2))
    route = road.put_on_route(street, [first, second], now=NOON)
    answers = send(
        street,
        desk,
        act("load", first, code=parcel_code(first)),
        act("load", second, code=parcel_code(second).lower()),
        act("depart", None, route_id=route),
        given(first),
        failing(second, "return"),
    )
    assert statuses(answers) == ["done", "done", "already", "done", "done"]
    assert state_of(street, first) == "handed_over"
    assert state_of(street, second) == "returned"
    assert street.get_one(RouteRow, route).state == "done"
    rx = street.get_one(OrderRow, second).prescription_id
    assert service.settlement(street, rx).state == "reversed"


def test_what_was_sent_again_gets_the_same_answers_and_changes_nothing(street, desk):
    first, second = on_the_road(street, desk, 2)
    batch = [given(first, "000000"), given(second), failing(first)]
    answers = send(street, desk, *batch)
    assert statuses(answers) == ["refused", "done", "held"]
    again = send(street, desk, *batch, now=LATER + timedelta(hours=1))
    assert again == answers
    assert street.get_one(WrongCodeRow, first).tries == 1
    assert len(street.exec(select(CourierActRow)).all()) == 2


def test_after_a_refusal_the_order_goes_on_by_a_new_act(street, desk):
    (order,) = on_the_road(street, desk)
    (wrong,) = send(street, desk, given(order, "000000"))
    assert (wrong.code, wrong.words.zh) == ("code-wrong", "取药码不符。")
    assert statuses(send(street, desk, given(order))) == ["done"]


def test_what_happened_has_its_own_hour_and_the_books_have_todays(street, desk):
    (order,) = on_the_road(street, desk)
    late = Act(
        uuid4(),
        "hand_over",
        NOON + timedelta(minutes=20),
        order,
        {"code": handover_code(SECRET, str(order))},
    )
    send(street, desk, late)
    street.expire_all()
    stop = street.exec(select(StopRow).where(col(StopRow.kind) == "dropoff")).one()
    assert stop.done_at == late.at == street.get_one(OrderRow, order).ended_at
    taken = select(LedgerRow.at).where(col(LedgerRow.holder) == COURIER)
    assert street.exec(taken).one() == LATER


def test_the_signed_code_of_the_patients_page_opens_the_door(street, desk):
    (order,) = on_the_road(street, desk)
    other = sign_token(str(uuid5(order, "another")), KEY)
    assert statuses(send(street, desk, act("hand_over", order, token=other))) == [
        "refused"
    ]
    token = sign_token(str(order), KEY)
    shown = act("hand_over", order, token=token)
    assert statuses(send(street, desk, shown)) == ["done"]


@pytest.mark.parametrize("by", ["patient", "proxy"])
def test_the_identity_of_the_patient_opens_the_door(street, desk, by):
    (order,) = on_the_road(street, desk)
    proxy = {
        "name": cast.bob.name,
        "id_number": cast.bob.id_number,
        "patient_id_number": cast.alice.id_number,
    }
    shown = {"id_number": cast.alice.id_number} if by == "patient" else {"proxy": proxy}
    wrong = {"id_number": cast.charlie.id_number}
    (refused,) = send(street, desk, act("hand_over", order, **wrong))
    assert refused.code == "patient-id-wrong"
    assert street.get_one(WrongCodeRow, order).tries == 1
    assert statuses(send(street, desk, act("hand_over", order, **shown))) == ["done"]


def test_a_second_phone_on_the_route_hears_already(street, desk):
    first, second = (packed(street, desk, no) for no in (1, 2))
    route = road.put_on_route(street, [first, second], now=NOON)
    day = [
        lambda: act("depart", None, route_id=route),
        lambda: act("pick_up", first),
        lambda: given(first),
        lambda: failing(second),
    ]
    for tell, status in zip(day, ("done", "already", "done", "done"), strict=True):
        assert statuses(send(street, desk, tell())) == [status]
    for tell in day:
        assert statuses(send(street, desk, tell())) == ["already"]


def test_what_contradicts_another_phone_is_refused_with_a_next_step(street, desk):
    first, second = on_the_road(street, desk, 2)
    send(street, desk, given(first), failing(second))
    answers = send(street, desk, failing(first), failing(second, "return"))
    assert [each.code for each in answers] == ["handed-over", "failed-otherwise"]
    assert all(each.words.next_zh for each in answers)


def test_a_wrong_parcel_is_told_at_once(street, desk):
    (order,) = on_the_road(street, desk)
    stranger = packed(street, desk, 7)
    answers = send(
        street,
        desk,
        act("load", stranger, code=parcel_code(stranger)),
        act("load", order, code=parcel_code(stranger)),
    )
    assert [each.code for each in answers] == ["wrong-parcel"] * 2
    assert state_of(street, stranger) == "packed"


def told(session: Session) -> list[str]:
    return list(session.exec(select(PlanActRow.kind).order_by(col(PlanActRow.id))))


def test_a_hand_over_of_what_was_given_to_another_courier_is_not_lost(street, desk):
    order = packed(street, desk)
    route = road.put_on_route(street, [order], now=NOON)
    theirs = road.move(street, route, order, now=NOON + timedelta(minutes=10))
    answers = send(street, desk, act("pick_up", order), given(order))
    assert statuses(answers) == ["done", "done"]
    assert all(each.words for each in answers)
    assert told(street) == ["moved_pick_up", "moved_hand_over"]
    assert state_of(street, order) == "handed_over"
    assert street.get_one(RouteRow, theirs).state == "done"
    (other,) = send(street, desk, given(order), courier=OTHER)
    assert other.status == "already"


def test_a_route_that_was_replaced_is_left_with_as_it_was_loaded(street, desk):
    mine, theirs = packed(street, desk, 1), packed(street, desk, 2)
    route = road.put_on_route(street, [mine, theirs], now=NOON)
    road.move(street, route, theirs, now=NOON)
    (answer,) = send(street, desk, act("depart", None, route_id=route))
    assert (answer.status, answer.words is not None) == ("done", True)
    assert told(street) == ["moved_pick_up", "moved_pick_up"]


def test_a_failure_of_what_another_has_changes_nothing_and_is_told(street, desk):
    order = packed(street, desk)
    route = road.put_on_route(street, [order], now=NOON)
    road.move(street, route, order, now=NOON)
    (answer,) = send(street, desk, failing(order))
    assert (answer.code, told(street)) == ("moved", ["moved_fail"])
    assert state_of(street, order) == "planned"
    kept = street.exec(select(CourierActRow)).one()
    assert "not_home" in unseal(desk.vault, kept, "body_sealed")


def test_who_comes_back_after_a_failure_and_hands_over_has_handed_over(street, desk):
    (order,) = on_the_road(street, desk)
    answers = send(street, desk, failing(order), given(order))
    assert statuses(answers) == ["done", "done"]
    assert told(street) == ["moved_hand_over"]
    assert state_of(street, order) == "handed_over"


def test_what_was_returned_is_not_handed_over_and_the_dispatcher_hears_of_it(
    street, desk
):
    (order,) = on_the_road(street, desk)
    answers = send(street, desk, failing(order, "return"), given(order))
    assert [each.code for each in answers] == ["", "not-to-deliver"]
    assert told(street) == ["disputed_hand_over"]
    assert state_of(street, order) == "returned"


def test_a_return_that_was_cut_off_is_finished_when_it_is_sent_again(
    street, desk, monkeypatch
):
    (order,) = on_the_road(street, desk)
    back = failing(order, "return")
    monkeypatch.setattr(desk.gateway, "reverse", dies)
    with pytest.raises(RuntimeError):
        send(street, desk, back)
    monkeypatch.undo()
    rx = street.get_one(OrderRow, order).prescription_id
    assert service.settlement(street, rx).state == "reversing"
    assert statuses(send(street, desk, back)) == ["done"]
    assert service.settlement(street, rx).state == "reversed"


def dies(*_: object) -> None:
    raise RuntimeError("killed")


def test_what_is_under_way_elsewhere_waits_and_is_not_on_record(
    street, desk, monkeypatch
):
    first, second = on_the_road(street, desk, 2)

    def busy(*_: object) -> Answer:
        raise StillRunning(2)

    monkeypatch.setitem(HANDLERS, "fail", busy)
    late = failing(first)
    answers = send(street, desk, late, given(first), given(second))
    assert statuses(answers) == ["held", "held", "done"]
    monkeypatch.undo()
    assert statuses(send(street, desk, late)) == ["done"]


def test_a_number_stands_for_one_act_of_one_courier(street, desk):
    first, second = on_the_road(street, desk, 2)
    mine = failing(first)
    send(street, desk, mine)
    other = Act(mine.id, "fail", LATER, second, mine.body)
    answers = send(street, desk, other) + send(street, desk, mine, courier=OTHER)
    assert [each.code for each in answers] == ["act-used-otherwise"] * 2
    assert state_of(street, second) == "out"


def test_an_act_that_cannot_be_read_holds_up_no_other_order(street, desk):
    first, second = on_the_road(street, desk, 2)
    fault = Malformed([FieldError("code", "six digits")])
    bad = Act(uuid4(), "hand_over", LATER, first, {}, fault)
    answers = send(street, desk, bad, given(first), given(second))
    assert statuses(answers) == ["refused", "held", "done"]


def test_an_order_of_nobodys_is_not_found(street, desk):
    (order,) = on_the_road(street, desk)
    answers = send(street, desk, given(uuid4())) + send(
        street, desk, given(order), courier=OTHER
    )
    assert [each.code for each in answers] == ["not-found"] * 2
    assert state_of(street, order) == "out"


def test_a_reading_of_a_phone_is_written_once_and_stops_a_warm_parcel(street, desk):
    (order,) = on_the_road(street, desk)
    street.get_one(OrderRow, order).storage = "cold"
    street.commit()
    read = act("reading", order, ago_min=5, temperature_dc=95, source="box")
    first = send(street, desk, read)
    assert send(street, desk, read) == first and first[0].status == "done"
    told = street.exec(select(ReadingRow)).one()
    assert (told.at, told.temperature_dc) == (LATER - timedelta(minutes=5), 95)
    (refused,) = send(street, desk, given(order, temperature_dc=50))
    assert (refused.status, refused.code) == ("refused", "cold-chain-broken")
    (stranger,) = send(street, desk, act("reading", uuid4(), **read.body))
    assert (stranger.status, stranger.code) == ("refused", "not-found")
