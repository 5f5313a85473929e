"""A courier's phone sends what was done: over the interface, act by act."""

from datetime import timedelta
from uuid import uuid4

from dispensing.signing import from_base64url
from routing.door_token import PREFIX, sign_token
from tests.platform import csrf, door_code, on_the_road
from tests.security.harness import HeldClock


def act(kind, order=None, /, *, ago_ms=0, **body):
    return {
        "id": str(uuid4()),
        "kind": kind,
        "ago_ms": ago_ms,
        "order_id": str(order) if order else None,
        "body": body,
    }


def sent(rider, *acts):
    return rider.post("/courier/acts", {"acts": list(acts)})["answers"]


def test_each_act_has_an_answer_of_its_own_and_the_same_one_again(platform):
    _, order, rider = on_the_road(platform)
    batch = [
        act("dance", order),
        act("hand_over", uuid4(), code="12345"),
        act("hand_over", uuid4(), receiver="patient", code="123456"),
        act("pick_up", order, ago_ms=60_000),
    ]
    answers = sent(rider, *batch)
    assert [each["status"] for each in answers] == ["refused"] * 3 + ["held"]
    problems = [each["problem"] for each in answers]
    assert [each["status"] for each in problems] == [422, 422, 404, 409]
    assert problems[0]["type"] == "urn:yaoda:problem:malformed"
    assert all(each["detail"] and each["next"] for each in problems)
    again = sent(rider, *batch)
    for before, after in zip(answers, again, strict=True):
        before["problem"].pop("request_id"), after["problem"].pop("request_id")
    assert again == answers


def test_the_code_on_the_patients_page_is_the_platforms_own(platform):
    _, order, rider = on_the_road(platform)
    ring = platform.app.extensions["ring"]
    token = sign_token(str(order), ring.signer())
    assert from_base64url(token.removeprefix(PREFIX).split(".")[0]) == order.bytes
    forged = token[:-2] + ("AA" if not token.endswith("AA") else "BA")
    answers = sent(rider, act("hand_over", order, receiver="patient", token=forged))
    assert answers[0]["problem"]["type"] == "urn:yaoda:problem:code-wrong"
    (done,) = sent(rider, act("hand_over", order, receiver="patient", token=token))
    assert done == {"id": done["id"], "status": "done", "problem": None, "note": ""}


def test_a_batch_has_its_bounds(platform):
    rider = platform.program("courier")
    many = {"acts": [act("pick_up", uuid4()) for _ in range(101)]}
    assert rider.ask("POST", "/courier/acts", many).status_code == 422
    old = {"acts": [act("pick_up", uuid4(), ago_ms=8 * 24 * 3600 * 1000)]}
    assert rider.ask("POST", "/courier/acts", old).status_code == 422
    large = {"acts": [act("load", uuid4(), code="x" * (9 << 20))]}
    assert rider.ask("POST", "/courier/acts", large).status_code == 413


def test_one_thing_is_shown_at_a_door_and_not_two(platform):
    _, order, rider = on_the_road(platform)
    both = {"code": "123456", "id_number": "33030219560312401X"}
    for body in ({"receiver": "patient"}, {"receiver": "patient", **both}):
        answer = rider.ask("POST", f"/orders/{order}/handover", body)
        assert answer.status_code == 422


def test_a_proof_is_for_its_counter_its_firm_and_its_bureau_alone(platform):
    _, order, rider = on_the_road(platform)
    strokes = [[10, 10, 20, 20, 30, 30, 40, 40]]
    signed = act("proof", order, kind="signature", strokes=strokes)
    assert sent(rider, signed)[0]["status"] == "done"
    for name in ("counter", "dispatcher", "bureau"):
        (listed,) = platform.program(name).get(f"/orders/{order}/proofs")
        why = "?why=投诉核查" if name == "bureau" else ""
        shown = platform.program(name).get(f"/proofs/{signed['id']}{why}")
        assert listed["sha256"] == shown["sha256"]
    for name in ("second-counter", "other-dispatcher"):
        other = platform.program(name)
        assert other.ask("GET", f"/orders/{order}/proofs").status_code == 404
        assert other.ask("GET", f"/proofs/{signed['id']}").status_code == 404
    page = platform.person("alice").get("/patient/readers").text
    assert "查看送达凭证" in page and "投诉核查" in page


def test_a_bureau_says_why_it_looks_at_a_proof(platform):
    _, order, rider = on_the_road(platform)
    strokes = [[10, 10, 20, 20, 30, 30, 40, 40]]
    signed = act("proof", order, kind="signature", strokes=strokes)
    assert sent(rider, signed)[0]["status"] == "done"
    bureau, path = platform.program("bureau"), f"/proofs/{signed['id']}"
    for why in ("", "?why=", "?why=%20x%20"):
        answer = bureau.ask("GET", path + why)
        assert answer.status_code == 422, why
        assert answer.json["errors"][0]["where"] == "why"
    for why in ("x" * 101, "a%00b"):
        assert bureau.ask("GET", f"{path}?why={why}").status_code == 422
    assert "查看送达凭证" not in platform.person("alice").get("/patient/readers").text
    absent = bureau.ask("GET", f"/proofs/{uuid4()}")
    assert absent.status_code == 404


def test_what_was_done_while_no_session_was_open_is_told_again_by_the_same_courier(
    platform,
):
    _, order, _ = on_the_road(platform)
    mine, other = "courier", "second-courier"
    if platform.program(mine).ask("GET", f"/orders/{order}").status_code == 404:
        mine, other = other, mine
    held = HeldClock(platform.app.extensions["clock"].now())
    phone = platform.person(mine)
    token = csrf(phone.get("/courier").text)
    platform.app.extensions["clock"] = held
    seal = {"receiver": "patient", "code": door_code(platform, order)}
    done = act("hand_over", order, ago_ms=13 * 3_600_000, **seal)
    held.at += timedelta(hours=13)
    headers = {"X-CSRFToken": token}
    late = phone.post("/api/courier/acts", json={"acts": [done]}, headers=headers)
    assert late.status_code == 401  # not answered: the phone keeps it
    (theirs,) = sent(platform.program(other), {**done, "id": str(uuid4())})
    assert theirs["status"] != "done"
    (own,) = sent(platform.program(mine), done)
    assert own["status"] == "done", own
