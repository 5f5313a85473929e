"""What a person may ask for: to be no number of few, and to be forgotten as far as the law lets."""

import pytest

from dispensing.sealed import unseal
from dispensing.service import closing_people
from dispensing.service.closing_people import Asked
from dispensing.service.needing import Need
from dispensing.tables import PersonRow
from fixtures import cast
from pharmacies.places import Point
from routing.service import siting
from tests.security.harness import Check, House
from tests.world import NOON
from web import closures

Patch = pytest.MonkeyPatch
ENOUGH = 5


def lived_in() -> list[Need]:
    """Make up homes: a village of one, a hamlet of four, a street of many."""
    homes = {(120.123, 27.456): 1, (120.124, 27.457): 4, (120.7, 28.0): 60}
    return [
        Need(Point(*at), "330302", frozenset(), frozenset({"diabetes"}), persons)
        for at, persons in homes.items()
    ]


def crowded(house: House) -> None:
    """Look at the map of homes that an officer and a report are shown."""
    needs = lived_in()
    nobody = [siting.np.array([], dtype=int)] * len(needs)
    spots = siting._spots(needs, nobody, nobody, set())
    told = [spot.before + spot.newly + spot.without for spot in spots]
    assert sum(told) == sum(need.persons for need in needs), told
    assert min(told) >= ENOUGH, told


def shows_each(patch: Patch) -> None:
    """Show every home by itself."""
    patch.setattr(siting, "gathered", dict)


def forgotten(house: House) -> None:
    """Close an account, and look for what no duty keeps."""
    person_no = cast.bob.person_no
    asked = Asked("written", "operator", "admin", "2025-17")
    house.program("bob")
    with house.app.app_context(), house.session() as session:
        closures.close(session, house.desk, person_no, asked, now=NOON)
    with house.session() as session:
        row = session.get_one(PersonRow, person_no)
        kept = [
            unseal(house.desk.vault, row, column)
            for column in ("phone_sealed", "address_sealed")
        ]
    assert kept == ["", ""], [len(each) for each in kept]


def keeps_all(patch: Patch) -> None:
    """Close the account, and keep what lay in it."""
    patch.setattr(closing_people, "seal_in", lambda *_given: None)


CHECKS = (
    Check(
        "no place on a map tells of fewer than five people",
        ("GB/T 39725-2020", "个人信息保护法 51"),
        crowded,
        shows_each,
    ),
    Check(
        "a closed account keeps neither phone nor address",
        ("个人信息保护法 47",),
        forgotten,
        keeps_all,
    ),
)
