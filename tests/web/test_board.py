"""The dispatcher's pages over HTTP: acts on many orders, a plan's parts, one firm's own."""

import pytest

from tests.platform import csrf, planned, platform, work_off
from tests.routing import many
from web import db

__all__ = ["platform"]
DAY = "2025-09-15"


@pytest.fixture
def town(platform):
    """Pack sixty orders, ten more than stand on a page."""
    with db.open_session(platform.app.extensions["engine"]) as session:
        many.hire(session, 4)
        ids = many.pack(session, platform.app.extensions["desk"], 60)
    return platform, [str(each) for each in ids]


def act(person, name, **fields):
    token = {"csrf_token": csrf(person.get("/dispatch").text)}
    sent = {"day": DAY, "act": name, "whom": "ticked", **token, **fields}
    return person.post("/dispatch/orders", data=sent)


def test_all_that_match_are_held_and_released_and_ticked_ones_are_planned(town):
    platform, ids = town
    person = platform.person("dispatcher")
    held = act(person, "hold", whom="all", reason="道路封闭")
    assert "60 单已办" in held.text and "没有符合条件的订单" in held.text
    assert "道路封闭" in person.get(f"/dispatch?day={DAY}&state=held").text
    held = platform.program("dispatcher").get(
        f"/orders?day={DAY}&state=held&window=13:00:00"
    )
    ids = [it["order"]["id"] for it in held["orders"]]
    some = act(person, "release", order=ids[:3])
    assert "3 单已办" in some.text
    without = act(person, "hold", order=ids[:1])
    assert without.status_code == 422
    waiting = act(person, "plan", order=ids[:2])
    assert waiting.status_code == 302
    work_off(platform)
    shown = person.get(waiting.location, follow_redirects=True)
    assert shown.text.count('class="dropoff') == 2
    assert "另加距结束时间的 15%" in shown.text  # the reserve of the firm
    plan = shown.request.path.split("/")[-1]
    more = act(person, "insert", order=ids[2:3], into=plan)
    work_off(platform)
    shown = person.get(more.location, follow_redirects=True)
    assert shown.text.count('class="dropoff') == 3 and "第 2 版" in shown.text
    outside = act(person, "insert", order=ids[3:4], into=plan)
    assert outside.status_code == 409 and ids[3][:8] in outside.text  # still held back
    assert act(person, "plan", order=[]).status_code == 422


def test_several_drafts_are_committed_and_the_one_that_fails_is_named(town):
    platform, ids = town
    dispatcher, person = platform.program("dispatcher"), platform.person("dispatcher")
    plan = planned(platform, dispatcher, orders=ids[:4])
    platform.program("counter").ask("POST", f"/orders/{ids[0]}/cancellation")
    cancelled = dispatcher.get(f"/orders/{ids[0]}")["state"] == "cancelled"
    assert cancelled
    stranger = ids[0]
    token = {"csrf_token": csrf(person.get("/dispatch").text)}
    sent = {"day": DAY, "plan": [plan["id"], stranger], **token}
    told = person.post("/dispatch/commitments", data=sent).text
    assert "3 单已办" in told and "2 项没有办成" in told
    assert "订单已取消或已结束" in told and "没有找到计划" in told
    page = person.get(f"/dispatch/plans/{plan['id']}").text
    assert 'data-fleet="/api/fleet"' in page
    assert 'class="eta' in page and "预计到达" in page
    coming = person.get(f"/dispatch/plans/{plan['id']}/arrivals")
    assert coming.status_code == 200 and coming.text.count('<g class="eta"') == 3


def test_a_plans_parts_are_fetched_by_themselves_and_by_its_firm_alone(town):
    platform, ids = town
    plan = planned(platform, platform.program("dispatcher"), orders=ids[:4])
    here = f"/dispatch/plans/{plan['id']}"
    person, other = platform.person("dispatcher"), platform.person("other-dispatcher")
    courier = plan["routes"][0]["courier_code"]
    parts = (
        here,
        f"{here}/orders/{ids[0]}",
        f"{here}/couriers/{courier}",
        f"{here}/map.json",
    )
    assert person.get(f"{here}/arrivals").status_code == 204, "nothing is on the road"
    assert other.get(f"{here}/arrivals").status_code == 404
    for path in parts:
        assert person.get(path).status_code == 200, path
        assert other.get(path).status_code == 404, path
    drawn = person.get(f"{here}/map.json").json
    assert len(drawn["stops"]["features"]) == 8
    assert drawn["lines"]["features"][0]["properties"]["number"] >= 1
    assert person.get("/dispatch/ground.json").json["type"] == "FeatureCollection"
    assert person.get(f"{here}/orders/{ids[9]}").status_code == 404
    assert person.get(f"{here}/couriers/C99999999999").status_code == 404
    assert ids[0][:8] in person.get(f"{here}?order={ids[0]}").text
    assert "data-fleet" not in person.get(here).text


def test_filters_that_there_are_not_are_refused_in_words(town):
    platform, _ = town
    person, program = platform.person("dispatcher"), platform.program("dispatcher")
    for wrong in ("state=elsewhere", "area=1", "window=noon", "page=0"):
        assert person.get(f"/dispatch?{wrong}").status_code == 422, wrong
        assert program.ask("GET", f"/orders?{wrong}").status_code == 422, wrong
    both = {"orders": [], "matching": None}
    assert program.ask("POST", "/orders/releases", both).status_code == 422
