"""Consents over the interface, on the page and at the counter: given, withdrawn, enforced."""

import pytest
from sqlalchemy import text
from sqlmodel import select

from dispensing.tables import ConsentRow, ConsentTextRow, OrderRow
from fixtures import cast
from tests.platform import delivery, open_platform, send, settled
from web import db


@pytest.fixture
def platform(sqlite_url, tmp_path):
    opened = open_platform(sqlite_url, tmp_path)
    yield opened
    opened.app.extensions["engine"].dispose()


def session_of(platform):
    return db.open_session(platform.app.extensions["engine"])


def consent_of(program, purpose="delivery"):
    (found,) = [each for each in program.get("/consents") if each["purpose"] == purpose]
    return found


def test_what_is_withdrawn_stops_new_orders_and_undoes_nothing(platform):
    alice = platform.program("alice")
    first = settled(platform)
    order = alice.post(f"/prescriptions/{first}/order", delivery())
    alice.ask("DELETE", "/consents/delivery")
    assert not consent_of(alice)["stands"]
    assert alice.get(f"/orders/{order['id']}")["state"] == "placed"
    again = alice.ask("POST", f"/prescriptions/{first}/order", delivery())
    assert again.status_code == 201, "the same order, asked again"


def test_an_order_carries_the_consent_to_the_text_that_was_shown(platform):
    alice, rx = platform.program("alice"), settled(platform)
    alice.ask("DELETE", "/consents/delivery")
    path, shown = f"/prescriptions/{rx}/order", consent_of(alice)["sha256"]
    other = {**delivery(), "consent": {"sha256": 64 * "0"}}
    assert alice.ask("POST", path, other).status_code == 422
    assert alice.ask("POST", path, delivery()).json["type"].endswith("no-consent")
    alice.post(path, {**delivery(), "consent": {"sha256": shown}})
    with session_of(platform) as session:
        kept = session.exec(select(ConsentRow).order_by(ConsentRow.id)).all()[-1]
        assert (kept.kind, kept.way, kept.by) == ("given", "page", "alice")
        assert "配送公司" in session.get_one(ConsentTextRow, kept.text_sha256).text
        assert len(session.exec(select(OrderRow)).all()) == 1


def test_a_counter_writes_down_how_it_was_given(platform):
    alice, counter = platform.program("alice"), platform.program("counter")
    rx = settled(platform)
    alice.ask("DELETE", "/consents/delivery")
    path = f"/prescriptions/{rx}/consents/delivery"
    body = {"sha256": consent_of(alice)["sha256"], "way": "helper"}
    assert counter.ask("PUT", path, body).status_code == 200
    found = consent_of(alice)
    assert (found["stands"], found["way"]) == (True, "helper")
    assert counter.ask("DELETE", path).status_code == 200
    assert not consent_of(alice)["stands"]
    stranger = platform.program("bob").ask("PUT", path, body)
    assert stranger.status_code == 403


def test_withdrawing_ends_what_helpers_hold(platform):
    alice, rx = platform.program("alice"), settled(platform)
    bob = {"person_no": cast.bob.person_no, "id_number": cast.bob.id_number}
    assert len(alice.post("/family-agents", bob)) == 1
    alice.ask("DELETE", "/consents/helpers")
    assert alice.get("/family-agents") == []
    assert alice.ask("POST", "/family-agents", bob).json["type"].endswith("no-consent")
    shared = {
        "prescriptions": [str(rx)],
        "share_with": "helper",
        "helper": {"name": "林小妹", "phone_tail": "0001"},
    }
    assert alice.ask("POST", "/access-codes", shared).status_code == 409


def test_a_purpose_that_is_none_is_refused(platform):
    said = platform.program("alice").ask("DELETE", "/consents/advertising")
    assert said.status_code == 404


def test_the_page_tells_what_follows_before_it_withdraws(platform):
    alice, rx = platform.person("alice"), settled(platform)
    asked = send(alice, "/patient/consents/delivery/withdraw")
    assert "已经预约的照常送" in asked.text and "确定撤回" in asked.text
    page = send(alice, "/patient/consents/delivery/withdraw", sure="1").text
    assert "未同意" in page and "第二十三条" in page and "不用您同意的" in page
    form = alice.get(f"/patient/prescriptions/{rx}/order").text
    assert "您的姓名、电话、地址会交给配送公司" in form and 'name="consent"' in form
    counter = platform.person("counter").get(f"/counter/prescriptions/{rx}").text
    assert "患者在纸上签字" in counter


def test_nobody_writes_a_consent_over(platform):
    with session_of(platform) as session, pytest.raises(Exception, match="append-only"):
        session.execute(text("UPDATE consent SET kind = 'given'"))
