"""The prescription message: its fields, their limits, and its one canonical form."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from dispensing.errors import FieldError, Malformed
from dispensing.identity import is_id_number
from dispensing.intake.instants import Instant

LINES_MAX = 5  # a western-medicine prescription holds at most five medicines
_MARKED = re.compile(r'"\\u0000([0-9.eE+-]+)\\u0000"')
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def _printable(text: str) -> str:
    if _UNPRINTABLE.search(text):
        raise ValueError("control characters are not accepted")
    return text


def _id_number(text: str) -> str:
    if not is_id_number(text):
        raise ValueError(
            "an 18-character ID number with a valid check digit (GB 11643)"
        )
    return text


Text = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_printable)]
LongText = Annotated[str, Field(max_length=200), AfterValidator(_printable)]
OutletCode = Annotated[
    str, Field(pattern=r"^[HP][0-9]{11}$", examples=["H33030200001"])
]
RxNumber = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,40}$")]
PersonNo = Annotated[str, Field(pattern=r"^I[0-9]{9}$", examples=["I000000001"])]
MedicineCode = Annotated[
    str,
    Field(pattern=r"^[XZ][A-Z][0-9]{2}[A-Z]{2}[A-Z0-9]{17}$"),
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Doctor(_Strict):
    """Who signed."""

    code: Text
    name: Text


class Patient(_Strict):
    """Whom it is for."""

    person_no: PersonNo
    id_number: Annotated[
        str,
        Field(min_length=18, max_length=18, examples=["33030219560312401X"]),
        AfterValidator(_printable),
        AfterValidator(_id_number),
    ]
    name: Text


class MessageLine(_Strict):
    """One medicine."""

    medicine: MedicineCode
    quantity: Annotated[int, Field(ge=1, le=999)]
    supply_days: Annotated[int, Field(ge=1, le=366)]
    dosage: LongText = ""
    route: Text | None = None  # 给药途径
    frequency: Text | None = None  # 用药频次
    single_dose: Text | None = None  # 单次剂量, with its unit
    note: LongText | None = None


class Repeat(_Strict):
    """How often a prescription may be filled, and how long lies between (续方)."""

    max: Annotated[int, Field(ge=1, le=36)]
    interval_days: Annotated[int, Field(ge=1, le=366)]


class MessageSignature(_Strict):
    """A signature over the canonical message without this field.

    For Ed25519 and ES256 a detached JWS (RFC 7515, appendix F), for SM2 with SM3 the base64
    of DER, or of r and s.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {
                    "required": ["jws"],
                    "properties": {
                        "jws": {"type": "string"},
                        "alg": {"type": "null"},
                        "value": {"type": "null"},
                    },
                },
                {
                    "required": ["alg", "value"],
                    "properties": {
                        "jws": {"type": "null"},
                        "alg": {"type": "string"},
                        "value": {"type": "string"},
                    },
                },
            ]
        }
    )

    key_id: Text
    jws: (
        Annotated[
            str, Field(max_length=2000, pattern=r"^[0-9A-Za-z_-]+\.\.[0-9A-Za-z_-]+$")
        ]
        | None
    ) = None
    alg: Literal["SM2"] | None = None
    value: (
        Annotated[str, Field(max_length=200, pattern=r"^[0-9A-Za-z+/]+={0,2}$")] | None
    ) = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = (self.jws is not None, self.alg is not None, self.value is not None)
        if given not in {(True, False, False), (False, True, True)}:
            raise ValueError("expected jws, or alg and value")
        return self


class PrescriptionMessage(_Strict):
    """A prescription as an issuer sends it (外配处方 or 互联网医院电子处方)."""

    hosp_rx_no: RxNumber
    # A photo proves no origin: it is taken in, so that the check can refuse it by its clause.
    source: Literal["external", "internet_hospital", "photo"]
    issuer: OutletCode
    doctor: Doctor
    insured: Patient
    disease: Annotated[str, Field(pattern=r"^[a-z_]{2,40}$", examples=["hypertension"])]
    diagnosis: Annotated[
        str, Field(pattern=r"^[A-Z][0-9A-Za-z.+*]{1,19}$", examples=["I10.x00"])
    ]
    issued_at: Instant
    valid_days: Annotated[int, Field(ge=1, le=366)] | None = None
    long_term: bool = False
    record_no: Text | None = None
    # Kinds of the national table (rxTypeCode): 1 western, 7 narcotic, 10 中成药, 99 other.
    rx_type: Annotated[str, Field(pattern=r"^([1-9]|10|99)$")] | None = None
    repeat: Repeat | None = None
    refill_of: RxNumber | None = None  # the issuer's number of the one it repeats
    department: Text | None = None
    lines: Annotated[tuple[MessageLine, ...], Field(min_length=1, max_length=LINES_MAX)]
    signature: MessageSignature | None = None


def parse_message(raw: Mapping[str, Any]) -> PrescriptionMessage:
    """Read a message strictly; every field that is not as expected is named in Malformed."""
    try:
        return PrescriptionMessage.model_validate_json(
            json.dumps(raw, ensure_ascii=True, default=str)
        )
    except ValidationError as error:
        raise Malformed([_field_error(one) for one in error.errors()]) from error


def canonical(raw: Mapping[str, Any]) -> bytes:
    """Return the bytes that are signed and digested: sorted keys, no white space, UTF-8.

    >>> canonical({"b": 1, "a": "药", "signature": {}}).decode()
    '{"a":"药","b":1}'
    """
    signed = {key: value for key, value in raw.items() if key != "signature"}
    return _written(_CANONICAL.encode(signed)).encode()


def dumps(value: Any, *, sort_keys: bool = False) -> str:
    """Write JSON; a Decimal as the number that it was written as.

    >>> dumps({"value": Decimal("1.50")})
    '{"value":1.50}'
    """
    return _written((_CANONICAL if sort_keys else _PLAIN).encode(value))


def _written(text: str) -> str:
    return _MARKED.sub(r"\1", text) if "\\u0000" in text else text


def _marked(value: Any) -> str:
    # No text of a message holds a null character, so a number is known by it again.
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is no JSON")
    return f"\0{value}\0"


_PLAIN, _CANONICAL = (
    json.JSONEncoder(
        ensure_ascii=False,
        check_circular=False,  # what was parsed holds nothing twice
        separators=(",", ":"),
        sort_keys=sort_keys,
        default=_marked,
    )
    for sort_keys in (False, True)
)


def _field_error(error: Any) -> FieldError:
    where = ".".join(str(part) for part in error["loc"]) or "message"
    return FieldError(where, error["msg"])
