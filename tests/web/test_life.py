"""The life of a prescription over HTTP and on the counter's page."""

import re

import pytest

from fixtures import cast
from tests import world
from tests.platform import codes, platform, send, sent, settlement

__all__ = ["platform"]
PHARMACIST = {"code": "ZY330300012345", "name": "叶药师"}


@pytest.fixture
def rx(platform):
    return sent(platform)


def packs(page) -> list[tuple[str, str]]:
    """Read how many packs a page shows, by what it calls them."""
    return re.findall(r'data-is="(处方数量|已交付|未交付)">(\d+)<', page)


def problem(answer) -> tuple[int, str]:
    return answer.status_code, answer.json["type"].rsplit(":", 1)[-1]


def test_one_pharmacy_holds_it_and_the_other_is_told_until_when(platform, rx):
    first, second = platform.program("counter"), platform.program("second-counter")
    held = first.post(f"/prescriptions/{rx}/claim")
    answer = second.ask("POST", f"/prescriptions/{rx}/claim")
    assert problem(answer) == (409, "claimed-elsewhere")
    assert "2025-09-15 14:00" in answer.json["title"]
    body = {"secret": held["secret"], "reason": "out_of_stock"}
    back = first.post(f"/prescriptions/{rx}/return", body)
    assert back["life"]["stage"] == "received"
    assert second.post(f"/prescriptions/{rx}/claim")["outlet_code"]


def test_the_hospital_and_the_patient_see_at_once_what_became_of_it(platform, rx):
    platform.program("counter").post(f"/prescriptions/{rx}/claim")
    seen = platform.program("alice").get(f"/prescriptions/{rx}")
    assert seen["life"]["stage"] == "claimed"
    platform.program("hospital").post(
        f"/prescriptions/{rx}/revocation", {"reason": "剂量有误"}
    )
    for name in ("alice", "counter", "hospital"):
        found = platform.program(name).get(f"/prescriptions/{rx}")
        assert (found["state"], found["life"]["stage"]) == ("revoked", "revoked")


def test_a_review_is_needed_where_the_operator_says(platform):
    raw = world.internet_message()
    rx = platform.program("internet-hospital").post("/prescriptions", raw)["id"]
    counter = platform.program("counter")
    body = {**settlement(platform), "trace_codes": codes()}
    refused = counter.ask("PUT", f"/prescriptions/{rx}/settlement", body)
    assert problem(refused) == (409, "review-needed")
    said = {"verdict": "passed", "pharmacist": PHARMACIST}
    assert counter.post(f"/prescriptions/{rx}/reviews", said)["no"] == 1
    body = {**settlement(platform), "trace_codes": codes()}
    settled = counter.put(f"/prescriptions/{rx}/settlement", body)
    assert settled["state"] == "posted"


def test_a_refusal_without_a_reason_is_no_review(platform, rx):
    said = {"verdict": "refused", "pharmacist": PHARMACIST}
    answer = platform.program("counter").ask(
        "POST", f"/prescriptions/{rx}/reviews", said
    )
    assert answer.status_code == 422


def test_a_counter_reviews_claims_and_returns_on_its_page(platform, rx):
    person = platform.person("counter")
    page = f"/counter/prescriptions/{rx}"
    reviewed = send(
        person,
        f"{page}/review",
        pharmacist_code=PHARMACIST["code"],
        pharmacist_name=PHARMACIST["name"],
        verdict="passed",
    )
    assert "叶药师" in reviewed.text
    assert "2025-09-15 14:00" in send(person, f"{page}/claim").text
    returned = send(person, f"{page}/return", reason="patient_left")
    assert "审方通过" in returned.text
    assert "2025-09-15 14:00" not in returned.text


def test_a_passed_review_is_withdrawn_over_http_and_on_the_page(platform, rx):
    counter, person = platform.program("counter"), platform.person("counter")
    said = {"verdict": "passed", "pharmacist": PHARMACIST}
    counter.post(f"/prescriptions/{rx}/reviews", said)
    page = f"/counter/prescriptions/{rx}"
    assert "撤回这次审方" in person.get(page).text
    body = {"pharmacist": PHARMACIST, "reason": "漏看相互作用"}
    gone = counter.post(f"/prescriptions/{rx}/reviews/1/withdrawal", body)
    assert gone["withdrawn_for"] == "漏看相互作用"
    shown = person.get(page).text
    assert "已撤回审方" in shown and "撤回这次审方" not in shown
    body["reason"] = " "
    answer = counter.ask("POST", f"/prescriptions/{rx}/reviews/1/withdrawal", body)
    assert answer.status_code == 422
    counter.post(f"/prescriptions/{rx}/reviews", said)
    shown = send(
        person,
        f"{page}/reviews/2/withdrawal",
        pharmacist_code=PHARMACIST["code"],
        pharmacist_name=PHARMACIST["name"],
        reason="剂量再核对",
    )
    assert "剂量再核对" in shown.text


def test_a_claim_names_the_pharmacy_and_not_its_code(platform, rx):
    counter, other = platform.program("counter"), platform.person("second-counter")
    held = counter.post(f"/prescriptions/{rx}/claim")
    found = counter.get(f"/prescriptions/{rx}")
    name = found["life"]["claimed_by_name"]
    assert name and name != found["life"]["claimed_by"] == cast.LUCHENG_PHARMACY
    events = {one["kind"]: one["detail_zh"] for one in found["events"]}
    assert events["claimed"] == name
    page = platform.person("counter").get(f"/counter/prescriptions/{rx}").text
    assert name in page and cast.LUCHENG_PHARMACY not in page
    body = {"secret": held["secret"], "reason": "patient_left"}
    counter.post(f"/prescriptions/{rx}/return", body)
    other.post("/language/en", data={"here": "/counter"})
    page = other.get(f"/counter/prescriptions/{rx}").text
    assert "the patient went elsewhere" in page and "patient_left" not in page
    assert cast.LUCHENG_PHARMACY not in page


def test_a_part_is_settled_on_the_page_and_the_rest_is_owed(platform, rx):
    counter = platform.program("counter")
    body = {**settlement(platform), "lines": {"1": 1}}
    body["trace_codes"] = {"1": codes()["1"][:1]}
    assert counter.put(f"/prescriptions/{rx}/settlement", body)["total_fen"] == 420
    counter.post(f"/prescriptions/{rx}/collection", {"receiver": "patient"})
    page = platform.person("counter").get(f"/counter/prescriptions/{rx}").text
    assert "欠药" in page
    told = [">处方数量<", ">已交付<", ">未交付<"]
    assert all(word in page for word in told)
    row = [("处方数量", "3"), ("已交付", "1"), ("未交付", "2")]
    assert packs(page) == row
    patient = platform.person("alice").get(f"/patient/prescriptions/{rx}").text
    assert "已取 1 盒，还可取 2 盒" in patient
    code = platform.program("alice").post(
        "/insurance-codes", {"purpose": "download", "outlet": cast.LUCHENG_PHARMACY}
    )
    shown = send(platform.person("counter"), "/counter", scan=code["text"])
    assert "患者出示的处方" in shown.text and packs(shown.text) == row
    closed = counter.post(f"/prescriptions/{rx}/rest/closure", {"reason": "not_wanted"})
    assert closed["life"]["stage"] == "dispensed"
