"""Doors in for patients: phone, insured number, ID number; and the slip of the counter."""

import json
import re
from contextlib import contextmanager

import pytest

from dispensing import service
from fixtures import cast
from fixtures.loading import insured_of
from tests.platform import PASSWORD, csrf, sent
from tests.world import DAY
from web import accounts, db, doors, resealing
from web.tables import AccountRow

NEW = {
    "username": "",
    "password": "一碗阳春面三两葱花香",
    "again": "一碗阳春面三两葱花香",
}


@pytest.fixture
def app(platform):
    return platform.app


def named(app, name):
    with app.app_context():
        found = doors.account_at(name)
    return found and found.username


@contextmanager
def work(app):
    with app.app_context(), db.open_session(app.extensions["engine"]) as session:
        yield session


def answer(platform, name, password=PASSWORD):
    visitor = platform.app.test_client()
    sent = {"username": name, "password": password}
    sent["csrf_token"] = csrf(visitor.get("/login").text)
    return visitor.post("/login", data=sent)


def without_token(page):
    return re.sub(r'value="[^"]*"', "", page.text)


@pytest.mark.parametrize(
    "name",
    [
        "alice",
        cast.alice.phone,
        f"+86 {cast.alice.phone[:3]}-{cast.alice.phone[3:]}",
        "".join(chr(ord(digit) + 0xFEE0) for digit in cast.alice.phone),
        cast.alice.person_no,
        f" {cast.alice.person_no.lower()} ",
        cast.alice.id_number,
    ],
)
def test_a_patient_signs_in_by_each_of_the_own_numbers(platform, name):
    entered = answer(platform, name)
    assert entered.status_code == 302, entered.text


def test_a_number_of_nobody_is_answered_as_that_of_somebody(platform):
    known = answer(platform, cast.alice.phone, "wrong password")
    unknown = answer(platform, "12099999999", "wrong password")
    assert known.status_code == unknown.status_code == 200
    assert without_token(known) == without_token(unknown)
    assert "家里几个人用同一个手机号的" in unknown.text


def test_a_phone_of_two_people_opens_for_neither(app, platform):
    vault = app.extensions["desk"].vault
    sister = service.NewPerson(
        person_no="I000000777",
        name="陈爱珍",
        id_number="330302195901014321",
        phone=f"+86{cast.alice.phone}",
        address="松台街道",
        point=cast.alice.point,
        born_on=cast.alice.born_on,
        insured=insured_of(cast.alice),
    )
    assert named(app, cast.alice.phone) == "alice"
    with work(app) as session:
        service.enrol(session, vault, [sister], on=DAY)
    assert named(app, cast.alice.phone) is None
    shared = answer(platform, cast.alice.phone)
    nobodys = answer(platform, "12099999999")
    assert without_token(shared) == without_token(nobodys)
    assert answer(platform, cast.alice.person_no).status_code == 302


@pytest.mark.parametrize("name", ["\0", "\ud800", "x" * 18, "I" * 64])
def test_what_is_no_name_at_all_is_nobody(app, name):
    assert named(app, name) is None


@pytest.mark.parametrize(
    "name", [cast.bob.phone, cast.bob.id_number, cast.bob.person_no.lower()]
)
def test_no_account_is_called_by_a_number_of_somebody_else(name):
    with pytest.raises(accounts.Unfit):
        accounts.NewAccount(name, "x", ("patient",), cast.alice.person_no, "x")
    own = cast.alice.person_no.lower()
    accounts.NewAccount(own, "x", ("patient",), cast.alice.person_no, "x")


def test_phones_of_before_are_indexed_by_the_sweep(app):
    with app.extensions["engine"].begin() as plain:
        plain.exec_driver_sql("UPDATE person SET phone_index = ''")
    assert named(app, cast.alice.phone) is None
    with app.app_context():
        assert resealing.catch_up(app) == len(cast.INSURED)
        assert resealing.catch_up(app) == 0
    assert named(app, cast.alice.phone) == "alice"


def slip(platform, who, rx, id_number):
    person = platform.person(who)
    path = f"/counter/prescriptions/{rx}/account"
    sent = {"id_number": id_number, "csrf_token": csrf(person.get("/account").text)}
    return person.post(path, data=sent)


@pytest.fixture
def at_counter(platform):
    """A prescription of alice's that the counter holds."""
    rx = sent(platform)
    platform.program("counter").post(f"/prescriptions/{rx}/claim", {})
    return rx


def test_the_counter_prints_a_slip_by_which_the_patient_sets_a_password(
    app, platform, at_counter
):
    before = platform.person("alice")
    shown = slip(platform, "counter", at_counter, cast.alice.id_number)
    link = re.search(
        r"http://[^/]+(/invitations/([a-z2-9]{4}-){5}[a-z2-9]{4})<", shown.text
    )
    assert link, shown.text
    assert "<svg" in shown.text and cast.alice.name not in shown.text
    phone = app.test_client()
    assert cast.alice.person_no in phone.get(link[1]).text
    assert "可以登录了" in phone.post(link[1], data=NEW).text
    assert before.get("/patient").status_code == 302
    assert answer(platform, cast.alice.phone, NEW["password"]).status_code == 302
    assert phone.post(link[1], data=NEW).status_code == 409


def test_a_patient_without_an_account_opens_one_by_the_slip(app, platform, at_counter):
    with work(app) as session:
        row = session.get(AccountRow, accounts.find(session, "alice").id)
        row.subject = "I000000999"
        session.commit()
    shown = slip(platform, "counter", at_counter, cast.alice.id_number)
    link = re.search(r"/invitations/[a-z2-9-]+", shown.text)[0]
    own = {**NEW, "username": cast.alice.person_no.lower()}
    assert "可以登录了" in app.test_client().post(link, data=own).text
    assert answer(platform, cast.alice.phone, NEW["password"]).status_code == 302


def test_no_slip_for_another_card_nor_at_another_counter(platform, at_counter):
    other = slip(platform, "counter", at_counter, cast.bob.id_number)
    assert other.status_code == 422 and "不符" in other.text
    away = slip(platform, "second-counter", at_counter, cast.alice.id_number)
    assert away.status_code == 404
    assert slip(platform, "alice", at_counter, cast.alice.id_number).status_code == 403


def test_no_slip_opens_an_account_that_is_off(app, platform, at_counter):
    with work(app) as session:
        accounts.switch(session, "alice", active=False)
    off = slip(platform, "counter", at_counter, cast.alice.id_number)
    assert off.status_code == 409 and "停用" in off.text


def test_an_answer_401_of_the_interface_says_how_to_come_in(app):
    answer = app.test_client().get("/api/proposals")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="yaoda"'
    told = json.loads(app.test_client().get("/openapi.json").text)["paths"]
    for path in told.values():
        for operation in path.values():
            if isinstance(operation, dict) and "responses" in operation:
                assert "WWW-Authenticate" in operation["responses"]["401"]["headers"]
