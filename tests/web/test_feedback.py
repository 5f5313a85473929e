"""Ratings and complaints: said by patients, seen by whom they concern, answered in time."""

import re

from fixtures import cast
from tests.platform import on_the_road, sent, settled

NOBODY = "5b0b0c1e-7d0e-4c43-9d4e-0f6b8c1d2e3f"

SHOP = {"about": "outlet", "party": cast.LUCHENG_PHARMACY}
LATE = {"about": "carrier", "party": cast.CARRIER, "topic": "late", "words": "晚到"}
EMPTY = {**SHOP, "topic": "no_stock", "words": "到店才说没有药"}


def complain(platform, rx, said=EMPTY):
    return platform.program("alice").post(f"/prescriptions/{rx}/feedback", said)


def test_a_complaint_is_answered_by_the_pharmacy_and_closed_by_the_patient(platform):
    rx = settled(platform)
    made = complain(platform, rx)
    assert made["state"] == "waiting" and made["due"] == "2025-09-22"
    shop = platform.program("counter")
    (seen,) = shop.get("/feedback")
    assert seen["id"] == made["id"] and seen["words"] == EMPTY["words"]
    here = f"/feedback/{made['id']}"
    answered = shop.post(f"{here}/answers", {"words": "已补货，请再来。"})
    assert answered["state"] == "answered" and answered["due"] is None
    closed = platform.program("alice").post(f"{here}/replies", {"content": True})
    assert closed["state"] == "closed"
    assert [turn["kind"] for turn in closed["turns"]] == ["answered", "closed"]


def test_what_did_not_content_is_answered_by_the_bureau(platform):
    rx = settled(platform)
    here = f"/feedback/{complain(platform, rx)['id']}"
    shop, bureau = platform.program("counter"), platform.program("bureau")
    shop.post(f"{here}/answers", {"words": "没有办法"})
    said = {"content": False, "words": "药还是没有"}
    again = platform.program("alice").post(f"{here}/replies", said)
    assert again["state"] == "unsatisfied" and again["due"] == "2025-09-22"
    assert shop.ask("POST", f"{here}/answers", {"words": "再说"}).status_code == 409
    assert bureau.get("/feedback")[0]["state"] == "unsatisfied"
    answered = bureau.post(f"{here}/answers", {"words": "已责成药店补货"})
    assert answered["turns"][-1]["role"] == "bureau"


def test_a_rating_is_given_once_for_each_party(platform):
    rx, order, _ = on_the_road(platform)
    stars = {**SHOP, "topic": "other", "stars": 4}
    assert complain(platform, rx, stars)["state"] == "rated"
    brought = complain(platform, rx, {**LATE, "stars": 5, "words": ""})
    assert brought["order_id"] == str(order)
    alice = platform.program("alice")
    twice = alice.ask("POST", f"/prescriptions/{rx}/feedback", stars)
    assert twice.status_code == 409 and "rated-before" in twice.json["type"]
    assert len(alice.get("/feedback")) == 2


def test_each_side_sees_what_concerns_it_and_no_more(platform):
    rx, *_ = on_the_road(platform)
    shop, firm = complain(platform, rx), complain(platform, rx, LATE)
    complain(
        platform,
        rx,
        {"about": "insurance", "party": "3303", "topic": "amount", "words": "?"},
    )
    seen = {
        name: [each["id"] for each in platform.program(name).get("/feedback")]
        for name in (
            "counter",
            "second-counter",
            "dispatcher",
            "other-dispatcher",
            "bob",
        )
    }
    assert seen["counter"] == [shop["id"]] and seen["dispatcher"] == [firm["id"]]
    assert seen["second-counter"] == seen["other-dispatcher"] == seen["bob"] == []
    assert len(platform.program("bureau").get("/feedback")) == 3
    (parcel,) = platform.program("dispatcher").get("/feedback")
    assert parcel["prescription_id"] is None and parcel["hosp_rx_no"] is None
    here = f"/feedback/{shop['id']}/answers"
    for name in ("second-counter", "dispatcher"):
        answer = platform.program(name).ask("POST", here, {"words": "好"})
        assert answer.status_code == 404, name
    stranger = platform.program("bob")
    refused = stranger.ask("POST", f"/feedback/{shop['id']}/replies", {"content": True})
    assert refused.status_code == 404
    other = stranger.ask("POST", f"/prescriptions/{rx}/feedback", EMPTY)
    assert other.status_code == 404


def test_what_does_not_fit_is_refused(platform):
    rx, alice = settled(platform), platform.program("alice")
    path = f"/prescriptions/{rx}/feedback"
    for changes, status in (
        ({"party": "P33030200002"}, 422),  # no party of this case
        ({"topic": "late"}, 422),  # not of a pharmacy
        ({"words": " "}, 422),
        ({"words": "药\x00"}, 400),
        ({"stars": 6}, 422),
        ({"about": "doctor"}, 422),
    ):
        asked = alice.ask("POST", path, {**EMPTY, **changes})
        assert asked.status_code == status, (changes, asked.text)


def test_only_so_many_complaints_wait_at_once(platform):
    rx = settled(platform)
    for _ in range(5):
        complain(platform, rx)
    asked = platform.program("alice").ask(
        "POST", f"/prescriptions/{rx}/feedback", EMPTY
    )
    assert asked.status_code == 409 and "too-many" in asked.json["type"]


def test_roles_that_may_not_are_refused(platform):
    for name, method, path in (
        ("counter", "POST", f"/prescriptions/{NOBODY}/feedback"),
        ("courier", "GET", "/feedback"),
        ("hospital", "GET", "/feedback"),
        ("alice", "POST", f"/feedback/{NOBODY}/answers"),
        ("counter", "POST", f"/feedback/{NOBODY}/replies"),
    ):
        body = None if method == "GET" else {}
        asked = platform.program(name).ask(method, path, body)
        assert asked.status_code == 403, (name, path)


def test_a_case_that_is_nowhere_yet_concerns_only_the_insurance(platform):
    rx = sent(platform)
    asked = platform.program("alice").ask(
        "POST", f"/prescriptions/{rx}/feedback", EMPTY
    )
    assert asked.status_code == 422


def test_a_complaint_and_its_answer_show_on_the_other_side_by_themselves(platform):
    rx = settled(platform)
    shop, alice = platform.person("counter"), platform.person("alice")
    place = stands(shop, "desk")
    made = complain(platform, rx)
    told = shop.get("/live/since", query_string={"topics": "desk", "since": place})
    assert told.json["changed"] == ["desk"]
    words = {"words": "已补货，请再来。"}
    platform.program("counter").post(f"/feedback/{made['id']}/answers", words)
    asked = {"topics": "mine", "since": told.json["id"]}
    assert alice.get("/live/since", query_string=asked).json["changed"] == ["mine"]


def stands(client, topic):
    """Tell up to where a page of the other side has heard."""
    page = client.get("/feedback").text
    found = re.search(r'data-live-since="([^"]+)"', page)
    assert found and f'data-live="{topic}"' in page
    return found[1]
