"""What the FHIR library says of a resource: the only place that speaks it.

The library is an extra (`pip install 'yaoda[fhir]'`) and takes half a second to load, so it
is loaded at the first bundle.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from dispensing.errors import Conflict, FieldError, Words

_PACKAGES = {"fhir-r4b": "fhir.resources.R4B", "fhir-r5": "fhir.resources"}
_NAME = re.compile(r"[A-Za-z_]{1,40}")
# Resources that a bundle of a prescription may hold.
KNOWN = frozenset(
    {
        *("MessageHeader", "Composition", "MedicationRequest", "Medication"),
        *("Patient", "Practitioner", "PractitionerRole", "Organization"),
        *("Provenance", "Encounter", "Condition", "Coverage", "Location"),
        *("AllergyIntolerance", "Observation", "Binary", "DocumentReference"),
    }
)


class NotInstalled(Conflict):
    """The FHIR library is not installed."""

    code = "fhir-not-installed"

    def __init__(self) -> None:
        super().__init__(
            Words(
                "本平台没有安装 FHIR 组件。",
                "The FHIR library is not installed here.",
                "请管理员执行 pip install 'yaoda[fhir]'，或改用其他格式发送。",
                "The operator installs yaoda[fhir], or send it in another format.",
            )
        )


def faults(resource: Mapping[str, Any], format_: str, where: str) -> list[FieldError]:
    """Name what is not as FHIR has it in a resource, each with its place."""
    model = _model(str(resource["resourceType"]), format_)
    try:
        model.model_validate(resource)
    except ValidationError as error:
        return [_fault(one, where) for one in error.errors()]
    except (ValueError, TypeError, AttributeError, RecursionError):
        # The library stumbles over some things that no schema allows.
        return [FieldError(where, "a resource of this version of FHIR")]
    return []


@cache
def _model(name: str, format_: str) -> Any:
    try:
        package = import_module(_PACKAGES[format_])
    except ImportError as error:
        raise NotInstalled from error
    return package.get_fhir_model_class(name)


def _fault(error: Any, where: str) -> FieldError:
    place = where
    for part in error["loc"]:
        place += f"[{part}]" if isinstance(part, int) else f".{_name(part)}"
    return FieldError(place, _expected(error))


def _name(part: str) -> str:
    """Tell a name of FHIR; one that the sender made up may be somebody's number."""
    return part if _NAME.fullmatch(part) else "?"


def _expected(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "nothing: this version of FHIR has no such element"
    if error["type"] == "missing":
        return "a value"
    said = str(error["msg"]).partition("\n")[0].removeprefix("Value error, ")
    return " ".join(said.split())[:200]
