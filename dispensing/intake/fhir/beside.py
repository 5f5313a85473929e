"""What a prescription's own format says beside the message, as FHIR extensions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from dispensing.intake.fhir.bundle import Resource

_INTEGER_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Beside:
    """Fields that our own message does not have: of the prescription, and of each line.

    `kind` is the format that they are of, whose names they keep.
    """

    kind: str
    of_prescription: Mapping[str, Any]
    of_lines: Sequence[Mapping[str, Any]] = ()


def extend(requests: Sequence[Resource], beside: Beside, system: str) -> None:
    """Add what stands beside a message to its requests; what is of all, to the first one."""
    for no, request in enumerate(requests):
        fields = dict(beside.of_prescription) if no == 0 else {}
        of_line = beside.of_lines[no] if no < len(beside.of_lines) else {}
        made = [
            *_all(fields, f"{system}/{beside.kind}/"),
            *_all(of_line, f"{system}/{beside.kind}-line/"),
        ]
        if made:
            request["extension"] = [*request.get("extension", ()), *made]


def _all(fields: Mapping[str, Any], before: str = "") -> Iterator[Resource]:
    for name, value in fields.items():
        yield from _extensions(f"{before}{quote(name)}", value)


def _extensions(url: str, value: Any) -> Iterator[Resource]:
    """Write a value as an extension; a list as several, and nothing as none."""
    if isinstance(value, Mapping):
        inner = list(_all(value))
        if inner:
            yield {"url": url, "extension": inner}
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _extensions(url, one)
    elif value is not None and value != "":
        yield {"url": url, **_value(value)}


def _value(value: Any) -> Resource:
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, int) and abs(value) <= _INTEGER_MAX:
        return {"valueInteger": value}
    if isinstance(value, Decimal | int):
        return {"valueDecimal": value}
    return {"valueString": str(value)}
