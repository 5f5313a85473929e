"""What is not exactly as described is refused with a problem, and leaves nothing behind."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlmodel import Session, func, select

from dispensing.tables import EventRow, PrescriptionLineRow, PrescriptionRow
from tests import world
from web.strict import NotStrict, parse

WRONG: tuple[Any, ...] = (
    None,
    7,
    -1,
    1.5,
    "",
    " ",
    "\u0000",
    "\ud800",
    True,
    [],
    {},
    "x" * 5000,
)
LEFT_OUT = object()
# What may stand in a field although the sample has something else there.
ALLOWED = {
    "valid_days": (None, 7),
    "quantity": (7,),
    "supply_days": (7,),
    "long_term": (True,),
    "record_no": (None, " "),
    "signature": (None,),
    "dosage": ("", " "),
    "name": (" ",),
    "code": (" ",),
}
OPTIONAL = {"long_term", "valid_days", "record_no", "signature", "dosage"}


def changed(raw: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Copy a message with one field replaced or left out."""
    copy = json.loads(json.dumps(raw))
    inner = copy
    for part in path[:-1]:
        inner = inner[part]
    if value is LEFT_OUT:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return copy


def mutations() -> Iterator[Any]:
    """Make prescriptions that are wrong in one field each."""
    raw = world.message()
    paths: list[tuple[Any, ...]] = [(name,) for name in raw]
    paths += [("doctor", name) for name in raw["doctor"]]
    paths += [("insured", name) for name in raw["insured"]]
    paths += [("lines", 0, name) for name in raw["lines"][0]]
    for path in paths:
        for value in WRONG:
            if _is_fine(path[-1], value):
                continue
            yield pytest.param(path, value, id=f"{path[-1]}={str(value)[:12]!a}")
        if path[-1] not in OPTIONAL:
            yield pytest.param(path, LEFT_OUT, id=f"no {path[-1]}")
    yield pytest.param(("extra",), 1, id="extra field")
    yield pytest.param(("lines", 0, "price_fen"), 1, id="a price")
    yield pytest.param(("lines",), raw["lines"] * 6, id="six lines")
    yield pytest.param(("issued_at",), "2025-09-15T08:12:00", id="no offset")
    yield pytest.param(("insured", "id_number"), "330302195703124024", id="check digit")
    yield pytest.param(("insured", "person_no"), "I999999999", id="unknown person")
    yield pytest.param(
        ("lines", 0, "medicine"), "XC09CAA001A001010100009", id="unknown medicine"
    )


def _is_fine(name: Any, value: Any) -> bool:
    fine = ALLOWED.get(name, ())
    return any(type(value) is type(one) and value == one for one in fine)


def rows(platform: Any) -> int:
    """Count everything that a prescription would leave in the database."""
    with Session(platform.app.extensions["engine"]) as session:
        tables = (PrescriptionRow, PrescriptionLineRow, EventRow)
        return sum(
            session.exec(select(func.count()).select_from(table)).one()
            for table in tables
        )


def test_there_are_more_than_a_hundred_ways_to_be_wrong():
    assert len(list(mutations())) > 100


def test_every_malformed_prescription_gets_a_problem_and_leaves_nothing(platform):
    hospital = platform.program("hospital")
    for mutation in mutations():
        path, value = mutation.values
        body = json.dumps(changed(world.message(), path, value))
        answer = hospital.ask(
            "POST", "/prescriptions", data=body, content_type="application/json"
        )
        assert answer.status_code in {400, 409, 422}, (mutation.id, answer.text)
        assert answer.content_type == "application/problem+json"
        assert answer.json["detail"] and answer.json["next"], mutation.id
    assert rows(platform) == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"null", 422),
        (b"[]", 422),
        (b'"text"', 422),
        (b"\xff\xfe", 400),
        (b'{"a": 1, "a": 2}', 400),
        (b'{"a": NaN}', 400),
        (b'{"a": Infinity}', 400),
        (b'{"a": 1e999}', 400),
        (b'{"a": 123456789012345678901234567890}', 400),
        (b'{"a": ' + b"9" * 5000 + b"}", 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 50 + b"1" + b"}" * 50, 400),
        (b'{"a": "\\u0000"}', 400),
        (b'{"a": "\\ud800"}', 400),
        (b'{"\\u0007": 1}', 400),
        (b'{"a": "' + b"x" * 300_000 + b'"}', 413),
    ],
)
def test_json_that_parsers_read_differently_is_refused(platform, body, status):
    answer = platform.program("hospital").ask(
        "POST", "/prescriptions", data=body, content_type="application/json"
    )
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert rows(platform) == 0


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "multipart/form-data", None]
)
def test_only_json_is_taken(platform, content_type):
    answer = platform.program("hospital").ask(
        "POST",
        "/prescriptions",
        data=world.dumps(world.message()),
        content_type=content_type,
    )
    assert answer.status_code == 415


def test_an_unknown_method_names_those_that_are_known(platform):
    answer = platform.program("hospital").ask("DELETE", "/prescriptions")
    assert answer.status_code == 405
    assert answer.headers["Allow"]


def test_a_number_that_was_used_for_other_content_is_a_conflict(platform):
    hospital = platform.program("hospital")
    hospital.post("/prescriptions", world.message())
    other = world.message(valid_days=2)
    answer = hospital.ask("POST", "/prescriptions", other)
    assert answer.status_code == 409


def test_strict_json_reads_what_is_plain():
    assert parse(b'{"a": [1, 1.5, true, null, "\xe8\x8d\xaf"]}') == {
        "a": [1, 1.5, True, None, "药"]
    }


@pytest.mark.parametrize(
    "text", ['{"a":1,"a":1}', "NaN", "[" * 60 + "]" * 60, '"\\u0001"']
)
def test_strict_json_refuses_what_is_ambiguous(text):
    with pytest.raises(NotStrict):
        parse(text)
