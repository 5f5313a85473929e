"""Bundles of ours in both versions, with things in them that the platform does not know."""

import json
from base64 import b64encode
from decimal import Decimal
from pathlib import Path
from typing import Any

from dispensing.intake.fhir.reading import signed_bytes
from dispensing.intake.incoming import Signed

FOLDER = Path(__file__).parent / "bundles"
EXAMPLES = sorted(path.stem for path in FOLDER.glob("*.json"))
FORMATS = {"r4b": "fhir-r4b", "r5": "fhir-r5"}
SM2_FORMAT = "application/vnd.yaoda.sm2"


def example(name: str) -> dict[str, Any]:
    """Read an example, its numbers as they are written."""
    text = (FOLDER / f"{name}.json").read_text("utf-8")
    read: dict[str, Any] = json.loads(text, parse_float=Decimal)
    return read


def format_of(name: str) -> str:
    """Tell the version of an example."""
    return FORMATS[name.partition("-")[0]]


def requests(raw: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the MedicationRequests of a bundle."""
    found = [entry["resource"] for entry in raw["entry"]]
    return [one for one in found if one["resourceType"] == "MedicationRequest"]


def with_signature(raw: dict[str, Any], made: Signed) -> dict[str, Any]:
    """Add the Provenance that carries a signature over the bundle."""
    assert made.payload == signed_bytes(raw)
    jose = made.algorithm != "SM2"
    data = b64encode(made.value.encode()).decode() if jose else made.value
    provenance = {
        "resourceType": "Provenance",
        "target": [{"reference": raw["entry"][-1]["fullUrl"]}],
        "recorded": "2025-09-15T08:12:01+08:00",
        "agent": [{"who": {"display": "温州互联网医院"}}],
        "signature": [
            {
                "type": [
                    {
                        "system": "urn:iso-astm:E1762-95:2013",
                        "code": "1.2.840.10065.1.12.1.1",
                    }
                ],
                "when": "2025-09-15T08:12:01+08:00",
                "who": {
                    "identifier": {"system": "urn:yaoda:key-id", "value": made.key_id}
                },
                "sigFormat": "application/jose" if jose else SM2_FORMAT,
                "data": data,
            }
        ],
    }
    entry = {
        "fullUrl": "urn:uuid:0d1c6e1e-5f0f-4e58-9d6e-0000000000ff",
        "resource": provenance,
    }
    return {**raw, "entry": [*raw["entry"], entry]}
