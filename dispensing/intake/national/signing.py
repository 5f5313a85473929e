"""What a national signature is over (D002): twenty fields with sorted keys, in base64.

The recipe covers the numbers, the patient, the institution, the doctor and the
pharmacist, not the medicines: see docs/messages.md for what binds those.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from dispensing.errors import FieldError, Malformed
from dispensing.intake.incoming import Signed
from dispensing.intake.national.mapping import Region
from dispensing.intake.national.messages import Attested, Node, SignRequest, Upload
from dispensing.intake.national.reading import read, write

DIGEST = "rxDigest"
_PDF = b"%PDF-"
_NAMES = tuple(one.name for one in fields(Attested))


@dataclass(frozen=True, slots=True)
class SignedValue:
    """A D002 request as it was understood: what was signed, by which key, over which lines."""

    payload: bytes
    attested: Attested
    signature: str
    key_id: str
    rx_digest: str | None = None  # as the region gives it, signed or beside
    digest_is_signed: bool = False
    file_digest: str | None = None


def digest_of(region: Region, rx: Node) -> str:
    """Give the SHA-256 of a prescription in the exact form of its region, sorted and bare."""
    return hashlib.sha256(_canonical(write(region, "rx", rx))).hexdigest()


def original_value(region: Region, attested: Attested) -> bytes:
    """Write the twenty fields that are signed: sorted keys, no white space, UTF-8."""
    return _canonical(write(region, "attested", attested))


def open_request(region: Region, request: SignRequest) -> SignedValue:
    """Open a D002 request; Malformed names what is not as the recipe has it."""
    payload = _decoded(request.original_value, "originalValue")
    said = _object(payload, "originalValue")
    if list(said) != sorted(said):
        raise _wrong("originalValue", "JSON with sorted keys")
    attested: Attested = read(region, "attested", said).value
    beside = _object(request.extras or "{}", "extras")
    within = attested.unknown.get(DIGEST)
    return SignedValue(
        payload=payload,
        attested=attested,
        signature=_text(beside, "signDigest"),
        key_id=_text(beside, "signCertSn"),
        rx_digest=str(within or beside.get(DIGEST) or "").lower() or None,
        digest_is_signed=within is not None,
        file_digest=file_digest(request.original_rx_file, "originalRxFile"),
    )


def file_digest(text: str | None, where: str) -> str | None:
    """Give the SHA-256 of a PDF in base64, or None where there is none."""
    if text is None:
        return None
    raw = _decoded(text, where)
    if not raw.startswith(_PDF):
        raise _wrong(where, "base64 of a PDF")
    return hashlib.sha256(raw).hexdigest()


def signed_of(payload: bytes, upload: Upload) -> Signed | None:
    """Give the signature that D003 carries: a detached JWS by its header, else SM2.

    A signature that names no key is one of an unknown key, not a missing one.
    """
    if upload.sign_digest is None:
        return None
    key_id = upload.sign_cert_sn or "-"
    return Signed(payload, _algorithm(upload.sign_digest), key_id, upload.sign_digest)


def attested_of(upload: Upload) -> Attested:
    """Give the twenty fields of a D003 message without what was sent beside them."""
    return Attested(**{n: getattr(upload, n) for n in _NAMES if n != "unknown"})


def differing(one: Attested, other: Attested) -> tuple[str, ...]:
    """Name the fields in which two sets of the twenty differ."""
    names = (name for name in _NAMES if name != "unknown")
    return tuple(n for n in names if getattr(one, n) != getattr(other, n))


def _algorithm(value: str) -> str:
    head, dots, _ = value.partition("..")
    if not dots:
        return "SM2"
    try:
        padded = head + "=" * (-len(head) % 4)
        header = json.loads(base64.urlsafe_b64decode(padded))
        return str(header["alg"])[:20]
    except (ValueError, TypeError, LookupError, RecursionError):
        return "unknown"


def _canonical(written: Mapping[str, Any]) -> bytes:
    return json.dumps(
        written, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()


def _decoded(text: str, where: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _wrong(where, "base64") from None


def _object(raw: bytes | str, where: str) -> dict[str, Any]:
    try:
        found = json.loads(raw, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _wrong(where, "JSON, each name once") from None
    if not isinstance(found, dict):
        raise _wrong(where, "a JSON object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= 4000:
        raise _wrong(f"extras.{name}", "the institution's signature and its key")
    return value


def _wrong(where: str, expected: str) -> Malformed:
    return Malformed([FieldError(where, expected)])
