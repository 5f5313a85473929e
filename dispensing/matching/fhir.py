"""A registry in FHIR: a Bundle, or NDJSON, of Patient with Condition or Flag, as rows of cells."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dispensing.identity import is_id_number
from pharmacies.catalogue.said import BadFile

HEADINGS = ("id_number", "name", "diseases", "born_on", "address", "since")
RESOURCES_MAX = 3_000_000
_RESOURCE = Mapping[str, Any]


def is_json(content: bytes) -> bool:
    """Tell whether a file begins as a JSON object does."""
    return content[:64].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def rows(content: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    """Give the headings, then of each patient and disease a row; raises BadFile.

    The number of a row is the line of its Condition in NDJSON, its place in a Bundle.
    """
    patients: dict[str, _RESOURCE] = {}
    said: dict[str, list[tuple[int, _RESOURCE]]] = defaultdict(list)
    for number, address, one in _resources(content):
        kind = one.get("resourceType")
        if kind == "Patient":
            patients[str(one.get("id") or address)] = one
            said.setdefault(str(one.get("id") or address), [])
        elif kind in ("Condition", "Flag"):
            said[_whose(one)].append((number, one))
        else:
            raise _unfit(number, f"Patient, Condition, Flag: {kind}")
    yield 0, HEADINGS
    for key, conditions in said.items():
        patient = patients.get(key)
        if patient is None:
            raise _unfit(conditions[0][0], "subject.reference: Patient")
        for number, condition in conditions or [(0, {})]:
            yield number, _cells(patient, condition)


def _resources(content: bytes) -> Iterator[tuple[int, str, _RESOURCE]]:
    try:
        whole = json.loads(content)
    except json.JSONDecodeError:
        yield from _lines(content)
        return
    except (ValueError, RecursionError):
        raise _unfit(1, "JSON") from None
    if not isinstance(whole, dict) or whole.get("resourceType") != "Bundle":
        yield 1, "", _object(1, whole)
        return
    entries = whole.get("entry")
    for number, entry in enumerate(entries if isinstance(entries, list) else (), 1):
        held = _object(number, entry)
        url = str(held.get("fullUrl", ""))
        yield number, url, _object(number, held.get("resource"))


def _lines(content: bytes) -> Iterator[tuple[int, str, _RESOURCE]]:
    for number, line in enumerate(content.splitlines(), 1):
        if number > RESOURCES_MAX:
            raise _unfit(number, f"<= {RESOURCES_MAX}")
        if line.strip():
            try:
                yield number, "", _object(number, json.loads(line))
            except (ValueError, RecursionError):
                raise _unfit(number, "JSON") from None


def _object(number: int, value: object) -> _RESOURCE:
    if not isinstance(value, dict):
        raise _unfit(number, "a resource")
    return value


def _whose(one: _RESOURCE) -> str:
    """Name the patient of a condition: the end of its reference, or all of it for a UUID."""
    subject = one.get("subject")
    reference = subject.get("reference", "") if isinstance(subject, dict) else ""
    text = str(reference)
    return text if text.startswith("urn:") else text.rpartition("/")[2]


def _cells(patient: _RESOURCE, condition: _RESOURCE) -> tuple[str, ...]:
    name, address = _first(patient.get("name")), _first(patient.get("address"))
    lines = address.get("line")
    told = address.get("text") or "".join(
        map(str, lines if isinstance(lines, list) else ())
    )
    period = condition.get("period")
    began = condition.get("recordedDate") or (
        period.get("start") if isinstance(period, dict) else ""
    )
    return (
        _id_number(patient),
        str(name.get("text") or _full(name)),
        _disease(condition),
        str(patient.get("birthDate") or ""),
        str(told or ""),
        str(began or "")[:10],
    )


def _id_number(patient: _RESOURCE) -> str:
    """Find the ID number among the identifiers: the one that is one, else the only long one."""
    found = patient.get("identifier")
    values = [
        str(each.get("value", "")).strip()
        for each in (found if isinstance(found, list) else ())
        if isinstance(each, dict)
    ]
    fit = [each for each in values if is_id_number(each.upper())]
    long = [each for each in values if len(each) in (15, 17, 18, 19)]
    return next(iter((*fit, *long)), "")


def _full(name: _RESOURCE) -> str:
    given = name.get("given")
    parts = map(str, given if isinstance(given, list) else ())
    return str(name.get("family", "")) + "".join(parts)


def _disease(condition: _RESOURCE) -> str:
    code = condition.get("code")
    coded = code if isinstance(code, dict) else {}
    first = _first(coded.get("coding"))
    return str(coded.get("text") or first.get("code") or first.get("display") or "")


def _first(value: object) -> _RESOURCE:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return value[0]
    return {}


def _unfit(number: int, expected: str) -> BadFile:
    return BadFile(
        f"第 {number} 项不是需要的 FHIR 资源，应为 {expected}。",
        f"Item {number} is not the FHIR resource that is needed: expected {expected}.",
    )
