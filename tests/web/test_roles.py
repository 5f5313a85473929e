"""Each role reaches only its own; the rest does not exist, or is not allowed."""

from uuid import uuid4

import pytest

from fixtures import cast
from tests.platform import (
    CALLERS,
    PASSWORD,
    csrf,
    on_the_road,
    reversal,
    send,
    sent,
    settled,
)

ANY = str(uuid4())
DOORS = {
    "hospital": [
        ("POST", "/prescriptions"),
        ("POST", f"/prescriptions/{ANY}/revocation"),
    ],
    "patient": [("POST", "/insurance-codes")],
    "counter": [
        ("POST", f"/prescriptions/{ANY}/checks"),
        ("PUT", f"/prescriptions/{ANY}/settlement"),
        ("GET", f"/prescriptions/{ANY}/settlement"),
        ("POST", f"/settlements/{ANY}/resolution"),
        ("POST", f"/settlements/{ANY}/reversal"),
        ("POST", f"/prescriptions/{ANY}/collection"),
        ("POST", f"/orders/{ANY}/packing"),
        ("POST", f"/orders/{ANY}/packing-reading"),
        ("POST", f"/orders/{ANY}/breach-decisions"),
        ("GET", "/breaches"),
        ("POST", f"/orders/{ANY}/cancellation"),
        ("POST", "/paper-prescriptions"),
    ],
    "dispatch": [
        ("POST", "/plans"),
        ("POST", f"/orders/{ANY}/delay-reasons"),
        ("GET", "/orders"),
        ("GET", "/crew"),
        ("POST", "/crew"),
        ("GET", "/crew/C33030000101/acts"),
        ("POST", "/crew/C33030000101/terms"),
        ("POST", "/crew/C33030000101/end"),
        ("POST", "/crew/C33030000101/invitation"),
        ("POST", "/orders/holds"),
        ("POST", "/orders/releases"),
        ("POST", "/commitments"),
        ("GET", f"/plans/{ANY}"),
        ("POST", f"/plans/{ANY}/commitment"),
        ("POST", f"/plans/{ANY}/replans"),
        ("POST", f"/plans/{ANY}/locks"),
        ("POST", f"/plans/{ANY}/edits"),
        ("POST", f"/plans/{ANY}/remedies"),
        ("POST", f"/plans/{ANY}/edits/undo"),
        ("GET", f"/plans/{ANY}/acts"),
        ("GET", "/plannings"),
        ("GET", f"/plannings/{ANY}"),
        ("POST", f"/plannings/{ANY}/cancellation"),
        ("GET", "/fleet"),
        ("GET", "/cases"),
        ("GET", f"/cases/{ANY}"),
        ("POST", f"/cases/{ANY}/taking"),
        ("POST", f"/cases/{ANY}/release"),
        ("POST", f"/cases/{ANY}/retry"),
        ("POST", f"/cases/{ANY}/return"),
        ("POST", f"/cases/{ANY}/replan"),
        ("POST", f"/cases/{ANY}/closing"),
        ("GET", f"/routes/{ANY}/track"),
        ("POST", f"/alerts/{ANY}/acknowledgement"),
        ("GET", "/feed"),
        ("POST", "/feed/keys"),
        ("POST", f"/feed/keys/{ANY}/end"),
        ("PUT", "/feed/devices"),
    ],
    "courier": [
        ("GET", "/routes"),
        ("GET", f"/routes/{ANY}"),
        ("POST", "/courier/acts"),
        ("POST", f"/routes/{ANY}/departure"),
        ("POST", f"/orders/{ANY}/pickup"),
        ("POST", f"/orders/{ANY}/handover"),
        ("POST", f"/orders/{ANY}/failure"),
        ("POST", "/courier/breakdown"),
        ("POST", "/readings"),
    ],
    "bureau": [
        ("GET", "/quota"),
        ("GET", "/trace-codes?code=80000000000000000001"),
        ("GET", "/suspicions"),
        ("POST", f"/suspicions/{ANY}/resolution"),
        ("POST", "/no-code-list"),
        ("POST", f"/no-code-list/{ANY}/end"),
    ],
}
FACES = {
    "alice": "/patient",
    "counter": "/counter",
    "hospital": "/hospital",
    "dispatcher": "/dispatch",
    "courier": "/courier",
    "bureau": "/bureau",
}


@pytest.mark.parametrize("role", DOORS)
def test_only_its_role_passes_a_door(platform, role):
    for name, (own, _) in CALLERS.items():
        if name not in FACES:
            continue
        caller = platform.program(name)
        for method, path in DOORS[role]:
            answer = caller.ask(method, path, {} if method != "GET" else None)
            assert (answer.status_code == 403) == (own != role), (name, method, path)


def test_a_visitor_is_asked_to_sign_in(platform):
    visitor = platform.program(None)
    for doors in DOORS.values():
        for method, path in doors:
            answer = visitor.ask(method, path, {} if method != "GET" else None)
            assert answer.status_code == 401
            assert answer.content_type == "application/problem+json"


def test_another_patients_prescription_does_not_exist(platform):
    rx = settled(platform)
    bob = platform.program("bob")
    assert bob.ask("GET", f"/prescriptions/{rx}").status_code == 404
    order = {
        "window_opens": "2025-09-15T14:00:00+08:00",
        "window_closes": "2025-09-15T17:00:00+08:00",
        "area": "330302",
        "address": "别处",
        "point": {"lon": 120.6, "lat": 28.0},
        "phone": "12000000002",
    }
    answer = bob.ask("POST", f"/prescriptions/{rx}/order", order)
    assert answer.status_code == 404


def test_another_hospitals_prescription_does_not_exist(platform):
    rx = sent(platform)
    other = platform.program("internet-hospital")
    assert other.ask("GET", f"/prescriptions/{rx}").status_code == 404
    revocation = other.ask("POST", f"/prescriptions/{rx}/revocation", {"reason": "x"})
    assert revocation.status_code == 404


def test_a_hospital_sends_only_its_own_prescriptions(platform):
    from tests import world

    other = platform.program("internet-hospital")
    answer = other.ask("POST", "/prescriptions", world.message())
    assert answer.status_code == 422
    assert answer.json["errors"][0]["where"] == "issuer"


def test_another_outlets_settlement_does_not_exist(platform):
    rx = settled(platform)
    other = platform.program("second-counter")
    for method, path, body in (
        ("GET", f"/prescriptions/{rx}/settlement", None),
        ("POST", reversal(platform, rx), {"reason": "wrong_entry"}),
        ("POST", reversal(platform, rx).replace("reversal", "resolution"), None),
        ("POST", f"/prescriptions/{rx}/collection", {"receiver": "patient"}),
        ("GET", f"/prescriptions/{rx}", None),
    ):
        answer = other.ask(method, path, body)
        assert answer.status_code == 404, path


def test_another_firms_plan_does_not_exist(platform):
    _, order, _ = on_the_road(platform)
    other = platform.program("other-dispatcher")
    assert other.ask("GET", f"/orders/{order}").status_code == 404
    assert platform.program("dispatcher").ask("GET", f"/orders/{order}").json


def test_another_couriers_parcel_does_not_exist(platform):
    _, order, rider = on_the_road(platform)
    for name in ("courier", "second-courier"):
        other = platform.program(name)
        if other.get("/routes"):
            continue
        assert other.ask("GET", f"/orders/{order}").status_code == 404
        answer = other.ask(
            "POST",
            f"/orders/{order}/failure",
            {"reason": "not_home", "outcome": "retry"},
        )
        assert answer.status_code == 404
    assert rider.get(f"/orders/{order}")["state"] == "out"


def test_only_a_patient_reads_a_full_name(platform):
    rx = sent(platform)
    own = platform.program("alice").get(f"/prescriptions/{rx}")
    seen = platform.program("counter").get(f"/prescriptions/{rx}")
    assert own["person_name"] == cast.alice.name
    assert seen["person_name"] != cast.alice.name
    assert cast.alice.id_number not in str(seen)


def test_a_patient_sees_who_has_read(platform):
    rx = sent(platform)
    platform.program("counter").get(f"/prescriptions/{rx}")
    page = platform.person("alice").get("/patient/readers").text
    assert "药店 · 鹿城大药房" in page


@pytest.mark.parametrize("name", FACES)
def test_each_face_is_open_to_its_own_role_only(platform, name):
    client = platform.person(name)
    for other, path in FACES.items():
        expected = 200 if other == name else 403
        assert client.get(path).status_code == expected, path


def test_a_visitor_is_led_to_the_sign_in_page_and_back(platform):
    client = platform.app.test_client()
    answer = client.get("/counter")
    assert answer.status_code == 302
    assert answer.location.startswith("/login?next=")


def test_a_token_does_not_open_a_page(platform):
    program = platform.program("counter")
    headers = {"Authentication-Token": program.token}
    answer = program.client.get("/counter", headers=headers)
    assert answer.status_code == 302


def test_signing_out_ends_the_session(platform):
    client = platform.person("alice")
    send(client, "/logout")
    assert client.get("/patient").status_code == 302


def test_a_form_without_its_token_is_refused(platform):
    rx = sent(platform)
    client = platform.person("counter")
    answer = client.post(f"/counter/prescriptions/{rx}/check", data={})
    assert answer.status_code == 400
    sent_anyway = client.post(f"/api/prescriptions/{rx}/checks", json={})
    assert sent_anyway.status_code == 400
    header = {"X-CSRFToken": csrf(client.get("/counter").text)}
    allowed = client.post(f"/api/prescriptions/{rx}/checks", json={}, headers=header)
    assert allowed.status_code == 200


def test_guessing_passwords_is_braked(platform):
    client = platform.app.test_client()
    wrong = {"username": "alice", "password": "guess"}
    answers = [client.post("/api/tokens", json=wrong).status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]
    right = {"username": "bob", "password": "a long enough password"}
    assert client.post("/api/tokens", json=right).status_code == 201


def test_a_wrong_password_says_nothing_about_the_account(platform):
    client = platform.app.test_client()
    pages = []
    for name in ("alice", "nobody"):
        token = csrf(client.get("/login").text)
        form = {"username": name, "password": "wrong", "csrf_token": token}
        pages.append(client.post("/login", data=form).text.replace(name, ""))
    first, second = (page.partition("role=")[2].partition("</p>")[0] for page in pages)
    assert first == second != ""


def changed(client, old: str, new: str):
    fields = {"password": old, "new_password": new, "new_password_confirm": new}
    return send(client, "/change", **fields)


def test_a_changed_password_ends_all_other_sessions_and_tokens(platform):
    first, second = platform.person("alice"), platform.person("alice")
    token = platform.program("alice")
    assert changed(first, PASSWORD, "another long password").status_code == 200
    assert first.get("/patient").status_code == 200
    assert second.get("/patient").status_code == 302
    wanted = {"purpose": "settle", "outlet": cast.LUCHENG_PHARMACY}
    assert token.ask("POST", "/insurance-codes", wanted).status_code == 401


@pytest.mark.parametrize(
    ("old", "new"),
    [("wrong", "another long password"), (PASSWORD, "short"), (PASSWORD, PASSWORD)],
)
def test_a_password_is_not_changed_for_a_bad_one(platform, old, new):
    client = platform.person("alice")
    assert "密码没有修改" in changed(client, old, new).text
    platform.person("alice")
