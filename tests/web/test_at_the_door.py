"""At the door: what is due, how warm the box is, which code is good, and when it was."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from dispensing.service.ordering import order_row
from dispensing.tables import LedgerRow
from routing.door_token import sign_token
from routing.service import promising
from routing.service.code_issues import renew_code
from routing.tables import CourierActRow, PlanActRow, ReadingRow
from tests import road
from tests.platform import csrf, delivery, send, sent, settlement
from tests.web.test_courier_acts import act
from tests.web.test_courier_acts import sent as told
from tests.world import NOON
from web import clock, db


@pytest.fixture
def order(platform):
    """Bring a parcel onto the road whose own share is due at the door, cold."""
    rx = sent(platform)
    asked = {**settlement(platform), "tender": "on_delivery"}
    platform.program("counter").put(f"/prescriptions/{rx}/settlement", asked)
    placed = platform.program("alice").post(f"/prescriptions/{rx}/order", delivery())
    platform.program("counter").post(f"/orders/{placed['id']}/packing")
    with work(platform) as session, platform.app.app_context():
        order_row(session, UUID(placed["id"])).storage = "cold"
        session.commit()
        desk = platform.app.extensions["desk"]
        road.depart(session, desk, [UUID(placed["id"])], now=clock.now())
    return UUID(placed["id"])


def work(platform):
    return db.open_session(platform.app.extensions["engine"])


def rows(platform, kind):
    with work(platform) as session:
        found = list(session.exec(select(kind)))
        session.expunge_all()
    return found


def due(platform, order):
    rider = platform.program("courier")
    stops = rider.get("/routes")[0]["stops"]
    return next(it["due_fen"] for it in stops if it["kind"] == "dropoff")


def token(platform, order, issue=1):
    return sign_token(str(order), platform.app.extensions["ring"].signer(), issue)


def given(platform, order, **more):
    body = {"receiver": "patient", "token": token(platform, order)}
    return act("hand_over", order, **{**body, "temperature_dc": 45, **more})


def taken(platform):
    """Give what couriers took at doors, by method."""
    found = [it for it in rows(platform, LedgerRow) if it.entry == "tender"]
    return [(it.debit, it.amount_fen) for it in found if it.holder]


def acts_of(platform):
    return [it.kind for it in rows(platform, PlanActRow)]


def test_what_is_due_stands_at_the_stop_and_is_taken_once(platform, order):
    fen = due(platform, order)
    page = platform.person("courier").get("/courier").text
    assert fen > 0 and f"应收 {fen / 100:.2f} 元" in page
    rider = platform.program("courier")
    paid = given(platform, order, paid_by="cash", taken_fen=fen)
    for _ in range(2):
        assert told(rider, paid)[0]["status"] == "done"
    assert taken(platform) == [("courier", fen)]
    (kept,) = rows(platform, CourierActRow)
    assert (kept.paid_by, kept.taken_fen, kept.sure) == ("cash", fen, True)


def test_what_was_paid_at_the_counter_meanwhile_is_not_paid_twice(platform, order):
    fen, counter = due(platform, order), platform.program("counter")
    with work(platform) as session:
        rx = order_row(session, order).prescription_id
    held = counter.get(f"/prescriptions/{rx}/settlement")
    counter.put(f"/settlements/{held['id']}/tenders", {"parts": {"cash": fen}})
    assert due(platform, order) == 0
    assert "已付清，不用收款" in platform.person("courier").get("/courier").text
    rider = platform.program("courier")
    late = given(platform, order, paid_by="cash", taken_fen=fen)
    (answer,) = told(rider, late)
    assert answer["status"] == "done" and "多收了" in answer["note"]
    assert taken(platform) == [] and "paid_twice" in acts_of(platform)


def test_a_share_that_was_not_taken_stays_owed_and_the_dispatcher_is_told(
    platform, order
):
    rider = platform.program("courier")
    (answer,) = told(rider, given(platform, order, paid_by="already_paid"))
    assert answer["status"] == "done" and "还有" in answer["note"]
    assert taken(platform) == [] and acts_of(platform) == ["not_paid"]


def test_the_box_is_read_on_the_page_and_by_an_act_once(platform, order):
    rider, person = platform.program("courier"), platform.person("courier")
    route = rider.get("/routes")[0]["id"]
    page = person.get("/courier").text
    assert "记箱内温度" in page
    act_of = act("reading", None, temperature_dc=47, source="box", route_id=route)
    for _ in range(2):
        assert told(rider, act_of)[0]["status"] == "done"
    form = {"temperature": "4,2", "csrf_token": csrf(page)}
    person.post(f"/courier/routes/{route}/reading", data=form)
    below = {**form, "temperature": "1.5", "below": "yes"}
    person.post(f"/courier/orders/{order}/reading", data=below)
    read = {(it.temperature_dc, it.source) for it in rows(platform, ReadingRow)}
    assert read == {(47, "box"), (42, "box"), (-15, "pickup")}
    wild = send(person, f"/courier/routes/{route}/reading", temperature="99")
    assert wild.status_code == 422


def renewed(platform, order, at):
    with work(platform) as session:
        assert renew_code(session, order, wanted=True, now=at)
        session.commit()


def test_a_code_that_was_renewed_opens_only_what_was_opened_before(platform, order):
    rider = platform.program("courier")
    with platform.app.app_context():
        renewed(platform, order, clock.now())
    (late,) = told(rider, given(platform, order))
    assert late["problem"]["type"] == "urn:yaoda:problem:code-renewed"
    assert "disputed_hand_over" in acts_of(platform)
    page = platform.person("courier").get("/courier").text
    assert 'data-issue="2"' in page
    fresh = given(platform, order, token=token(platform, order, 2))
    assert told(rider, fresh)[0]["status"] == "done"


def test_a_hand_over_before_the_renewal_stands_however_late_it_is_told(platform, order):
    with platform.app.app_context():
        renewed(platform, order, clock.now() + timedelta(minutes=5))
    assert (
        told(platform.program("courier"), given(platform, order))[0]["status"] == "done"
    )


def told_late(platform, order, **more):
    """Tell an hour late that nobody was home, and give what the promise rests on."""
    with work(platform) as session:
        row = order_row(session, order)
        row.storage = "ambient"
        row.placed_at = row.placed_at - timedelta(hours=3)
        session.commit()
    visit = act("fail", order, ago_ms=3_600_000, reason="not_home", outcome="retry")
    rider = platform.program("courier")
    rider.post("/courier/acts", {"acts": [{**visit, **more.pop("act", {})}], **more})
    with work(platform) as session:
        row = order_row(session, order)
        row.promised_until = NOON - timedelta(minutes=30)
        session.flush()
        return promising.promise(session, order, now=NOON + timedelta(hours=5)).promise


def test_a_failed_visit_that_is_told_late_is_of_when_it_was(platform, order):
    found = told_late(platform, order, act={"steady": True})
    assert (found.by, found.why) == ("patient", "not_home")
    (visit,) = found.facts
    assert visit.at < NOON and visit.said_at is None


def test_where_the_phones_clock_cannot_be_trusted_both_hours_are_shown(platform, order):
    found = told_late(platform, order, now_ms=0)
    assert found.why != "not_home"
    (kept,) = rows(platform, CourierActRow)
    assert not kept.sure and kept.received_at - kept.at >= timedelta(minutes=59)
