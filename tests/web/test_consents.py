"""Consents over the interface, on the page and at the counter: given, withdrawn, enforced."""

import re

import pytest
from sqlalchemy import text
from sqlmodel import select

from dispensing import service
from dispensing.tables import ConsentRow, ConsentTextRow, OrderRow
from fixtures import cast
from tests import world
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


def test_a_counter_withdraws_for_a_patient_without_a_phone(platform):
    rx, clerk = settled(platform), platform.person("counter")
    path = f"/counter/prescriptions/{rx}/consents"
    page = clerk.get(f"/counter/prescriptions/{rx}").text
    assert path in page and "还没有同意" not in page
    assert "撤回后不再安排新的送药" in clerk.get(path).text
    asked = {"act": "withdraw", "way": "paper"}
    assert send(clerk, f"{path}/delivery", **asked, paper=" ").status_code == 422
    shown = send(clerk, f"{path}/delivery", **asked, paper="同意书 7").text
    assert "撤回，纸上签字 · 同意书 7" in shown and "登记人 counter" in shown
    with session_of(platform) as session:
        last = session.exec(select(ConsentRow).order_by(ConsentRow.id)).all()[-1]
        assert (last.kind, last.way, last.by, last.paper) == (
            "withdrawn",
            "paper",
            "counter",
            "同意书 7",
        )
    assert platform.person("second-counter").get(path).status_code == 404
    given = {"act": "give", "way": "helper", "consent": sha_of(shown)}
    assert "由代办人" in send(clerk, f"{path}/delivery", **given).text
    with session_of(platform) as session:
        found = service.verify(session, now=world.NOON)
        assert {each.what for each in found.breaks} <= {"unsealed"}


def sha_of(page):
    return re.search(r'name="consent" value="([0-9a-f]{64})"', page)[1]


def test_a_patient_who_was_never_asked_is_told_apart_where_it_is_ordered(platform):
    rx = settled(platform)
    with session_of(platform) as session:  # as an upgrade leaves it
        session.execute(text("DROP TRIGGER IF EXISTS consent_no_delete"))
        session.execute(text("DELETE FROM consent"))
        session.commit()
    page = platform.person("counter").get(f"/counter/prescriptions/{rx}").text
    assert "患者还没有同意送药" in page and "先读给患者听" in page
    mine = platform.person("alice").get(f"/patient/prescriptions/{rx}").text
    assert "送药上门要先得到您的同意" in mine


def test_nobody_writes_a_consent_over(platform):
    with session_of(platform) as session, pytest.raises(Exception, match="append-only"):
        session.execute(text("UPDATE consent SET kind = 'given'"))
