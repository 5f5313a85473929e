"""What is personal is read by whom it concerns, in its place, with a record, and by no thief."""

import io
import logging
from collections.abc import Callable

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import text
from sqlmodel import select

from dispensing import vault
from dispensing.sealed import seal_in, unseal
from dispensing.service import listing, ordering, reading
from dispensing.tables import (
    AssessmentRow,
    OrderRow,
    PersonRow,
    ReadRow,
    RegistrationRow,
)
from dispensing.vault import Vault
from fixtures import cast
from tests.platform import delivery, sent, settled
from tests.security.harness import Check, House, done, refused
from web import observe, scanning, scanning_files
from web.scanning_diseases import beside_people

Patch = pytest.MonkeyPatch
PEOPLE = (cast.alice, cast.bob)
SEARCHED = scanning.values(
    {
        value: (what, each.person_no)
        for each in PEOPLE
        for what, value in (
            ("ID number", each.id_number),
            ("phone", each.phone),
            ("address", each.address),
            ("home point", str(each.point)),
            ("name", each.name),
        )
    },
    len(PEOPLE),
)


def journey(house: House) -> list[str]:
    """Settle, deliver, be mistaken, look around; give every address that was asked."""
    asked = list[str]()
    house.app.before_request(lambda: asked.append(_address()))
    rx = settled(house.platform, reason="药师已核对")
    alice, counter = house.program("alice"), house.program("counter")
    wanted = delivery(address=cast.alice.address, phone=cast.alice.phone)
    alice.post(f"/prescriptions/{rx}/order", wanted)
    for body in ({"id_number": cast.alice.id_number}, [cast.alice.phone], {}):
        alice.ask("POST", "/family-aid", body)
        counter.ask("PUT", f"/prescriptions/{rx}/settlement", body)
        house.program("hospital").ask("POST", "/prescriptions", body)
    leave = {"person_no": cast.alice.person_no, "id_number": cast.alice.id_number}
    house.program("bob").ask("POST", "/family-aid", leave)
    page = house.person("counter")
    for path in ("/counter", f"/counter/prescriptions/{rx}", "/counter/none"):
        page.get(path)
    return asked


def _address() -> str:
    from flask import request

    return request.full_path


def lie_about(house: House) -> list[scanning.Found]:
    """Search the database with its log, and whatever else lies beside it but the keys."""
    found = list[scanning.Found]()
    for path in sorted(house.folder.rglob("*")):
        if path.is_file() and "secrets" not in path.parts:
            found += scanning_files.in_files(path, SEARCHED)
    return found


def stolen(house: House) -> None:
    """Take the database away without the keys."""
    journey(house)
    files = [path.name for path in house.folder.rglob("*.db*") if path.is_file()]
    assert files, "there is something to take away"
    found = lie_about(house)
    assert not found, found


def looked_into(house: House) -> None:
    """Look into every row that hangs on a person for what the person has."""
    journey(house)
    with house.session() as session:
        assert session.exec(select(RegistrationRow)).first(), "somebody has a disease"
        assert session.exec(select(AssessmentRow)).first(), "something was decided"
    found = list(beside_people(house.engine))
    assert not found, found


def leaves_diseases(patch: Patch) -> None:
    """Keep what somebody has in the open, to count it faster."""
    _leave(patch, lambda place: place.column in {"disease_sealed", "record_sealed"})


def seals_nothing(patch: Patch) -> None:
    """Write down what is given, as it is given."""
    _leave(patch, lambda _place: True)


def _leave(patch: Patch, is_left: Callable[[vault.Place], bool]) -> None:
    """Seal all but some places; what was sealed there before opens."""
    seals, opens = Vault.seal, Vault.open

    def seal(self: Vault, given: str, place: vault.Place) -> str:
        return given if is_left(place) else seals(self, given, place)

    def opened(self: Vault, kept: str, place: vault.Place) -> str:
        return opens(self, kept, place) if kept[:12] in _NAMES else kept

    patch.setattr(Vault, "seal", seal)
    patch.setattr(Vault, "open", opened)


_NAMES = {"aes-256-gcm.", "sm4-gcm.0001"}


def unlogged(house: House) -> None:
    """Read every log, every address that was asked, and every figure."""
    sink = io.StringIO()
    handler, root = logging.StreamHandler(sink), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        asked = journey(house)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert '"event": "answer"' in sink.getvalue(), "there is a log"
    metrics = house.visitor().get("/metrics").text
    for told in (sink.getvalue(), "\n".join(asked), metrics):
        found = SEARCHED.search(told)
        assert not found, found


def logs_what_came(patch: Patch) -> None:
    """Log the body, to find faults sooner."""
    from flask import request

    kept = observe._log

    def log(rule: str, status: int, spent_s: float) -> None:
        observe.log.info("came", body=request.get_data(as_text=True))
        kept(rule, status, spent_s)

    patch.setattr(observe, "_log", log)


def masked(house: House) -> None:
    """Look at what staff are shown."""
    rx = sent(house.platform)
    counter, page = house.program("counter"), house.person("counter")
    shown = [
        counter.ask("GET", f"/prescriptions/{rx}").text,
        page.get(f"/counter/prescriptions/{rx}").text,
        page.get("/counter").text,
    ]
    assert cast.alice.name[0] + "**" in shown[0], shown[0]
    for each in shown:
        found = SEARCHED.search(each)
        assert not found, found


def shows_names(patch: Patch) -> None:
    """Show staff the whole name."""
    for module in (listing, reading):
        patch.setattr(module, "mask_name", lambda name: name)


def recorded(house: House) -> None:
    """Read as staff, and look for the record as the person."""
    rx = sent(house.platform)
    house.program("counter").get(f"/prescriptions/{rx}")
    with house.session() as session:
        reads = session.exec(select(ReadRow)).all()
    told = {(row.person_no, row.user) for row in reads}
    assert (cast.alice.person_no, "counter") in told, told


def reads_unseen(patch: Patch) -> None:
    """Keep no record of what one pharmacy reads."""
    patch.setattr(reading, "record_read", lambda *_given: None)


def bound(house: House) -> None:
    """Copy one person's phone over another's, past the program."""
    with house.session() as session:
        for each in PEOPLE:
            row = session.get_one(PersonRow, each.person_no)
            seal_in(house.desk.vault, row, "phone_sealed", each.phone)
        session.commit()
    home = "SELECT phone_sealed FROM person WHERE person_no = :of"
    put = "UPDATE person SET phone_sealed = :phone WHERE person_no = :no"
    with house.engine.begin() as connection:
        taken = connection.scalar(text(home), {"of": cast.bob.person_no})
        given = {"phone": taken, "no": cast.alice.person_no}
        connection.execute(text(put), given)
    with house.session() as session:
        try:
            row = session.get_one(PersonRow, cast.alice.person_no)
            opened = unseal(house.desk.vault, row, "phone_sealed")
        except InvalidTag:
            return
    raise AssertionError(f"opened in another row, {len(opened)} digits")


def binds_nothing(patch: Patch) -> None:
    """Authenticate the value alone."""
    patch.setattr(vault, "_bound", lambda _key, _place: b"")


def agreed(house: House) -> None:
    """Withdraw the consent to deliveries, then order one: as the patient, and at the counter."""
    rx = settled(house.platform)
    alice, counter = house.program("alice"), house.program("counter")
    done(alice.ask("DELETE", "/consents/delivery"))
    for who in (alice, counter):
        refused(who.ask("POST", f"/prescriptions/{rx}/order", delivery()), "no-consent")
    with house.session() as session:
        assert session.exec(select(OrderRow)).all() == []


def asks_nobody(patch: Patch) -> None:
    """Order deliveries whatever the patient has agreed to."""
    patch.setattr(ordering, "require", lambda *_given: None)


CHECKS = (
    Check(
        "a stolen database tells no ID number, phone, address, home or name",
        ("ASVS 14.2.4", "ASVS 11.3.2", "个人信息保护法 51"),
        stolen,
        seals_nothing,
    ),
    Check(
        "a stolen database tells no disease beside a person",
        ("ASVS 14.2.4", "个人信息保护法 28", "个人信息保护法 51"),
        looked_into,
        leaves_diseases,
    ),
    Check(
        "no log, address or figure tells who somebody is",
        ("ASVS 14.2.1", "ASVS 16.2.5", "个人信息保护法 51"),
        unlogged,
        logs_what_came,
    ),
    Check(
        "staff see people masked",
        ("ASVS 14.2.6", "个人信息保护法 6"),
        masked,
        shows_names,
    ),
    Check(
        "whoever reads a person's data stands in the read log",
        ("ASVS 16.3.3", "个人信息保护法 51"),
        recorded,
        reads_unseen,
    ),
    Check(
        "a sealed value opens in its own row alone",
        ("ASVS 11.3.3",),
        bound,
        binds_nothing,
    ),
    Check(
        "without the patient's consent no delivery firm is told of them",
        ("个人信息保护法 15", "个人信息保护法 23", "个人信息保护法 29"),
        agreed,
        asks_nobody,
    ),
)
