"""The road over HTTP: a firm's feed, couriers and arrivals, alerts at once to all boards."""

import json
from contextlib import ExitStack
from datetime import timedelta
from time import monotonic

import pytest

from tests.platform import COURIER, on_the_road, platform
from tests.serving import serving
from tests.web.test_live import listening
from web import db, riding

__all__ = ["platform"]
BOARDS = 20


@pytest.fixture
def road(platform):
    """Have a courier on the road; gives the order and the courier's code and client."""
    _, order, rider = on_the_road(platform)
    (route,) = rider.get("/routes")
    return platform, order, route["courier_code"], route["id"]


def feed(platform, courier: str, device: str = "86"):
    """Let the firm's tracker be known; gives what sends a fix with its key."""
    dispatcher = platform.program("dispatcher")
    key = dispatcher.post("/feed/keys")["key"]
    dispatcher.put("/feed/devices", {"device": device, "courier": courier})
    client = platform.app.test_client(use_cookies=False)

    def say(**more: str):
        sent = {"key": key, "id": device, "lat": "28.0112", "lon": "120.6601", **more}
        return client.get("/feed/osmand", query_string=sent)

    return say, key


def test_a_tracker_says_where_a_courier_is(road):
    platform, order, courier, route = road
    say, key = feed(platform, courier)
    assert say(accuracy="9", speed="5").json == {"kept": 1, "aside": {}}
    assert say(lat="0", lon="0").json == {"kept": 0, "aside": {"nowhere": 1}}
    client = platform.app.test_client(use_cookies=False)
    bearer = {"Authorization": f"Bearer {key}"}
    moved = {"latitude": 28.0113, "longitude": 120.6602, "accuracy": 5}
    posted = client.post(
        "/feed/osmand",
        json={"location": {"coords": moved}, "device_id": "86"},
        headers=bearer,
    )
    assert posted.json["kept"] == 1
    forwarded = {"position": moved, "device": {"uniqueId": "86"}}
    assert client.post("/feed/traccar", json=forwarded, headers=bearer).json["kept"]
    dispatcher = platform.program("dispatcher")
    fleet = dispatcher.get("/fleet")
    (rider,) = fleet["riders"]
    assert rider["place"]["point"] == {"lon": 120.6602, "lat": 28.0113}
    assert rider["aside"] == {"nowhere": 1}
    (told,) = rider["arrivals"]
    for name in ("alice", "counter", "dispatcher"):
        seen = platform.program(name).get(f"/orders/{order}/arrival")
        assert seen == {"arrival": told}, name
    assert len(dispatcher.get(f"/routes/{route}/track")) == 3


def test_what_is_no_fix_of_ours_is_turned_away(road):
    platform, _, courier, _ = road
    say, key = feed(platform, courier)
    assert say(key="x").status_code == 401
    assert say(key="").status_code == 401
    assert say(id="87").status_code == 404
    assert say(lat="north").status_code == 422
    client = platform.app.test_client(use_cookies=False)
    for path in ("/feed/osmand", "/feed/traccar"):
        asked = client.post(f"{path}?key={key}", json={"device_id": "86"})
        assert asked.status_code == 422
        assert asked.content_type == "application/problem+json"
    dispatcher = platform.program("dispatcher")
    made = dispatcher.get("/feed")["keys"][0]
    assert made["key"] is None
    dispatcher.post(f"/feed/keys/{made['id']}/end")
    assert say().status_code == 401


def test_nothing_of_the_road_exists_for_another_firm(road):
    platform, order, courier, route = road
    feed(platform, courier)
    other = platform.program("other-dispatcher")
    key_id = platform.program("dispatcher").get("/feed")["keys"][0]["id"]
    alert = begin_alert(platform)
    assert other.get("/fleet") == {"riders": [], "alerts": []}
    assert other.get("/feed") == {"keys": [], "devices": []}
    device = {"device": "87", "courier": courier}
    for method, path, body in (
        ("GET", f"/routes/{route}/track", None),
        ("GET", f"/orders/{order}/arrival", None),
        ("POST", f"/alerts/{alert}/acknowledgement", None),
        ("POST", f"/feed/keys/{key_id}/end", None),
        ("PUT", "/feed/devices", device),
    ):
        assert other.ask(method, path, body).status_code == 404, path
    board = platform.person("dispatcher").get("/dispatch?day=2025-09-15").text
    assert "手机没有消息" in board and "知道了" in board
    assert (
        "手机没有消息" not in platform.person("other-dispatcher").get("/dispatch").text
    )
    seen = platform.program("dispatcher").post(f"/alerts/{alert}/acknowledgement")
    assert seen["seen_by"] == "dispatcher"


def begin_alert(platform, later: timedelta = timedelta(minutes=25)) -> str:
    """Let a phone be silent for long enough; gives the alert's number."""
    parts = platform.app.extensions
    shifted = type(parts["clock"])(parts["clock"].shift + later)
    parts["clock"] = shifted
    assert riding.watch(platform.app).began >= 1
    return platform.program("dispatcher").get("/fleet")["alerts"][0]["id"]


def test_an_alert_is_on_all_boards_within_a_second(road):
    platform, *_ = road
    with serving(platform.app) as address, ExitStack() as boards:
        dispatcher = platform.person("dispatcher")
        heard = [
            boards.enter_context(listening(address, dispatcher, "firm fleet"))[1]
            for _ in range(BOARDS)
        ]
        for told in heard:
            assert told()["event"] == "ready"
        begin_alert(platform)
        began_s = monotonic()
        for told in heard:
            assert json.loads(told()["data"])["changed"] == ["firm", "fleet"]
        assert monotonic() - began_s < 1.0


def test_a_position_reaches_the_map_and_the_patient_but_fetches_no_board_again(road):
    platform, order, courier, _ = road
    say, _ = feed(platform, courier)
    before = platform.person("dispatcher").get("/live/since?topics=firm&since=0.0")
    place = before.json["id"]
    say()
    for name, topics, changed in (
        ("dispatcher", "fleet", ["fleet"]),
        ("alice", f"order:{order}", [f"order:{order}"]),
        ("dispatcher", "firm", None),
    ):
        asked = f"/live/since?topics={topics}&since={place}"
        answer = platform.person(name).get(asked)
        assert (answer.json["changed"] if answer.data else None) == changed, name


@pytest.mark.parametrize("by_phone", [False, True])
def test_the_road_is_looked_at_soon_after_an_act(road, by_phone):
    platform, _, courier, _ = road
    from web.jobs.port import JOBS
    from web.jobs.running import jobs_of

    say, _ = feed(platform, courier)
    jobs = jobs_of(platform.app)
    try:
        for _ in range(2):
            if by_phone:
                name = "courier" if courier == COURIER else "second-courier"
                platform.program(name).post("/courier/acts", {"acts": []})
            else:
                say()
            assert jobs.counts().waiting == 1
    finally:
        jobs.close()
        platform.app.extensions.pop(JOBS)


def test_no_feed_writes_for_a_courier_of_another_device(road):
    platform, _, courier, _ = road
    other = next(it for it in (COURIER, "C33030000102") if it != courier)
    say, _ = feed(platform, other, device="99")
    assert say().json == {"kept": 0, "aside": {"not_out": 1}}
    with db.open_session(platform.app.extensions["engine"]) as session:
        from routing.live_tables import LastPositionRow

        assert session.get(LastPositionRow, courier) is None
