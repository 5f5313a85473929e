"""What people have is sealed, and opened together for those who ask for many."""

from datetime import date

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import text
from sqlmodel import select

from dispensing import service
from dispensing.conditions import CONDITIONS
from dispensing.sealed import unseal
from dispensing.service.diseases import (
    Registration,
    prescribed_for,
    registrations,
    registrations_in,
)
from dispensing.tables import RegistrationRow
from fixtures.cast import alice, bob, charlie
from tests import world


def has(disease: str, since: date) -> tuple[Registration, ...]:
    """Tell what somebody has who is registered for one disease."""
    return (Registration(disease, "chronic", since),)


def test_the_diseases_of_many_people_are_opened_together(street, desk):
    asked = (alice.person_no, bob.person_no, "I999999999")
    assert registrations(street, desk.vault, asked) == {
        alice.person_no: has("hypertension", date(2021, 1, 1)),
        bob.person_no: has("hyperlipidemia", date(2024, 5, 6)),
    }


def test_the_diseases_of_an_area_are_those_in_force_on_the_day(street, desk):
    found = registrations_in(street, desk.vault, "3303", on=date(2024, 5, 5))
    assert alice.person_no in found
    assert not {bob.person_no, charlie.person_no} & found.keys()
    assert charlie.person_no in registrations_in(street, desk.vault, "")


def test_prescriptions_tell_what_they_are_for(street, desk):
    rx = service.receive(street, desk, world.message(), now=world.NOON).id
    assert prescribed_for(street, desk.vault, [rx]) == {rx: "hypertension"}


def test_the_tables_hold_no_disease_in_the_open(street, desk):
    service.receive(street, desk, world.message(), now=world.NOON)
    for name in ("registration", "prescription"):
        rows = street.execute(text(f"SELECT * FROM {name}")).all()
        assert rows and not [each for each in CONDITIONS if each in str(rows)]


def test_a_disease_that_was_copied_to_somebody_else_does_not_open(street, desk):
    one, two = street.exec(select(RegistrationRow)).all()[:2]
    two.disease_sealed = one.disease_sealed
    with pytest.raises(InvalidTag):
        unseal(desk.vault, two, "disease_sealed")
