"""The terms of FHIR bundles, read from one file: systems, places and versions."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path as File
from typing import Any

from dispensing.intake.fhir.paths import Path, path_of

FILE = File(__file__).with_name("terms.toml")
PARTS = ("patient", "practitioner", "organization", "request", "line")


@dataclass(frozen=True, slots=True)
class Slot:
    """A field of a prescription, where it stands in a resource, and how it is read."""

    field: str
    path: Path
    kind: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What one version of FHIR is read and written by."""

    format: str
    systems: Mapping[str, str]
    slots: Mapping[str, tuple[Slot, ...]]
    medication: Path  # the reference to a Medication resource
    jose: tuple[str, ...]
    sm2: tuple[str, ...]


@cache
def terms_of(format_: str) -> Terms:
    """Give the terms of `fhir-r4b` or `fhir-r5`."""
    told = _told()
    own, systems = told[format_], told["systems"]
    slots = {part: list(_slots(told[part], systems)) for part in PARTS}
    more = {
        "diagnosis": [own["diagnosis"], "text"],
        "disease": [own["disease"], "text"],
    }
    slots["request"] += _slots(more, systems)
    slots["line"] += _slots({"medicine": [own["medicine"], "text"]}, systems)
    return Terms(
        format=format_,
        systems=systems,
        slots={part: tuple(found) for part, found in slots.items()},
        medication=path_of(own["medication"]),
        jose=tuple(told["signatures"]["jose"]),
        sm2=tuple(told["signatures"]["sm2"]),
    )


@cache
def versions() -> Mapping[str, str]:
    """Give the format of each version that a Content-Type may name."""
    found: Mapping[str, str] = _told()["versions"]
    return found


@cache
def medicine_slot(format_: str) -> Slot:
    """Give the medicine's code in a Medication resource."""
    path = path_of("code.coding[system={medicine}].code".format(**_told()["systems"]))
    return Slot("medicine", path, "text")


@cache
def _told() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text("utf-8"))


def _slots(told: Mapping[str, Any], systems: Mapping[str, str]) -> list[Slot]:
    return [
        Slot(field, path_of(path.format(**systems)), kind)
        for field, (path, kind) in told.items()
    ]
