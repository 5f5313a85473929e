"""Every fault of the platform over real HTTP: nothing lost, nothing charged twice."""

import threading
from contextlib import suppress
from dataclasses import replace

import pytest

from dispensing.errors import Declined
from dispensing.gateway import BookedOtherwise, Unanswered
from dispensing.gateway.national import speaking
from fixtures import cast
from tests.gateway.street import Street
from web.sandbox.faults import KINDS

LOST = {
    "down": "void",
    "garbage": "posted",
    "half": "posted",
    "duplicate": "posted",
    "wrong_msgid": "posted",
    "wrong_signature": "posted",
}
TIMED_OUT = {"timeout_before": "void", "timeout_after": "posted"}


def test_a_settlement_is_booked_on_both_sides_to_the_fen(street: Street):
    rx = street.received()
    settled = street.settle(rx)
    assert settled.state == "posted"
    assert street.booked() == {settled.msgid: 441}
    assert street.settle(rx).msgid == settled.msgid
    street.audit()


def test_a_reversal_is_booked_on_both_sides(street: Street):
    rx = street.received()
    street.settle(rx)
    assert street.reverse(rx).state == "reversed"
    assert street.booked() == {}
    assert street.settle(rx, batch=2).state == "posted"
    street.audit()


@pytest.mark.parametrize("kind", LOST)
def test_an_answer_that_cannot_be_relied_on_leaves_the_outcome_open_until_asked(
    street: Street, kind
):
    street.settle(street.received(9), batch=9)  # something to repeat by mistake
    rx = street.received()
    street.fault(kind, infno="2102")
    assert street.settle(rx).state == "unknown"
    assert street.recover() == 1
    assert street.state(rx) == LOST[kind]
    assert street.settle(rx, batch=2).state == "posted"
    assert len(street.booked()) == 2
    street.audit()


def test_what_the_platform_calls_repeated_is_asked_for_at_once(served: Street):
    rx = served.received()
    served.fault("repeated", infno="2102")
    assert served.settle(rx).state == "posted"
    served.fault("repeated", infno="2601")
    assert served.reverse(rx).state == "reversed"
    assert served.booked() == {}
    served.audit()


def test_what_the_platform_calls_repeated_is_settled_by_the_sweep(street: Street):
    rx = street.received()
    street.fault("repeated", infno="2102")
    street.settle(rx)
    street.recover()
    assert street.state(rx) == "posted"
    assert street.booked() == {street.settle(rx).msgid: 441}
    street.audit()


@pytest.mark.parametrize("kind", TIMED_OUT)
def test_what_became_of_a_message_that_timed_out_is_found_by_asking(
    street: Street, kind
):
    rx = street.received()
    with street.held_up(kind, "2102"):
        assert street.settle(rx).state == "unknown"
    assert street.recover() == 1
    assert street.state(rx) == TIMED_OUT[kind]
    assert street.settle(rx, batch=2).state == "posted"
    assert len(street.booked()) == 1
    street.audit()


def test_a_message_that_is_booked_late_finds_its_number_barred(street: Street):
    rx = street.received()
    with street.held_up("late", "2102") as gate:
        assert street.settle(rx).state == "unknown"
    assert street.recover() == 1
    assert street.state(rx) == "void"
    gate.opened.set()
    street.wait_for("2102", 1)
    assert street.booked() == {}
    street.audit()


def test_a_message_that_was_booked_late_is_found_by_asking(street: Street):
    rx = street.received()
    with street.held_up("late", "2102") as gate:
        assert street.settle(rx).state == "unknown"
    gate.opened.set()
    street.wait_for("2102", 1)
    assert street.recover() == 1
    assert street.state(rx) == "posted"
    street.audit()


def test_a_slow_answer_in_time_is_an_answer(street: Street):
    street.fault("slow", infno="2102", ms=50)
    assert street.settle(street.received()).state == "posted"
    street.audit()


@pytest.mark.parametrize("kind", ["wrong_amount", "wrong_told"])
def test_one_fen_off_is_taken_back_and_seen(street: Street, kind):
    rx = street.received()
    street.fault(kind, infno="2102")
    assert street.settle(rx).state == "void"
    assert "amount_differs" in street.events(rx)
    assert street.booked() == {}
    assert street.settle(rx, batch=2).state == "posted"
    street.audit()


def test_one_fen_off_is_not_posted_where_the_answer_was_lost(street: Street):
    rx = street.received()
    street.fault("wrong_amount", infno="2102")
    street.fault("down", infno="2601")  # the taking back is not answered at first
    assert street.settle(rx).state == "unknown"
    assert list(street.booked().values()) == [442]
    assert street.recover() == 1
    assert street.state(rx) == "void"
    assert street.events(rx).count("amount_differs") == 1
    assert street.booked() == {}
    street.audit()


def test_one_fen_off_behind_a_lost_answer_is_found_by_asking(street: Street):
    rx = street.received()
    street.fault("wrong_amount", infno="2102")
    street.desk = _deaf(street)
    assert street.settle(rx).state == "unknown"
    assert list(street.booked().values()) == [442]
    street.desk = replace(street.desk, gateway=street.desk.gateway.inner)
    assert street.recover() == 1
    assert street.state(rx) == "void"
    assert street.events(rx).count("amount_differs") == 1
    assert street.booked() == {}
    street.audit()


class Deaf:
    """Sends a charge, and does not hear what is answered."""

    def __init__(self, inner):
        self.inner = inner

    def charge(self, charge):
        with suppress(BookedOtherwise):
            self.inner.charge(charge)
        raise Unanswered


def _deaf(street: Street):
    return replace(street.desk, gateway=Deaf(street.desk.gateway))


def test_what_the_platform_refuses_is_declined_in_its_own_words(street: Street):
    rx = street.received()
    street.fault("refuse", infno="2102")
    with pytest.raises(Declined, match="业务暂停受理"):
        street.settle(rx)
    assert street.state(rx) == "void"
    assert street.settle(rx, batch=2).state == "posted"
    street.audit()


@pytest.mark.parametrize("kind", ["half", "down", "garbage"])
def test_a_reversal_without_an_answer_is_finished_later(street: Street, kind):
    rx = street.received()
    street.settle(rx)
    street.fault(kind, infno="2601")
    assert street.reverse(rx).state == "reversing"
    assert street.recover() == 1
    assert street.state(rx) == "reversed"
    assert street.booked() == {}
    street.audit()


@pytest.mark.parametrize("kind", TIMED_OUT)
def test_a_reversal_that_timed_out_is_finished_later(street: Street, kind):
    rx = street.received()
    street.settle(rx)
    with street.held_up(kind, "2601"):
        assert street.reverse(rx).state == "reversing"
    assert street.recover() == 1
    assert street.state(rx) == "reversed"
    assert street.booked() == {}
    street.audit()


def test_asking_in_vain_changes_nothing(street: Street):
    rx = street.received()
    street.fault("garbage", infno="2102")
    assert street.settle(rx).state == "unknown"
    street.fault("down", times=0)
    assert street.recover() == 0
    assert street.state(rx) == "unknown"
    street.counter.faults.clear()
    assert street.recover() == 1
    assert street.state(rx) == "posted"
    street.audit()


def test_a_sign_in_that_is_not_answered_charges_nothing(served: Street):
    rx = served.received()
    served.fault("down", infno="9001")
    with pytest.raises(Declined, match="签到没有应答"):
        served.settle(rx)
    assert served.booked() == {}
    assert served.state(rx) == "void"
    served.audit()


def test_a_sign_in_that_takes_long_sends_no_charge_after_it(served, monkeypatch):
    monkeypatch.setattr(speaking, "SIGNS_IN_S_MAX", 0)
    rx = served.received()
    with pytest.raises(Declined, match="签到耗时过长"):
        served.settle(rx)
    assert served.booked() == {}
    assert served.settle(rx, batch=2).state == "posted"
    served.audit()


def test_a_sign_in_that_is_forgotten_is_made_anew(served: Street):
    rx = served.received()
    served.settle(rx)
    served.counter.books.sign_out(cast.LUCHENG_PHARMACY)
    other = served.received(2)
    with pytest.raises(Declined, match="未签到"):
        served.settle(other, batch=2)
    assert served.settle(other, batch=3).state == "posted"
    served.audit()


def test_faults_at_random_lose_nothing(served: Street):
    for kind in KINDS.keys() - {"late", "refuse", "timeout_before", "timeout_after"}:
        served.fault(kind, infno="2102", times=2, chance_permyriad=4_000)
    served.fault("half", infno="YD01", times=0, chance_permyriad=3_000)
    ids = [served.received(no) for no in range(1, 25)]
    workers = [
        threading.Thread(target=_settle_some, args=(served, ids[part::2], part))
        for part in (0, 1)
    ]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    served.counter.faults.clear()
    served.recover()
    served.audit()
    states = [served.state(rx) for rx in ids]
    assert set(states) <= {"posted", "void"}
    assert states.count("posted") == len(served.booked())


def _settle_some(street: Street, ids, part):
    for no, rx in enumerate(ids):
        street.settle(rx, batch=100 * (part + 1) + no)
