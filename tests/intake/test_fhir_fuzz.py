"""Five hundred bundles bent by chance: each gets a typed answer, and none is half taken in."""

import copy
import random
from decimal import Decimal

from sqlmodel import func, select

from dispensing import service
from dispensing.errors import Conflict, Malformed
from dispensing.intake.fhir.reading import read_bundle
from dispensing.intake.message import dumps
from dispensing.tables import EventRow, PrescriptionLineRow, PrescriptionRow
from tests.intake import fhir_bundles as bundles
from tests.platform import platform
from tests.world import NOON

__all__ = ["platform"]
BUNDLES = 500
OVER_HTTP = 100
ODD = (
    *(None, True, False, 0, -1, 1, 2**53 - 1, Decimal("0.5"), Decimal("1E+400")),
    *("", " ", "x", "2025-13-41", "9999-12-31T23:59:59+14:00", "#", "Patient/p1"),
    *([], {}, [[]], [{}], {"a": {}}, [None], "x" * 300, "urn:yaoda:person-no"),
)


def bent(chance, raw):
    """Change a bundle at one to three places."""
    raw = copy.deepcopy(raw)
    for _ in range(chance.randint(1, 3)):
        holder, key = chance.choice([*places(raw)])
        act = chance.random()
        if act < 0.5:
            holder[key] = copy.deepcopy(chance.choice(ODD))
        elif act < 0.7:
            del holder[key]
        elif act < 0.85 and isinstance(holder, dict):
            holder[f"{key}x"] = copy.deepcopy(holder[key])
        elif isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        else:
            holder[key] = [copy.deepcopy(holder[key])]
    return raw


def places(part):
    """Give everything that can be changed, with what holds it."""
    keys = part if isinstance(part, dict) else range(len(part))
    for key in keys:
        yield part, key
        if isinstance(part[key], dict | list):
            yield from places(part[key])


def drawn(seed, count):
    chance = random.Random(seed)
    examples = [bundles.example(name) for name in bundles.EXAMPLES]
    for _ in range(count):
        yield bent(chance, chance.choice(examples))


def counted(session):
    tables = (PrescriptionRow, PrescriptionLineRow, EventRow)
    return [session.exec(select(func.count()).select_from(one)).one() for one in tables]


def test_bent_bundles_get_typed_answers_and_leave_nothing_half_done(street, desk):
    taken, lines, refused = 0, 0, 0
    for raw in drawn(7, BUNDLES):
        try:
            incoming = read_bundle(raw)
            received = service.take_in(street, desk, incoming, now=NOON)
        except (Malformed, Conflict) as error:
            assert error.words.zh and error.words.en and error.code
            street.rollback()
            refused += 1
        else:
            taken += received.created
            lines += len(incoming.message.lines) * received.created
    assert taken and refused > BUNDLES // 2
    assert counted(street) == [taken, lines, taken]


def test_bent_bundles_get_typed_answers_over_http(platform, record_property):
    program, told = platform.program("internet-hospital"), {}
    for raw in drawn(11, OVER_HTTP):
        answer = program.ask(
            "POST", "/fhir", data=dumps(raw), content_type="application/fhir+json"
        )
        assert answer.mimetype == "application/fhir+json"
        assert answer.json["resourceType"] == "OperationOutcome"
        issue = answer.json["issue"][0]
        assert issue["details"]["text"] and issue["diagnostics"] and issue["code"]
        told[answer.status_code] = told.get(answer.status_code, 0) + 1
    assert set(told) <= {200, 201, 400, 409, 422}
    record_property("told", f"bent bundles over HTTP: {dict(sorted(told.items()))}")
