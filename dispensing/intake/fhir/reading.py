"""Read a FHIR bundle as a prescription; what we do not know of it is kept beside."""

from base64 import b64decode
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from dispensing.conditions import by_icd10
from dispensing.errors import FieldError, Malformed
from dispensing.intake.fhir import paths, resources, values
from dispensing.intake.fhir.bundle import (
    FORMATS,
    Bundle,
    Placed,
    Resource,
    format_of,
    opened,
)
from dispensing.intake.fhir.terms import Slot, Terms, medicine_slot, terms_of
from dispensing.intake.incoming import Format, Incoming, Signed, claimed
from dispensing.intake.message import (
    PrescriptionMessage,
    canonical,
    dumps,
    parse_message,
)

_ORDERS = {"order", "original-order", "instance-order", "filler-order"}
_DAYS = {"d", "day", "days", "天", "日"}
# What a line and the insured are called in our own message.
_LINE = "lines.{}."


@dataclass(frozen=True, slots=True)
class Located:
    """A field of the prescription, and the place of a resource where it stands."""

    field: str
    slot: Slot
    at: Placed

    @property
    def literal(self) -> Any:
        """Give what stands there."""
        return paths.get(self.at.resource, self.slot.path)

    @property
    def where(self) -> str:
        """Name the place as FHIRPath does."""
        return f"{self.at.where}.{paths.shown(self.at.resource, self.slot.path)}"


def read_bundle(raw: Mapping[str, Any], *, version: str | None = None) -> Incoming:
    """Read a bundle; raises Malformed, which names every place that is not as expected.

    `version` is the parameter fhirVersion of the Content-Type, where there is one.
    """
    bundle = opened(raw)
    format_ = format_of(bundle, version)
    _reject_faults(raw, bundle, format_)
    terms = terms_of(format_)
    located = tuple(locate(bundle, terms))
    message = _message(located)
    kept = {"bundle": beside(raw, message, terms)}
    signed = _signed(raw, bundle, terms)
    known: Format = "fhir-r4b" if format_ == FORMATS[0] else "fhir-r5"
    return Incoming(known, message, raw, signed, kept)


def locate(bundle: Bundle, terms: Terms) -> Iterator[Located]:
    """Find where each field of a prescription stands in a bundle; raises Malformed."""
    requests = bundle.of("MedicationRequest")
    if not requests:
        raise Malformed([FieldError("Bundle.entry", "a MedicationRequest")])
    for no, request in enumerate(requests):
        for part, at in _around(bundle, request):
            for slot in terms.slots[part]:
                yield Located(slot.field, slot, at)
        for slot in terms.slots["line"]:
            if slot.field != "medicine":
                yield Located(_LINE.format(no) + slot.field, slot, request)
        yield _medicine(bundle, request, terms, no)


def beside(
    raw: Mapping[str, Any], message: PrescriptionMessage, terms: Terms
) -> Resource:
    """Keep of a bundle what the message does not say: its frame, and what we do not know.

    A value that would be written otherwise than it came stays as it is.
    """
    frame: Resource = deepcopy(dict(raw))
    for one in locate(opened(frame), terms):
        literal = one.literal
        if literal is not None and dumps(literal) == dumps(wanted(one, message)):
            paths.drop(one.at.resource, one.slot.path)
    return frame


def wanted(one: Located, message: PrescriptionMessage) -> Any:
    """Tell what a message has to say at a place; None for nothing."""
    return values.written(one.slot.kind, field_of(message, one.field), message)


def field_of(message: Any, field: str) -> Any:
    """Return a field of a message by its name, such as `lines.0.quantity`.

    A line that is not there, as a repeat that is none, says nothing.
    """
    for name in field.split("."):
        if message is None:
            return None
        if name.isdigit():
            message = message[int(name)] if int(name) < len(message) else None
        else:
            message = getattr(message, name)
    return message


def _around(bundle: Bundle, request: Placed) -> Iterator[tuple[str, Placed]]:
    """Give the resources that a request stands on: itself, patient, doctor, institution."""
    yield "request", request
    yield "patient", _needed(bundle, request, "subject", "Patient")
    doctor = _referred(bundle, request, "requester")
    role = doctor if doctor is not None and doctor.is_a("PractitionerRole") else None
    if role is not None:
        doctor = _referred(bundle, role, "practitioner")
    if doctor is None or not doctor.is_a("Practitioner"):
        where = f"{request.where}.requester"
        raise Malformed([FieldError(where, "a reference to a Practitioner here")])
    yield "practitioner", doctor
    if role is not None and "organization" in role.resource:
        yield "organization", _needed(bundle, role, "organization", "Organization")
        return
    institutions = bundle.of("Organization")
    if len(institutions) != 1:
        raise Malformed(
            [FieldError("Bundle.entry", "the Organization that prescribed")]
        )
    yield "organization", institutions[0]


def _referred(bundle: Bundle, at: Placed, name: str) -> Placed | None:
    held = at.resource.get(name)
    reference = held.get("reference") if isinstance(held, Mapping) else None
    return bundle.referred(at, reference)


def _needed(bundle: Bundle, at: Placed, name: str, kind: str) -> Placed:
    found = _referred(bundle, at, name)
    if found is None or not found.is_a(kind):
        expected = f"a reference to a {kind} here"
        raise Malformed([FieldError(f"{at.where}.{name}", expected)])
    return found


def _medicine(bundle: Bundle, request: Placed, terms: Terms, no: int) -> Located:
    field = _LINE.format(no) + "medicine"
    reference = paths.get(request.resource, terms.medication)
    if reference is not None:
        found = bundle.referred(request, reference)
        if found is None or not found.is_a("Medication"):
            where = f"{request.where}.{paths.shown(request.resource, terms.medication)}"
            raise Malformed([FieldError(where, "a reference to a Medication here")])
        return Located(field, medicine_slot(terms.format), found)
    slot = next(one for one in terms.slots["line"] if one.field == "medicine")
    return Located(field, slot, request)


def _message(located: tuple[Located, ...]) -> PrescriptionMessage:
    """Put a message together, every field of it from the bundle."""
    own, places, errors = _gathered(located)
    if errors:
        raise Malformed(errors)
    if "disease" not in own and isinstance(own.get("diagnosis"), str):
        condition = by_icd10(own["diagnosis"])
        own |= {"disease": condition.slug} if condition else {}
    try:
        return parse_message(_nested(own))
    except Malformed as error:
        told = [
            FieldError(places.get(e.where, e.where), e.expected) for e in error.errors
        ]
        raise Malformed(told) from error


def _gathered(
    located: tuple[Located, ...],
) -> tuple[dict[str, Any], dict[str, str], list[FieldError]]:
    """Read every field: its value, its place, and what is not as expected."""
    own: dict[str, Any] = {}
    places: dict[str, str] = {}
    errors: list[FieldError] = []
    issued_at = next((o.literal for o in located if o.field == "issued_at"), None)
    for one in located:
        first = one.field not in places
        places.setdefault(one.field, one.where)
        if one.literal is None:
            if not first and one.field in own:
                errors.append(FieldError(one.where, "as in the first request"))
            continue
        try:
            value = values.read(one.slot.kind, one.literal, issued_at)
        except values.NotRead as error:
            errors.append(FieldError(one.where, str(error)))
            continue
        if first:
            own[one.field] = value
        elif own.get(one.field) != value:
            errors.append(FieldError(one.where, "as in the first request"))
    return own, places, errors


def _nested(own: Mapping[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"lines": []}
    for field, value in own.items():
        inner: Any = message
        *path, last = field.split(".")
        for name in path:
            if name.isdigit():
                inner += [{} for _ in range(int(name) + 1 - len(inner))]
                inner = inner[int(name)]
            else:
                inner = inner.setdefault(name, {})
        inner[last] = value
    return message


def _reject_faults(raw: Mapping[str, Any], bundle: Bundle, format_: str) -> None:
    """Refuse what is not FHIR, and what must not be ignored and is not understood."""
    errors = resources.faults(_frame(raw), format_, "Bundle")
    for one in bundle.placed:
        kind = one.resource.get("resourceType")
        if not isinstance(kind, str) or kind not in resources.KNOWN:
            told = f"one of {', '.join(sorted(resources.KNOWN))}"
            errors.append(FieldError(f"{one.where}.resourceType", told))
            continue
        errors += resources.faults(one.resource, format_, one.where)
    errors = errors or [*_not_understood(raw, bundle)]
    if errors:
        raise Malformed(errors)


def _frame(raw: Mapping[str, Any]) -> Resource:
    """Give a bundle without its resources, which are looked at one by one."""
    entries = [
        {name: value for name, value in entry.items() if name != "resource"}
        for entry in raw["entry"]
    ]
    return {**raw, "entry": [entry for entry in entries if entry]}


def _not_understood(raw: Mapping[str, Any], bundle: Bundle) -> Iterator[FieldError]:
    for where in _modifiers(raw, "Bundle"):
        yield FieldError(where, "nothing that changes what the rest means")
    for one in bundle.of("MedicationRequest"):
        resource = one.resource
        if resource.get("status") != "active":
            yield FieldError(f"{one.where}.status", "active")
        if resource.get("intent") not in _ORDERS:
            yield FieldError(f"{one.where}.intent", "order")
        if resource.get("doNotPerform"):
            yield FieldError(f"{one.where}.doNotPerform", "false")
        for name in ("expectedSupplyDuration", "dispenseInterval"):
            span = paths.get(resource, paths.path_of(f"dispenseRequest.{name}"))
            if isinstance(span, Mapping) and not _in_days(span):
                where = f"{one.where}.dispenseRequest.{name}"
                yield FieldError(where, "days (UCUM d)")


def _in_days(span: Mapping[str, Any]) -> bool:
    said = {span.get("code"), span.get("unit")} - {None}
    return bool(said) and said <= _DAYS and "comparator" not in span


def _modifiers(part: Any, where: str) -> Iterator[str]:
    """Find what FHIR forbids to ignore: modifierExtension and implicitRules."""
    if isinstance(part, Mapping):
        for name, inner in part.items():
            if name in ("modifierExtension", "implicitRules"):
                yield f"{where}.{name}"
            else:
                yield from _modifiers(inner, f"{where}.{name}")
    elif isinstance(part, list):
        for no, inner in enumerate(part):
            yield from _modifiers(inner, f"{where}[{no}]")


def _signed(raw: Mapping[str, Any], bundle: Bundle, terms: Terms) -> Signed | None:
    """Give the signature of a bundle's Provenance: over the bundle without it."""
    found = [
        (one, signature)
        for one in bundle.of("Provenance")
        for signature in one.resource.get("signature", ())
    ]
    if not found:
        return None
    if len(found) > 1:
        where = f"{found[1][0].where}.signature"
        raise Malformed([FieldError(where, "one signature in the bundle")])
    return _read_signature(*found[0], signed_bytes(raw), terms)


def signed_bytes(raw: Mapping[str, Any]) -> bytes:
    """Return what is signed: the canonical bundle without its Provenance and its signature."""
    entries = [
        entry
        for entry in raw["entry"]
        if entry["resource"].get("resourceType") != "Provenance"
    ]
    return canonical({**raw, "entry": entries})


def _read_signature(
    at: Placed, signature: Mapping[str, Any], payload: bytes, terms: Terms
) -> Signed:
    kind, data = signature.get("sigFormat"), str(signature.get("data", ""))
    named = paths.get(signature, paths.path_of("who.identifier.value"))
    system = paths.get(signature, paths.path_of("who.identifier.system"))
    key_id = str(named) if named and system == terms.systems["key"] else ""
    if kind in terms.sm2:
        return Signed(payload, "SM2", key_id, data)
    if kind not in terms.jose:
        known = ", ".join((*terms.jose, *terms.sm2))
        told = FieldError(f"{at.where}.signature[0].sigFormat", f"one of {known}")
        raise Malformed([told])
    token = _token(data)
    return Signed(payload, claimed(token), key_id, token)


def _token(data: str) -> str:
    """Read the detached JWS; what is none is told by the verdict."""
    try:
        return b64decode(data, validate=True).decode("ascii")
    except ValueError:
        return ""
