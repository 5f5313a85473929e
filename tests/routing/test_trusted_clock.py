"""When an order ended: by the phone where its clock can be trusted, else when it was told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dispensing.service.ordering import order_row
from routing import service as routing
from routing.evidence import verify
from routing.service import evidencing, promising
from tests import world
from tests.routing.phones import (
    KEY,
    KEYS,
    LATER,
    SECRET,
    desk,
    failing,
    given,
    on_the_road,
    send,
    statuses,
    street,
)

__all__ = ["desk", "street"]
DAY = timedelta(days=1)


def handed(session, desk, *, ago: timedelta, sure: bool):
    """Hand a parcel over as a phone tells it; gives the order's row."""
    (order,) = on_the_road(session, desk)
    row = order_row(session, order)
    row.placed_at, row.promised_until = LATER - 3 * DAY, LATER - DAY / 2
    session.commit()
    code = routing.tracking(session, desk, SECRET, order).code
    act = replace(given(order, code), at=LATER - ago, sure=sure)
    assert statuses(send(session, desk, act)) == ["done"]
    return order_row(session, order)


def test_a_hand_over_told_late_by_a_trusted_clock_is_of_when_it_was(street, desk):
    row = handed(street, desk, ago=DAY, sure=True)
    assert row.ended_at == LATER - DAY
    found = promising.promise(street, row.id, now=LATER).promise
    assert (found.state, found.done_at) == ("kept", LATER - DAY)
    assert found.facts[-1].said_at is None


def test_a_clock_that_is_a_day_slow_keeps_no_promise(street, desk):
    row = handed(street, desk, ago=DAY, sure=False)
    assert row.ended_at == LATER
    found = promising.promise(street, row.id, now=LATER).promise
    assert (found.state, found.done_at) == ("broken", LATER)
    assert found.late_s == DAY.total_seconds() / 2
    (end,) = [it for it in found.facts if it.kind == "order_handed_over"]
    assert (end.at, end.said_at) == (LATER, LATER - DAY)


def test_the_stop_ends_with_the_order_by_the_clock_that_counts(street, desk):
    handed(street, desk, ago=DAY, sure=False)
    (route,) = routing.routes(street, desk, "C33030000101", world.DAY)
    assert route.stops[-1].done_at == LATER


def test_a_return_counts_by_the_same_clock(street, desk):
    (order,) = on_the_road(street, desk)
    act = replace(failing(order, "return"), at=LATER - DAY, sure=False)
    assert statuses(send(street, desk, act)) == ["done"]
    assert order_row(street, order).ended_at == LATER


@pytest.mark.parametrize("sure", [True, False], ids=["trusted", "not trusted"])
def test_the_evidence_names_the_receiver_of_what_was_told_late(street, desk, sure):
    row = handed(street, desk, ago=DAY, sure=sure)
    file = evidencing.evidence_of(
        street, desk, KEY, row.id, page=lambda _: b"", reader=world.READER, now=LATER
    )
    told = verify(file.raw, KEYS).record
    assert told["receiver"]["kind"] == "patient"
    said = [fact for fact in told["promise"]["rests_on"] if len(fact) == 4]
    assert bool(said) is not sure
