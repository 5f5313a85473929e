"""One prescription as any format gives it: what it says, what was signed, and what came with it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from dispensing.intake.message import (
    MessageSignature,
    PrescriptionMessage,
    canonical,
    parse_message,
)
from dispensing.intake.signatures.jose import Unreadable, algorithm_of

Format = Literal["yaoda", "national", "fhir-r4b", "fhir-r5", "paper"]
FORMATS: tuple[Format, ...] = get_args(Format)


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signature is over, and the signature as its format writes it.

    `value` is a detached JWS for Ed25519 and ES256, and base64 of DER or of r||s for SM2.
    """

    payload: bytes
    algorithm: str
    key_id: str
    value: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """A prescription on its way in; `extras` are fields that only its sender knows."""

    format: Format
    message: PrescriptionMessage
    raw: Mapping[str, Any]
    signed: Signed | None = None
    extras: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Tell one message from another one with the same number, signature and all."""
        signed = self.signed if self.format == "yaoda" else None
        said = canonical(self.raw) if signed is None else signed.payload
        with_it = json.dumps(self.raw.get("signature"), default=str)
        return hashlib.sha256(said + with_it.encode()).hexdigest()


def read_own(raw: Mapping[str, Any]) -> Incoming:
    """Read our own JSON; raises Malformed, which names every field that is not as expected."""
    message = parse_message(raw)
    own = message.signature
    signed = None if own is None else signed_by(own, canonical(raw))
    return Incoming("yaoda", message, raw, signed)


def signed_by(own: MessageSignature, payload: bytes) -> Signed:
    """Give a signature of our own JSON with the bytes that it is over."""
    if own.value is not None:
        return Signed(payload, own.alg or "", own.key_id, own.value)
    assert own.jws is not None
    return Signed(payload, claimed(own.jws), own.key_id, own.jws)


def claimed(jws: str) -> str:
    """Tell which algorithm a JWS claims; nothing where it cannot be read."""
    try:
        return algorithm_of(jws)
    except Unreadable:
        return ""
