"""Exceptions over HTTP: the same words on every side, one act, nothing for strangers."""

from uuid import UUID, uuid4

import pytest

from dispensing.errors import Conflict
from fixtures import cast
from routing import service
from routing.service import Asker
from tests.platform import csrf, on_the_road, platform, send
from web import db

__all__ = ["platform"]
TOMORROW = {
    "window_opens": "2025-09-16T09:00:00+08:00",
    "window_closes": "2025-09-16T12:00:00+08:00",
}


@pytest.fixture
def case(platform):
    """Let a courier ask the desk about a parcel; gives what each test needs."""
    rx, order, rider = on_the_road(platform)
    asked = {"reason": "not_home", "outcome": "desk"}
    assert rider.post(f"/orders/{order}/failure", asked)["state"] == "out"
    (found,) = platform.program("dispatcher").get("/cases")
    return platform, rx, order, found


def pages(platform, rx, order, case_id) -> dict[str, str]:
    """Read the parcel's page of every side."""
    courier = platform.program("dispatcher").get(f"/cases/{case_id}")["courier_code"]
    name = "courier" if courier.endswith("101") else "second-courier"
    return {
        "desk": platform.person("dispatcher").get(f"/dispatch/cases/{case_id}").text,
        "courier": platform.person(name).get("/courier").text,
        "counter": platform.person("counter").get(f"/counter/prescriptions/{rx}").text,
        "patient": platform.person("alice").get(f"/patient/orders/{order}").text,
    }


def test_every_side_reads_the_same_words(case):
    platform, rx, order, found = case
    for face, page in pages(platform, rx, order, found["id"]).items():
        assert "收货人不在，等待调度处理" in page, face
        if face != "desk":
            expected = "约今天" if face == "patient" else "预计到达"
            assert expected in page, face
    dispatcher = platform.program("dispatcher")
    ended = dispatcher.post(f"/cases/{found['id']}/retry", TOMORROW)
    assert ended["order"]["window_opens"] == TOMORROW["window_opens"]
    for face, page in pages(platform, rx, order, found["id"]).items():
        assert "收货人不在，已改约再送" in page, face
    events = platform.person("alice").get(f"/patient/prescriptions/{rx}").text
    assert "已改约送药时段" in events and "2025-09-16 09:00–12:00" in events


def test_a_dispatcher_ends_a_case_on_its_page(case):
    platform, _, order, found = case
    person, here = platform.person("dispatcher"), f"/dispatch/cases/{found['id']}"
    assert "收货人不在" in person.get("/dispatch/cases").text
    assert "放回，让别人处理" in send(person, f"{here}/taking").text
    form = {"window": "2025-09-17 13:00-15:30", "new_code": "on"}
    page = send(person, f"{here}/retry", **form).text
    assert "已改约再送" in page and "2025-09-17 13:00–15:30" in page
    told = platform.program("alice").get(f"/orders/{order}")
    assert (told["state"], told["window_opens"][:10]) == ("packed", "2025-09-17")


def test_the_second_dispatcher_is_told_who_has_the_case(case):
    platform, _, _, found = case
    dispatcher = platform.program("dispatcher")
    dispatcher.post(f"/cases/{found['id']}/taking")
    parts = platform.app.extensions
    with (
        db.open_session(parts["engine"]) as session,
        pytest.raises(Conflict, match="dispatcher has taken"),
    ):
        who = Asker(cast.CARRIER, "colleague", parts["clock"].now())
        service.take_case(session, parts["desk"], UUID(found["id"]), who)


def test_a_return_at_the_desk_shows_on_the_patients_page(case):
    platform, rx, order, found = case
    dispatcher = platform.program("dispatcher")
    assert dispatcher.post(f"/cases/{found['id']}/return")["stands"] == "return"
    assert dispatcher.post(f"/cases/{found['id']}/return")["stands"] == "return"
    page = platform.person("alice").get(f"/patient/orders/{order}").text
    assert "药品退回药店，费用退回" in page
    held = platform.program("alice").get(f"/prescriptions/{rx}")
    assert held["settlement"]["state"] == "reversed"
    late = dispatcher.ask("POST", f"/cases/{found['id']}/retry", TOMORROW)
    assert (late.status_code, late.json["type"][-10:]) == (409, "case-ended")


def test_no_case_exists_for_another_firm(case):
    platform, _, _, found = case
    other, here = platform.program("other-dispatcher"), f"/cases/{found['id']}"
    assert other.get("/cases") == []
    for method, path, body in (
        ("GET", here, None),
        ("POST", f"{here}/taking", None),
        ("POST", f"{here}/release", None),
        ("POST", f"{here}/retry", TOMORROW),
        ("POST", f"{here}/return", None),
        ("POST", f"{here}/replan", {}),
    ):
        assert other.ask(method, path, body).status_code == 404, path
    page = platform.person("other-dispatcher").get(f"/dispatch{here}")
    assert page.status_code == 404


def test_a_wrong_address_is_looked_up_within_its_district(platform):
    _, order, rider = on_the_road(platform)
    rider.post(
        f"/orders/{order}/failure", {"reason": "wrong_address", "outcome": "desk"}
    )
    dispatcher = platform.program("dispatcher")
    (found,) = dispatcher.get("/cases")
    here = f"/cases/{found['id']}/retry"
    elsewhere = {**TOMORROW, "address": "x", "point": {"lon": 121.2, "lat": 28.4}}
    refused = dispatcher.ask("POST", here, elsewhere)
    assert refused.json["type"].endswith("point-elsewhere")
    unknown = dispatcher.ask("POST", here, {**TOMORROW, "address": "火星路1号"})
    assert unknown.json["type"].endswith("address-unknown")
    right = {**TOMORROW, "address": "鹿城区公园路1号"}
    right["point"] = {"lon": 120.661, "lat": 28.016}
    ended = dispatcher.post(here, right)
    assert ended["order"]["address"] == "鹿城区公园路1号"
    assert ended["order"]["point"] == right["point"]


def test_a_breakdown_goes_to_the_planner(platform):
    _, _, rider = on_the_road(platform)
    assert rider.post("/courier/breakdown")["kind"] == "breakdown"
    dispatcher = platform.program("dispatcher")
    (found,) = dispatcher.get("/cases")
    ended = dispatcher.post(f"/cases/{found['id']}/replan", {"aboard": "returned"})
    assert ended["stands"] == "replan"
    asked = dispatcher.get(f"/plannings/{found['id']}")
    assert asked["state"] == "queued"


def test_a_breakdown_told_as_an_act_of_the_phone_is_one_case_and_shown_to_the_courier(
    platform,
):
    _, _, rider = on_the_road(platform)
    told = {"id": str(uuid4()), "kind": "break_down", "ago_ms": 60_000, "body": {}}
    for _ in range(2):
        (answer,) = rider.post("/courier/acts", {"acts": [told]})["answers"]
        assert answer["status"] == "done"
    (found,) = platform.program("dispatcher").get("/cases")
    assert found["kind"] == "breakdown"
    page = platform.person("courier").get("/courier").text
    assert "已报车辆故障" in page
    assert "车坏了，请调度安排" not in page
    person = platform.person("dispatcher")
    here = f"/dispatch/cases/{found['id']}"
    assert "不用再安排" in person.get(here).text
    assert "已办结，路线没有改" in send(person, f"{here}/closing").text
    assert "已报车辆故障" not in platform.person("courier").get("/courier").text


def test_the_pages_of_the_road_work_by_their_forms(case):
    platform, _, _, found = case
    person = platform.person("dispatcher")
    page = person.get("/dispatch/road").text
    assert "路上一切正常" in page and "预计到达" in page
    token = csrf(page)
    made = person.post("/dispatch/road/keys", data={"csrf_token": token}).text
    assert "只显示这一次" in made and "/feed/osmand?key=" in made
    carried = {"device": "86", "courier": found["courier_code"]}
    assert "86" in send(person, "/dispatch/road/devices", **carried).text
    assert send(person, "/dispatch/road/devices", device="86").status_code == 200
    assert "86</code>" not in person.get("/dispatch/road").text


def test_a_phones_position_comes_with_its_acts(platform):
    _, _, rider = on_the_road(platform)
    act = {
        "id": "7b1f9c52-9d0c-4b3e-8f51-6f1f1d9a0001",
        "kind": "position",
        "ago_ms": 0,
        "body": {"lon": 120.66, "lat": 28.01, "accuracy_m": 9.0},
    }
    answered = rider.post("/courier/acts", {"acts": [act]})
    assert [one["status"] for one in answered["answers"]] == ["done"]
    (seen,) = platform.program("dispatcher").get("/fleet")["riders"]
    assert seen["place"]["point"] == {"lon": 120.66, "lat": 28.01}
    assert seen["aside"] == {}
    parts = platform.app.extensions
    parts["settings"] = parts["settings"].model_copy(update={"positions_within_m": 8})
    rider.post("/courier/acts", {"acts": [act]})
    (seen,) = platform.program("dispatcher").get("/fleet")["riders"]
    assert seen["aside"] == {"inaccurate": 1}, "the operator's limit counts for phones"
