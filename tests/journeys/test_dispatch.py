"""A dispatcher's day over HTTP: 800 orders, watched, stopped, locked, broken, planned anew."""

from collections import Counter

import pytest

from tests.platform import Program, draft, planned, send, work_off
from tests.routing import many
from web import db

ORDERS = 800
COURIERS = 40


@pytest.fixture
def city(platform):
    """Pack 800 orders for a firm of forty couriers."""
    extensions = platform.app.extensions
    with db.open_session(extensions["engine"]) as session:
        many.hire(session, COURIERS)
        many.pack(session, extensions["desk"], ORDERS)
    return platform


def asked(dispatcher: Program, path: str, body: object, **more: object):
    answer = dispatcher.ask("POST", path, body, **more)
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == f"/api/plannings/{answer.json['id']}"
    return answer.json


def carried(plan) -> list[tuple[str, str]]:
    """List who hands over which order."""
    return [
        (route["courier_code"], stop["order_id"])
        for route in plan["routes"]
        for stop in route["stops"]
        if stop["kind"] == "dropoff"
    ]


def ahead(route) -> list[tuple[str, str]]:
    return [
        (stop["order_id"], stop["kind"])
        for stop in route["stops"]
        if stop["order_id"] and not stop["done_at"]
    ]


def route_of(plan, courier: str):
    return next(it for it in plan["routes"] if it["courier_code"] == courier)


def longest(plan):
    return max(plan["routes"], key=lambda it: len(it["stops"]))


def complete(plan) -> None:
    """Every order is on one route, or left behind with a reason; none twice."""
    told = Counter(order for _, order in carried(plan))
    told.update(each["order_id"] for each in plan["unserved"])
    assert set(told.values()) == {1}
    assert len(told) == ORDERS
    assert all(each["reason"] and each["detail"] for each in plan["unserved"])


def test_a_dispatcher_lives_through_a_day_of_800_orders(city):
    dispatcher = city.program("dispatcher")
    first = planned(city, dispatcher, seconds_max=2)
    complete(first)
    assert first["by_hand"]["parcels"] == ORDERS
    told = dispatcher.get(f"/plannings/{first['id']}")
    assert told["found"] >= 1 and told["served"] == len(carried(first))

    committed = dispatcher.post(f"/plans/{first['id']}/commitment")
    assert dispatcher.post(f"/plans/{first['id']}/commitment") == committed

    held = longest(committed)
    three = [{"route": held["id"], "no": no} for no in (1, 2, 3)]
    locks = {"stops": three, "reason": "患者已约定"}
    assert dispatcher.post(f"/plans/{first['id']}/locks", locks)["version"] == 1

    broken = next(it for it in committed["routes"] if it["id"] != held["id"])
    gone = {
        "absent": [{"courier": broken["courier_code"]}],
        "reason": "车辆故障",
        "seconds_max": 2,
    }
    one = asked(dispatcher, f"/plans/{first['id']}/replans", gone)
    other = asked(dispatcher, f"/plans/{first['id']}/replans", {"mode": "keep"})
    second = draft(city, dispatcher, one)
    complete(second)
    assert (second["version"], second["base_id"]) == (2, first["id"])
    assert broken["courier_code"] not in {courier for courier, _ in carried(second)}
    assert ahead(route_of(second, held["courier_code"]))[:3] == ahead(held)[:3]

    assert dispatcher.post(f"/plans/{second['id']}/commitment")["state"] == "committed"
    assert dispatcher.get(f"/plans/{first['id']}")["state"] == "superseded"
    late = dispatcher.ask("POST", f"/plans/{other['id']}/commitment")
    assert late.status_code == 409
    assert late.json["type"] == "urn:yaoda:problem:plan-superseded"
    (act,) = dispatcher.get(f"/plans/{second['id']}/acts")
    assert (act["kind"], act["reason"]) == ("courier_absent", "车辆故障")
    strangers(city, first, one)


def strangers(city, plan, planning) -> None:
    """Nothing of it exists for another firm."""
    other = city.program("other-dispatcher")
    for method, path, body in (
        ("GET", f"/plans/{plan['id']}", None),
        ("GET", f"/plans/{plan['id']}/acts", None),
        ("POST", f"/plans/{plan['id']}/replans", {}),
        ("POST", f"/plans/{plan['id']}/locks", {}),
        ("POST", f"/plans/{plan['id']}/edits/undo", None),
        ("GET", f"/plannings/{planning['id']}", None),
        ("POST", f"/plannings/{planning['id']}/cancellation", None),
    ):
        assert other.ask(method, path, body).status_code == 404, path


def test_one_key_asks_for_one_plan_and_a_queued_one_can_be_stopped(platform):
    dispatcher = platform.program("dispatcher")
    with db.open_session(platform.app.extensions["engine"]) as session:
        many.pack(session, platform.app.extensions["desk"], 5)
    body = {"day": "2025-09-15", "slice_opens": "13:00:00", "slice_closes": "18:00:00"}
    key = {"Idempotency-Key": "the-afternoon"}
    first = asked(dispatcher, "/plans", body, headers=key)
    assert asked(dispatcher, "/plans", body, headers=key) == first
    assert len(dispatcher.get("/plannings?day=2025-09-15")) == 1
    stopped = dispatcher.post(f"/plannings/{first['id']}/cancellation")
    assert (stopped["state"], stopped["plan_id"]) == ("cancelled", None)
    work_off(platform)
    assert dispatcher.get(f"/plannings/{first['id']}")["state"] == "cancelled"


def test_a_dispatcher_moves_parcels_and_locks_on_the_pages(platform):
    engine, desk = platform.app.extensions["engine"], platform.app.extensions["desk"]
    with db.open_session(engine) as session:
        many.pack(session, desk, 5)
    plan = planned(platform, platform.program("dispatcher"))
    here = f"/dispatch/plans/{plan['id']}"
    person = platform.person("dispatcher")
    courier, order = carried(plan)[0]
    target = next(it for it in ("C33030000101", "C33030000102") if it != courier)
    move = {"order": order, "courier": target}
    assert "可以这样调整" in send(person, f"{here}/edit", act="try", **move).text
    assert "已调整" in send(person, f"{here}/edit", act="do", **move).text
    assert "撤销调整" in send(person, f"{here}/undo").text
    route = plan["routes"][0]["id"]
    assert "已锁定到此" in send(person, f"{here}/lock", route=route, no="1").text
    freed = send(person, f"{here}/lock", route=route, locked="no")
    assert "已锁定到此" not in freed.text
    waiting = send(person, f"{here}/replan", mode="keep", reason="另存")
    work_off(platform)
    shown = person.get(waiting.request.path, follow_redirects=True)
    assert "第 2 版" in shown.text
