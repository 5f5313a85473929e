"""Patients' doors: phone, insured number, ID number; the counter's slip; what is locked."""

import re
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlmodel import Session
from werkzeug.test import TestResponse

from dispensing import service
from dispensing.service.closing_people import Asked
from dispensing.tables import PersonRow
from fixtures import cast
from fixtures.loading import insured_of
from tests.platform import PASSWORD, csrf, sent
from tests.security.crawl import counted
from tests.security.harness import Check, House
from tests.world import DAY
from web import accounts, closures, doors, slips, under_lock, unmasking
from web.accounts import Account

Patch = pytest.MonkeyPatch
NOBODYS_PHONE = "12099999999"
SISTER_ID = "330302195901014321"


def entered(house: House, name: str, password: str = PASSWORD) -> TestResponse:
    """Sign in at the form, in a browser of its own."""
    visitor = house.visitor()
    form = {"username": name, "password": password}
    form["csrf_token"] = csrf(visitor.get("/login").text)
    return visitor.post("/login", data=form)


def alike(one: TestResponse, other: TestResponse) -> None:
    """Hold two answers to say the same, but for their tokens."""
    told = [re.sub(r'value="[^"]*"', "", each.text) for each in (one, other)]
    assert one.status_code == other.status_code == 200
    assert told[0] == told[1]


def named(house: House, name: str) -> Account | None:
    """Find the account behind a name."""
    with house.app.app_context():
        return doors.account_at(name)


def told_apart(house: House) -> None:
    """Ask by a phone of somebody and by one of nobody: same words, same queries."""
    known = entered(house, cast.alice.phone, "wrong password")
    alike(known, entered(house, NOBODYS_PHONE, "wrong password"))
    asked = {}
    for name in ("alice", "nobody", cast.alice.phone, NOBODYS_PHONE, "I999999999"):
        with counted(house.engine) as asked[name]:
            named(house, name)
    assert len({len(each) for each in asked.values()}) == 1, asked


def _looks_for_accounts_of_somebody_alone(patch: Patch) -> None:
    found = doors._account_of

    def hasty(session: Session, person_no: str) -> str:
        return found(session, person_no) if person_no else ""

    patch.setattr(doors, "_account_of", hasty)


def shared_phone(house: House) -> None:
    """Sign in by the phone of two people, with the password of one of them."""
    sister = service.NewPerson(
        person_no="I000000777",
        name="陈爱珍",
        id_number=SISTER_ID,
        phone=f"+86{cast.alice.phone}",
        address="松台街道",
        point=cast.alice.point,
        born_on=cast.alice.born_on,
        insured=insured_of(cast.alice),
    )
    found = named(house, cast.alice.phone)
    assert found is not None and found.username == "alice"
    with house.app.app_context(), house.session() as session:
        service.enrol(session, house.desk.vault, [sister], on=DAY)
    alike(entered(house, cast.alice.phone), entered(house, NOBODYS_PHONE))


def _takes_the_first(patch: Patch) -> None:
    def first(session: Session, vault: object, name: str) -> str | None:
        query = service.finding_people.select(PersonRow.person_no)
        is_it = service.finding_people._is(vault, name)  # type: ignore[arg-type]
        return session.exec(query.where(is_it)).first()

    patch.setattr(service, "person_named", first)


def spellings(house: House) -> None:
    """Spell one phone in three ways, to have the tries of three names."""
    house.app.extensions["brakes"]["both"].failures_max = 2
    for spelling in ("120-0000-0009", "+86 12000000009"):
        assert entered(house, spelling).status_code == 200
    held = entered(house, "１２００0000009")
    assert held.status_code == 429 and int(held.headers["Retry-After"]) > 0


def switched_off(house: House) -> None:
    """Sign in by the phone to an account that somebody switched off."""
    with house.app.app_context(), house.session() as session:
        accounts.switch(session, "alice", active=False)
    alike(entered(house, cast.alice.phone), entered(house, NOBODYS_PHONE))


def _counts_every_account(patch: Patch) -> None:
    """Look at the numbers alone, at the door and at the sign-in."""
    patch.setattr(doors, "_account_of", lambda *_: "alice")
    patch.setattr(Account, "is_active", True)


def borrowed_name(house: House) -> None:
    """Call an account by a number that is somebody else's way in."""
    wanted = accounts.NewAccount("own", "x", ("patient",), cast.alice.person_no, "x")
    for name in (cast.bob.phone, cast.bob.id_number, cast.bob.person_no.lower()):
        try:
            replace(wanted, username=name)
        except accounts.Unfit:
            continue
        raise AssertionError(name)


def _slip(house: House, who: str, rx: object, id_number: str) -> TestResponse:
    person = house.person(who)
    form = {
        "id_number": id_number,
        "csrf_token": csrf(person.get("/account").text),
    }
    return person.post(f"/counter/prescriptions/{rx}/account", data=form)


def slip_for_another(house: House) -> None:
    """Print a slip by the card of somebody else, who then could set the password."""
    rx = sent(house.platform)
    house.program("counter").post(f"/prescriptions/{rx}/claim", {})
    assert _slip(house, "counter", rx, cast.alice.id_number).status_code == 200
    wrong = _slip(house, "counter", rx, cast.bob.id_number)
    assert wrong.status_code == 422 and "/invitations/" not in wrong.text


def _asks_for_no_card(patch: Patch) -> None:
    patch.setattr(slips.service, "name_by_card", lambda *_: "陈爱珠")


def slip_elsewhere(house: House) -> None:
    """Print a slip at a counter that does not hold the prescription."""
    rx = sent(house.platform)
    house.program("counter").post(f"/prescriptions/{rx}/claim", {})
    away = _slip(house, "second-counter", rx, cast.alice.id_number)
    assert away.status_code == 404, away.status_code


def locked(house: House) -> None:
    """Act on a prescription, as who sent it, after its patient has closed the account."""
    rx = sent(house.platform)
    hospital = house.program("hospital")
    why = {"reason": "issued in error"}
    path = "/prescriptions/{}/revocation"
    assert hospital.ask("POST", path.format(rx), why).status_code < 300
    _close(house, cast.alice.person_no)
    told = hospital.ask("POST", path.format(rx), why)
    none = hospital.ask("POST", path.format(uuid4()), why)
    assert told.status_code == none.status_code == 404, told.text


def _close(house: House, person_no: str) -> None:
    asked = Asked("written", "operator", "admin", "2025-17")
    desk = house.desk
    with house.app.app_context(), house.session() as session:
        closures.close(session, desk, person_no, asked, now=house.clock.now())


CHECKS = (
    Check(
        "apart", ("6.3.8", "16.5.1"), told_apart, _looks_for_accounts_of_somebody_alone
    ),
    Check("shared-phone", ("6.3.1",), shared_phone, _takes_the_first),
    Check(
        "spellings",
        ("6.3.1",),
        spellings,
        lambda patch: patch.setattr(doors, "folded", lambda name: name),
    ),
    Check(
        "switched-off",
        ("7.4.2",),
        switched_off,
        _counts_every_account,
    ),
    Check(
        "borrowed-name",
        ("6.3.1",),
        borrowed_name,
        lambda patch: patch.setattr(accounts.NewAccount, "__post_init__", lambda _: 0),
    ),
    Check("slip-for-another", ("6.4.4",), slip_for_another, _asks_for_no_card),
    Check(
        "slip-elsewhere",
        ("8.2.2",),
        slip_elsewhere,
        lambda patch: patch.setattr(unmasking, "whose", lambda _: None),
    ),
    Check(
        "locked",
        ("8.2.2", "个人信息保护法 47"),
        locked,
        lambda patch: patch.setattr(under_lock, "named_locked", lambda *_, **__: False),
    ),
)
