"""Write a prescription as a FHIR bundle: into the frame that it came in, or a new one."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from dispensing.intake.fhir import paths
from dispensing.intake.fhir.beside import Beside, extend
from dispensing.intake.fhir.bundle import FORMATS, Resource, opened
from dispensing.intake.fhir.reading import locate, wanted
from dispensing.intake.fhir.terms import Terms, terms_of
from dispensing.intake.message import PrescriptionMessage

_DAY = {"unit": "d", "system": "http://unitsofmeasure.org", "code": "d"}
# The status of a request, by the state of its prescription, where it is over.
_ENDED = {"revoked": "cancelled", "dispensed": "completed", "lapsed": "stopped"}
_PATIENT, _DOCTOR, _ROLE, _PLACE = (
    f"urn:yaoda:{name}" for name in ("patient", "doctor", "role", "institution")
)


def write_bundle(
    message: PrescriptionMessage,
    format_: str,
    extras: Mapping[str, Any] | None = None,
    *,
    stage: str = "received",
    beside: Beside | None = None,
) -> Resource:
    """Write a message in a version of FHIR; `extras` are those of a bundle that was read.

    Its requests have the status of the state of its life (`stage`); while a pharmacy may
    still fill it, that is what was sent: active. What another format said `beside` the
    message goes along as extensions.
    """
    terms = terms_of(format_)
    frame = (extras or {}).get("bundle")
    whole = deepcopy(dict(frame)) if frame else _new_frame(message, terms)
    for one in locate(opened(whole), terms):
        value = wanted(one, message)
        if value is not None and one.literal is None:
            paths.put(one.at.resource, one.slot.path, value)
    if beside is not None:
        extend(_requests(whole), beside, terms.systems["beside"])
    status = _ENDED.get(stage)
    if status is not None:
        for resource in _requests(whole):
            resource["status"] = status
    return whole


def _requests(whole: Resource) -> list[Resource]:
    found = [entry["resource"] for entry in whole["entry"]]
    return [one for one in found if one["resourceType"] == "MedicationRequest"]


def _new_frame(message: PrescriptionMessage, terms: Terms) -> Resource:
    """Make a bundle that refers to itself rightly and says nothing yet."""
    around = {
        _PATIENT: {"resourceType": "Patient"},
        _DOCTOR: {"resourceType": "Practitioner"},
        _PLACE: {"resourceType": "Organization"},
        _ROLE: {
            "resourceType": "PractitionerRole",
            "practitioner": {"reference": _DOCTOR},
            "organization": {"reference": _PLACE},
        },
    }
    entries = [{"fullUrl": url, "resource": one} for url, one in around.items()]
    for no in range(len(message.lines)):
        made = _request(message, terms)
        entries.append({"fullUrl": f"urn:yaoda:line:{no + 1}", "resource": made})
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _request(message: PrescriptionMessage, terms: Terms) -> Resource:
    supply: Resource = {"expectedSupplyDuration": dict(_DAY)}
    if message.repeat is not None:
        supply["dispenseInterval"] = dict(_DAY)
    made: Resource = {
        "resourceType": "MedicationRequest",
        "groupIdentifier": {"system": terms.systems["rx_no"]},
        "status": "active",
        "intent": "order",
        "subject": {"reference": _PATIENT},
        "requester": {"reference": _ROLE},
        "dispenseRequest": supply,
    }
    if message.refill_of is not None:
        made["priorPrescription"] = {"identifier": {"system": terms.systems["rx_no"]}}
    if terms.format == FORMATS[0]:
        made["medicationCodeableConcept"] = {}
    else:
        made["medication"] = {}
    return made
