"""A patient closes the account: what goes, what stays under lock, and medicine as ever."""

from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from dispensing.errors import Conflict
from dispensing.sealed import at, point_of, unseal, unseal_bytes
from dispensing.service import finding_people
from dispensing.service.closing_people import Asked
from dispensing.tables import (
    AllowanceRow,
    ClosureRow,
    ConsentRow,
    OrderRow,
    PersonRow,
    RecordRow,
)
from fixtures import cast
from pharmacies.places import roughly
from routing.tables import DeliveryProofRow
from tests import world
from tests.platform import (
    PASSWORD,
    codes,
    commands,
    csrf,
    delivery,
    door_code,
    on_the_road,
    open_platform,
    send,
    sent,
    settled,
)
from web import closures, db, parts
from web.commands.given import BadInput
from web.tables import AccountRow

ALICE = cast.alice.person_no
WRITTEN = Asked("written", "operator", "admin", "2025-17")


@pytest.fixture
def platform(sqlite_url, tmp_path):
    opened = open_platform(sqlite_url, tmp_path)
    yield opened
    opened.app.extensions["engine"].dispose()


def session_of(platform):
    return db.open_session(platform.app.extensions["engine"])


def collected(platform):
    rx = settled(platform)
    platform.program("counter").ask(
        "POST", f"/prescriptions/{rx}/collection", {"receiver": "patient"}
    )
    return rx


def close(platform, person_no=ALICE, asked=WRITTEN):
    with platform.app.app_context(), session_of(platform) as session:
        now = platform.app.extensions["clock"].now()
        return closures.close(session, parts.desk(), person_no, asked, now=now)


def keep_picture(platform, order_id):
    number = uuid4()
    vault, now = platform.app.extensions["desk"].vault, world.NOON
    row = DeliveryProofRow(
        id=number,
        order_id=order_id,
        courier_code="C33030000101",
        kind="photo",
        media="image/jpeg",
        sha256=64 * "0",
        sealed=vault.seal_bytes(b"a door", at(DeliveryProofRow, "sealed", number)),
        at=now,
        received_at=now,
    )
    with session_of(platform) as session:
        session.add(row)
        session.commit()
    return number


def close_by_page(platform, password=PASSWORD):
    browser = platform.person("alice")
    form = browser.get("/patient/closing/sure").text
    fields = {"csrf_token": csrf(form), "password": password}
    return browser, browser.post("/patient/closing/sure", data=fields)


def test_the_page_tells_what_goes_and_closes_after_the_password(platform):
    rx = collected(platform)
    first = platform.person("alice").get("/patient/closing").text
    assert "电话、地址、家的位置" in first and "第四十七条" in first
    browser, wrong = close_by_page(platform, "a wrong password")
    assert wrong.status_code == 403 and "密码不对" in wrong.text
    browser, done = close_by_page(platform)
    assert "账号已注销" in done.text
    assert browser.get("/patient").status_code == 302, "signed out"
    with session_of(platform) as session:
        person = session.get_one(PersonRow, ALICE)
        vault = platform.app.extensions["desk"].vault
        assert unseal(vault, person, "phone_sealed") == ""
        assert unseal(vault, person, "address_sealed") == ""
        assert unseal(vault, person, "name") == cast.alice.name
        assert finding_people.person_named(session, vault, cast.alice.phone) is None
        assert point_of(vault, person) == roughly(cast.alice.point)
        told = session.exec(select(ConsentRow).where(ConsentRow.person_no == ALICE))
        assert {it.purpose for it in told if it.kind == "withdrawn"} == {
            "delivery",
            "helpers",
        }
        (closure,) = session.exec(select(ClosureRow)).all()
        assert (closure.way, closure.by, closure.role) == ("page", "alice", "patient")
        kinds = [it.kind for it in session.exec(select(RecordRow)).all()]
        assert kinds.count("closure") == 1
        names = select(AccountRow).where(AccountRow.subject == ALICE)
        assert session.exec(names).all() == []
    assert rx


def test_what_is_kept_is_shown_to_no_staff_and_found_by_no_search(platform):
    rx = collected(platform)
    counter = platform.program("counter")
    settlement = counter.get(f"/prescriptions/{rx}/settlement")["id"]
    close(platform)
    assert counter.ask("GET", f"/prescriptions/{rx}").status_code == 404
    assert counter.ask("GET", f"/settlements/{settlement}/receipt").status_code == 404
    hospital = platform.program("hospital")
    assert hospital.ask("GET", f"/prescriptions/{rx}").status_code == 404
    found = send(platform.person("counter"), "/counter", scan=str(rx))
    assert found.status_code == 404
    reason = {"field": "name", "reason": "contact", "note": "找患者"}
    asked = {**reason, "prescription_id": str(rx)}
    assert counter.ask("POST", "/openings", asked).status_code == 404


# Acts and looks of staff that name what is locked, each as who did or saw it before.
DOORS = (
    ("counter", "GET", "/prescriptions/{rx}/settlement", None),
    ("counter", "POST", "/prescriptions/{rx}/checks", {"voucher": "card"}),
    ("counter", "POST", "/prescriptions/{rx}/claim", {}),
    ("hospital", "POST", "/prescriptions/{rx}/revocation", {"reason": "not needed"}),
    ("counter", "GET", "/settlements/{settlement}/tenders", None),
    ("counter", "POST", "/settlements/{settlement}/resolution", None),
    ("counter", "POST", "/orders/{order}/packing", None),
    ("courier", "POST", "/orders/{order}/pickup", None),
    ("courier", "GET", "/orders/{order}", None),
    ("dispatcher", "GET", "/orders/{order}/evidence", None),
    ("bureau", "GET", "/orders/{order}/evidence", None),
)


def test_every_door_answers_to_what_is_locked_as_to_a_number_of_nobody(platform):
    rx, order, rider = on_the_road(platform)
    handed = {"code": door_code(platform, order), "receiver": "patient"}
    rider.post(f"/orders/{order}/handover", handed)
    settlement = platform.program("counter").get(f"/prescriptions/{rx}/settlement")
    close(platform)
    locked = {"rx": rx, "order": order, "settlement": settlement["id"]}
    nobodys = dict.fromkeys(locked, str(uuid4()))
    for who, method, path, body in DOORS:
        program = platform.program(who)
        told = program.ask(method, path.format(**locked), body)
        none = program.ask(method, path.format(**nobodys), body)
        assert told.status_code == none.status_code == 404, (method, path)
        assert told.json["title"] == none.json["title"], (method, path)


def test_an_officer_opens_what_is_locked_with_a_reason_on_record(platform):
    rx = collected(platform)
    asked = {"prescription_id": str(rx), "reason": "inspection", "note": "核查基金使用"}
    bureau = platform.program("bureau")
    assert bureau.ask("POST", "/openings/locked", asked).status_code == 404, (
        "not locked"
    )
    close(platform)
    found = bureau.ask("POST", "/openings/locked", asked).json
    assert found["disease"] == "hypertension"
    assert [it["state"] for it in found["settlements"]] == ["posted"]
    assert cast.alice.name not in str(found)
    counter = platform.program("counter")
    assert counter.ask("POST", "/openings/locked", asked).status_code == 403
    with session_of(platform) as session:
        subjects = [it.kind for it in session.exec(select(RecordRow)).all()]
        assert subjects.count("opening") == 1


def test_an_officer_opens_a_locked_prescription_on_a_page(platform):
    rx = collected(platform)
    close(platform)
    officer = platform.person("bureau")
    why = {"reason": "inspection", "note": "核查基金使用"}
    assert "还没有。" in officer.get("/openings/locked").text
    none = send(officer, "/openings/locked", number=str(uuid4()), **why)
    assert none.status_code == 404
    assert (
        send(officer, "/openings/locked", number=str(rx), reason="").status_code == 422
    )
    shown = send(officer, "/openings/locked", number=str(rx), **why).text
    assert "高血压" in shown and "只显示这一次" in shown and "核查基金使用" in shown
    assert cast.alice.name not in shown
    assert "核查基金使用" in officer.get("/openings/locked").text, "on the list"
    assert platform.person("counter").get("/openings/locked").status_code == 403


def test_a_prescription_that_comes_again_is_settled_by_card(platform):
    first = collected(platform)
    close(platform)
    again = sent(platform, 2)
    counter = platform.program("counter")
    body = {
        "voucher": "card",
        "scanned_code": cast.alice.id_number,
        "trace_codes": codes(2),
        "override": {"reason": "药师已核对"},
    }
    assert counter.put(f"/prescriptions/{again}/settlement", body)["state"] == "posted"
    handed = {"receiver": "patient"}
    assert counter.ask("POST", f"/prescriptions/{again}/collection", handed)
    assert counter.ask("GET", f"/prescriptions/{again}").status_code == 200
    assert counter.ask("GET", f"/prescriptions/{first}").status_code == 404


def test_a_delivery_leaves_no_address_behind(platform):
    rx = settled(platform)
    alice, counter = platform.program("alice"), platform.program("counter")
    order = alice.post(f"/prescriptions/{rx}/order", delivery())
    refused = alice.ask("POST", "/closing", {"password": PASSWORD})
    assert refused.status_code == 409 and refused.json["type"].endswith("person-open")
    assert [it["code"] for it in alice.get("/closing")] == ["order", "medicine"]
    counter.post(f"/orders/{order['id']}/cancellation")
    counter.ask("POST", f"/prescriptions/{rx}/collection", {"receiver": "patient"})
    assert alice.get("/closing") == []
    picture = keep_picture(platform, UUID(order["id"]))
    assert alice.ask("GET", f"/proofs/{picture}").status_code == 200
    said = alice.ask("POST", "/closing", {"password": "a wrong password"})
    assert said.json["type"].endswith("wrong-password")
    told = alice.ask("POST", "/closing", {"password": PASSWORD}).json
    assert (told["accounts"], told["orders"], told["prescriptions"]) == (1, 1, 1)
    with session_of(platform) as session:
        (row,) = session.exec(select(OrderRow)).all()
        vault = platform.app.extensions["desk"].vault
        kept = [unseal(vault, row, it) for it in ("address_sealed", "phone_sealed")]
        assert kept == ["", ""]
        assert point_of(vault, row) == roughly(cast.alice.point)
        proof = session.get_one(DeliveryProofRow, picture)
        assert unseal_bytes(vault, proof, "sealed") == b""
    assert counter.ask("GET", f"/orders/{order['id']}").status_code == 404


def test_a_firms_numbers_stay_whole_and_list_nothing_that_is_locked(platform):
    _, order, rider = on_the_road(platform)
    handed = {"code": door_code(platform, order), "receiver": "patient"}
    rider.post(f"/orders/{order}/handover", handed)
    firm = platform.program("dispatcher")
    before = firm.get("/carriers/deliveries")
    assert (before["total"], before["locked"], len(before["listed"])) == (1, 0, 1)
    close(platform)
    after = firm.get("/carriers/deliveries")
    assert (after["total"], after["locked"], after["listed"]) == (1, 1, [])
    assert firm.get("/carriers/scores")["scores"][0]["ended"] == 1
    page = platform.person("bureau").get("/bureau/carriers/deliveries").text
    assert "其中 1 单的患者已注销账号" in page and str(order)[:8] not in page


def test_a_settlement_after_the_closing_is_reversed_as_ever(platform):
    first = collected(platform)
    counter, reason = platform.program("counter"), {"reason": "wrong_entry"}
    before = counter.get(f"/prescriptions/{first}/settlement")["id"]
    close(platform)
    again = sent(platform, 2)
    body = {
        "voucher": "card",
        "scanned_code": cast.alice.id_number,
        "trace_codes": codes(2),
        "override": {"reason": "药师已核对"},
    }
    made = counter.put(f"/prescriptions/{again}/settlement", body)
    year = allowance(platform)
    back = counter.post(f"/settlements/{made['id']}/reversal", reason)
    assert back["state"] == "reversed"
    assert allowance(platform) == year - made["fund_fen"]
    assert counter.post(f"/settlements/{made['id']}/reversal", reason) == back
    assert counter.get(f"/prescriptions/{again}")["state"] == "received"
    old = counter.ask("POST", f"/settlements/{before}/reversal", reason)
    assert old.status_code == 404, "locked, as if there were none"


def allowance(platform):
    with session_of(platform) as session:
        (row,) = session.exec(
            select(AllowanceRow).where(AllowanceRow.person_no == ALICE)
        )
        return row.fund_fen


def test_an_unanswered_complaint_is_answered_first(platform):
    rx = collected(platform)
    said = {"about": "outlet", "party": cast.LUCHENG_PHARMACY, "topic": "other"}
    alice = platform.program("alice")
    alice.post(f"/prescriptions/{rx}/feedback", {**said, "words": "等了两个小时"})
    with pytest.raises(Conflict) as refused:
        close(platform)
    assert "投诉" in refused.value.words.zh and refused.value.words.next_zh


def test_closing_twice_is_harmless(platform):
    collected(platform)
    assert close(platform).accounts == 1
    assert close(platform) == closures.Closed(0, 0, 0, 0, 0)
    with session_of(platform) as session:
        assert len(session.exec(select(ClosureRow)).all()) == 1


def test_cut_off_in_the_middle_nothing_is_left_in_part(platform, monkeypatch):
    collected(platform)

    def die(*_, **__):
        raise RuntimeError("cut off")

    monkeypatch.setattr(closures, "_remove", die)
    with pytest.raises(RuntimeError, match="cut off"):
        close(platform)
    with session_of(platform) as session:
        person = session.get_one(PersonRow, ALICE)
        vault = platform.app.extensions["desk"].vault
        assert unseal(vault, person, "phone_sealed") == cast.alice.phone
        assert person.closed_at is None
        assert session.exec(select(ClosureRow)).all() == []


def test_the_command_closes_on_a_written_request(platform, monkeypatch):
    collected(platform)
    yaoda = commands(platform, monkeypatch)
    done = yaoda("people", "close", ALICE, "--request", "2025-17")
    assert "locked 1 prescriptions" in done.output, done.output
    assert yaoda("people", "close", ALICE, "--request", "2025-17").exit_code == 0
    with session_of(platform) as session:
        (row,) = session.exec(select(ClosureRow)).all()
        assert (row.way, row.note) == ("written", "2025-17")
    with pytest.raises(BadInput, match="No such"):
        run(yaoda("people", "close", "I999999999", "--request", "2025-18"))


def run(result):
    if result.exception is not None:
        raise result.exception
