"""One prescription over HTTP from intake to hand-over, and others that turn back."""

from fixtures import cast
from tests import world
from tests.platform import (
    codes,
    delivery,
    door_code,
    on_the_road,
    reversal,
    sent,
    settled,
    settlement,
)


def test_a_prescription_goes_from_intake_to_the_door(platform):
    hospital, counter = platform.program("hospital"), platform.program("counter")
    received = hospital.post("/prescriptions", world.message())
    assert received["created"]
    rx = received["id"]

    checked = counter.post(f"/prescriptions/{rx}/checks", {"trace_codes": codes()})
    assert checked["decision"] == "accepted"
    assert checked["labels"] == ["示例数据"]
    assert all(f["clause"] or f["verdict"] == "passed" for f in checked["findings"])

    paid = counter.put(f"/prescriptions/{rx}/settlement", settlement(platform))
    assert paid["state"] == "posted"
    shares = paid["fund_fen"] + paid["account_fen"] + paid["cash_fen"]
    assert shares == paid["total_fen"] == checked["split"]["total_fen"]


def test_a_parcel_is_handed_over_against_the_patients_digits(platform):
    rx, order, rider = on_the_road(platform)
    door = {"code": door_code(platform, order), "receiver": "patient"}
    assert rider.post(f"/orders/{order}/handover", door)["state"] == "handed_over"
    alice = platform.program("alice")
    assert alice.get(f"/prescriptions/{rx}")["state"] == "dispensed"
    assert alice.get(f"/orders/{order}")["state"] == "handed_over"


def test_a_proxy_shows_both_identities_at_the_door(platform):
    _, order, rider = on_the_road(platform)
    proxy = {
        "name": cast.bob.name,
        "id_number": cast.bob.id_number,
        "patient_id_number": cast.alice.id_number,
    }
    door = {
        "code": door_code(platform, order),
        "receiver": "proxy",
        "proxy": proxy,
    }
    assert rider.post(f"/orders/{order}/handover", door)["state"] == "handed_over"


def test_the_same_prescription_may_be_sent_twice(platform):
    hospital = platform.program("hospital")
    first = hospital.ask("POST", "/prescriptions", world.message())
    second = hospital.ask("POST", "/prescriptions", world.message())
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json["id"] == second.json["id"]


def test_settling_twice_gives_the_first_settlement(platform):
    rx, counter = sent(platform), platform.program("counter")
    asked = settlement(platform)
    first = counter.put(f"/prescriptions/{rx}/settlement", asked)
    assert counter.put(f"/prescriptions/{rx}/settlement", asked) == first
    assert counter.get(f"/prescriptions/{rx}/settlement") == first


def test_an_internet_hospitals_signature_is_verified(platform):
    hospital = platform.program("internet-hospital")
    answer = hospital.post("/prescriptions", world.internet_message())
    assert answer["signature"] == "valid"


def test_a_reversed_settlement_frees_the_prescription(platform):
    rx, counter = settled(platform), platform.program("counter")
    reason = {"reason": "patient_changed_mind"}
    undone = counter.post(reversal(platform, rx), reason)
    assert undone["state"] == "reversed"
    again = counter.put(f"/prescriptions/{rx}/settlement", settlement(platform, 2))
    assert again["state"] == "posted"
    assert again["id"] != undone["id"]


def test_a_patient_collects_at_the_counter(platform):
    rx = settled(platform)
    body = {"receiver": "patient", "proxy": None}
    collected = platform.program("counter").post(
        f"/prescriptions/{rx}/collection", body
    )
    assert collected["state"] == "dispensed"


def test_a_refused_prescription_says_why_and_settles_nothing(platform):
    rx, counter = (
        sent(platform, issued_at="2025-09-01T08:00:00+08:00"),
        platform.program("counter"),
    )
    checked = counter.post(f"/prescriptions/{rx}/checks", {})
    assert checked["decision"] == "refused"
    (found,) = [f for f in checked["findings"] if f["verdict"] == "refused"]
    assert found["check"] == "prescription.validity"
    assert found["words_zh"] and found["words_en"] and found["next_zh"]

    answer = counter.ask("PUT", f"/prescriptions/{rx}/settlement", settlement(platform))
    assert answer.status_code == 409
    assert answer.content_type == "application/problem+json"
    assert answer.json["assessment"]["decision"] == "refused"
    missing = counter.ask("GET", f"/prescriptions/{rx}/settlement")
    assert missing.status_code == 404


def test_a_code_for_another_outlet_is_refused(platform):
    rx = sent(platform)
    answer = platform.program("second-counter").ask(
        "PUT", f"/prescriptions/{rx}/settlement", settlement(platform)
    )
    assert answer.status_code == 409
    assert answer.json["type"] == "urn:yaoda:problem:code-other-outlet"


def test_a_failed_delivery_comes_back_and_is_reversed(platform):
    rx, order, rider = on_the_road(platform)
    failed = rider.post(
        f"/orders/{order}/failure", {"reason": "refused", "outcome": "return"}
    )
    assert failed["state"] == "returned"
    settlement_ = platform.program("counter").get(f"/prescriptions/{rx}/settlement")
    assert settlement_["state"] == "reversed"
    assert platform.program("alice").get(f"/prescriptions/{rx}")["state"] == "received"


def test_a_missed_delivery_may_be_tried_again(platform):
    _, order, rider = on_the_road(platform)
    failed = rider.post(
        f"/orders/{order}/failure", {"reason": "not_home", "outcome": "retry"}
    )
    assert failed["state"] == "packed"


def test_wrong_digits_do_not_hand_over(platform):
    _, order, rider = on_the_road(platform)
    right = door_code(platform, order)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    answer = rider.ask(
        "POST", f"/orders/{order}/handover", {"code": wrong, "receiver": "patient"}
    )
    assert answer.status_code == 409
    assert platform.program("alice").get(f"/orders/{order}")["state"] == "out"


def test_a_revoked_prescription_cannot_be_settled(platform):
    rx = sent(platform)
    revoked = platform.program("hospital").post(
        f"/prescriptions/{rx}/revocation", {"reason": "剂量有误"}
    )
    assert revoked["state"] == "revoked"
    answer = platform.program("counter").ask(
        "PUT", f"/prescriptions/{rx}/settlement", settlement(platform)
    )
    assert answer.status_code == 409


def test_a_delivery_is_ordered_once(platform):
    rx, alice = settled(platform), platform.program("alice")
    first = alice.post(f"/prescriptions/{rx}/order", delivery())
    assert alice.post(f"/prescriptions/{rx}/order", delivery()) == first
