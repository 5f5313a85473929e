"""A bundle's parts: its resources by what refers to them, and its version."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dispensing.errors import FieldError, Malformed, Words
from dispensing.intake.fhir.terms import versions

KINDS = ("message", "document", "collection")
ENTRIES_MAX = 100
FORMATS = ("fhir-r4b", "fhir-r5")
Resource = dict[str, Any]


class OtherVersion(Malformed):
    """A bundle of a version of FHIR that is not read here."""

    code = "fhir-version"

    def __init__(self, expected: str) -> None:
        super().__init__([FieldError("Bundle", expected)])
        self.words = Words(
            "不支持这个 FHIR 版本。",
            f"This version of FHIR is not read here: {expected}.",
            "请使用 FHIR R4B（4.3）或 R5（5.0）发送。",
            "Send it as FHIR R4B (4.3) or R5 (5.0).",
        )


@dataclass(frozen=True, slots=True)
class Placed:
    """A resource and where it stands in its bundle."""

    resource: Resource
    where: str

    def is_a(self, kind: str) -> bool:
        """Tell whether it is of a type."""
        return bool(self.resource.get("resourceType") == kind)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle's resources in their order, and by the addresses that name them."""

    placed: tuple[Placed, ...]
    by_address: Mapping[str, Placed] = field(default_factory=dict)

    def of(self, kind: str) -> tuple[Placed, ...]:
        """Give the resources of a type."""
        return tuple(one for one in self.placed if one.is_a(kind))

    def referred(self, by: Placed, reference: Any) -> Placed | None:
        """Give the resource that a reference names: contained, or in the bundle."""
        if not isinstance(reference, str):
            return None
        if reference.startswith("#"):
            held = by.resource.get("contained", [])
            for no, one in enumerate(held if isinstance(held, list) else []):
                if isinstance(one, dict) and one.get("id") == reference[1:]:
                    return Placed(one, f"{by.where}.contained[{no}]")
            return None
        return self.by_address.get(reference)


def opened(raw: Mapping[str, Any]) -> Bundle:
    """Read the frame of a bundle; raises Malformed."""
    if raw.get("resourceType") != "Bundle":
        raise Malformed([FieldError("Bundle.resourceType", "Bundle")])
    if raw.get("type") not in KINDS:
        raise Malformed([FieldError("Bundle.type", f"one of {', '.join(KINDS)}")])
    entries = raw.get("entry")
    if not isinstance(entries, list) or not 1 <= len(entries) <= ENTRIES_MAX:
        raise Malformed([FieldError("Bundle.entry", f"1 to {ENTRIES_MAX} entries")])
    placed: list[Placed] = []
    by_address: dict[str, Placed] = {}
    for no, entry in enumerate(entries):
        where = f"Bundle.entry[{no}]"
        if not isinstance(entry, dict) or not isinstance(entry.get("resource"), dict):
            raise Malformed([FieldError(f"{where}.resource", "a resource")])
        one = Placed(entry["resource"], f"{where}.resource")
        placed.append(one)
        for address in _addresses(entry):
            if by_address.setdefault(address, one) is not one:
                told = FieldError(where, "an address that no other entry has")
                raise Malformed([told])
    return Bundle(tuple(placed), by_address)


def format_of(bundle: Bundle, version: str | None) -> str:
    """Tell the version by the Content-Type and by the shape; raises OtherVersion."""
    shapes = {_shape(one.resource) for one in bundle.of("MedicationRequest")} - {None}
    named = versions().get(version) if version is not None else None
    if version is not None and named is None:
        raise OtherVersion(f"fhirVersion one of {', '.join(versions())}")
    found = shapes | ({named} if named else set())
    if "fhir-stu3" in found or len(found) > 1:
        raise OtherVersion("one version, R4B or R5, in all its resources")
    if not found:
        raise OtherVersion("a MedicationRequest of R4B or R5, or fhirVersion")
    return str(found.pop())


def _shape(request: Mapping[str, Any]) -> str | None:
    """Tell the version of a MedicationRequest by what only that version has."""
    requester = request.get("requester")
    if isinstance(requester, Mapping) and "agent" in requester:
        return "fhir-stu3"
    if {"context", "definition"} & request.keys():
        return "fhir-stu3"
    if "medication" in request:
        return "fhir-r5"
    older = {"medicationCodeableConcept", "medicationReference"} & request.keys()
    return "fhir-r4b" if older else None


def _addresses(entry: Mapping[str, Any]) -> Iterator[str]:
    resource = entry["resource"]
    kind, id_ = resource.get("resourceType"), resource.get("id")
    url = entry.get("fullUrl")
    if isinstance(url, str):
        yield url
    if isinstance(kind, str) and isinstance(id_, str) and url != f"{kind}/{id_}":
        yield f"{kind}/{id_}"
