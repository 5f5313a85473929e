"""Numbers that an account could try out: people's, prescriptions', and who waits then."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from dispensing.service import family, people
from fixtures import cast
from tests.intake.test_paper import sheet
from tests.platform import csrf, sent
from tests.security.harness import Check, House, done
from web import brake, guessed
from web.brake import Brake

Patch = pytest.MonkeyPatch
NOBODYS_CARD = "330302197001010014"


def named(
    house: House, number: str, who: str = "alice", person_no: str = cast.bob.person_no
) -> TestResponse:
    """Name somebody as a relative, by a number that may be wrong."""
    body = {"person_no": person_no, "id_number": number}
    return house.program(who).ask("POST", "/family-aid", body)


def waits(answer: TestResponse) -> None:
    """Hold an answer to say that it is too much, and when to come again."""
    assert answer.status_code == 429, (answer.status_code, answer.text)
    assert 0 < int(answer.headers.get("Retry-After", 0)) <= brake.WAIT_S_MAX


def relatives(house: House) -> None:
    """Try out a person's ID number, with right answers of another's in between."""
    done(named(house, cast.bob.id_number))
    for _ in range(guessed.RELATIVES_MAX - 1):
        assert named(house, cast.alice.id_number).status_code == 422
        done(named(house, cast.bob.id_number))
    assert named(house, cast.alice.id_number).status_code == 422
    waits(named(house, cast.bob.id_number))
    house.forward(seconds=brake.WAIT_S_FIRST)
    done(named(house, cast.bob.id_number))


def nobodys(house: House) -> None:
    """Ask for a person who is not insured, as for one who is."""
    known = named(house, cast.alice.id_number)
    unknown = named(house, cast.alice.id_number, person_no="I000999999")
    told: list[Any] = []
    for answer in (known, unknown):
        told.append({**(answer.json or {}), "request_id": ""})
    assert known.status_code == unknown.status_code == 422, unknown.text
    assert told[0] == told[1]


def cards(house: House) -> None:
    """Try out at a counter which ID card is the patient's."""
    rx = sent(house.platform)
    house.program("counter").post(f"/prescriptions/{rx}/claim", {})
    person = house.person("counter")
    form = {"csrf_token": csrf(person.get("/account").text)}
    path = f"/counter/prescriptions/{rx}/account"
    form["id_number"] = cast.alice.id_number
    assert person.post(path, data=form).status_code == 200
    form["id_number"] = cast.bob.id_number
    for _ in range(10):
        assert person.post(path, data=form).status_code == 422
    waits(person.post(path, data=form))


def papers(house: House) -> None:
    """Key papers in by ID numbers until one is that of somebody."""
    counter = house.program("counter")
    paper = sheet()
    paper["patient"] = {**paper["patient"], "id_number": NOBODYS_CARD}
    body = {"paper": paper, "image": None}
    for _ in range(guessed.NUMBERS_MAX):
        answer = counter.ask("POST", "/paper-prescriptions", body)
        assert answer.status_code == 422, answer.text
    waits(counter.ask("POST", "/paper-prescriptions", body))


def numbers(house: House) -> None:
    """Count an issuer's numbers up until one is a prescription; ids are found meanwhile."""
    rx = sent(house.platform)
    person = house.person("counter")
    form = {"csrf_token": csrf(person.get("/counter").text)}
    for number in range(guessed.NUMBERS_MAX):
        answer = person.post("/counter", data={**form, "scan": f"CF99{number:04}"})
        assert answer.status_code == 404, answer.text
    waits(person.post("/counter", data={**form, "scan": "CF990099"}))
    assert person.post("/counter", data={**form, "scan": str(rx)}).status_code == 302


def _lets_in(patch: Patch) -> None:
    patch.setattr(Brake, "admits", lambda _brake, _name: True)
    patch.setattr(brake, "admit", lambda *_tries: True)


def _forgets(patch: Patch) -> None:
    """Let a right answer wipe out the wrong ones before it."""
    patch.setattr(brake, "take_back", lambda work, *of: brake.forget(work, of))


def _tells_who_is_there(patch: Patch) -> None:
    patch.setattr(family, "_locked", people.person_row)


CHECKS = (
    Check("relatives", ("2.4.1", "6.3.1"), relatives, _forgets),
    Check("nobodys", ("16.5.1", "8.2.2"), nobodys, _tells_who_is_there),
    Check("cards", ("2.4.1",), cards, _lets_in),
    Check("papers", ("2.4.1",), papers, _lets_in),
    Check("numbers", ("2.4.1", "8.2.2"), numbers, _lets_in),
)
