"""Is a prescription signed by its issuer, and if not, why not (电子签名).

Ed25519 and ES256 as a detached JWS, SM2 with SM3 as DER or as r and s: which of them is the
key's, never the message's, choice. The verdict names its reason, so that the check that
refuses a prescription can tell it.
"""

from base64 import b64decode
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from dispensing.days import day_of
from dispensing.intake.incoming import Signed
from dispensing.intake.signatures import sm2
from dispensing.intake.signatures.jose import Unreadable, sign, verifies
from dispensing.intake.signatures.keys import (
    ALGORITHMS,
    ED25519,
    SM2,
    BadKey,
    PublicKey,
    known_key,
)

__all__ = [
    "ALGORITHM",
    "ALGORITHMS",
    "REASONS",
    "STOLEN",
    "USUAL",
    "WHY_REVOKED",
    "Key",
    "Policy",
    "Verdict",
    "sign",
    "verdict",
]

ALGORITHM = ED25519
# Why a key is revoked (RFC 5280, 5.3.1). A stolen key can sign any day it likes.
WHY_REVOKED = ("superseded", "cessation", "compromise")
STOLEN = "compromise"


# Why a signature does not count; dispensing.phrases says each in both languages.
REASONS = (
    "unknown_key",
    "other_issuer",
    "not_yet_valid",
    "expired",
    "revoked",
    "late_after_revocation",
    "wrong_algorithm",
    "unreadable",
    "altered",
)


class Key(Protocol):
    """What a verdict needs of an institution's key; `public` is its JWK as stored."""

    @property
    def issuer(self) -> str:
        """Name the institution."""

    @property
    def public(self) -> str:
        """Give the public JWK as JSON text."""

    @property
    def valid_from(self) -> date:
        """Give its first day."""

    @property
    def valid_until(self) -> date:
        """Give its last day."""

    @property
    def revoked_at(self) -> datetime | None:
        """Give the instant from which its signatures no longer count."""

    @property
    def revocation_told_at(self) -> datetime | None:
        """Give the instant at which the revocation was told; None where it is not known."""

    @property
    def revocation_reason(self) -> str | None:
        """Give one of WHY_REVOKED."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How far a signer's clock may be ahead, and how long late messages are believed."""

    ahead_s_max: int = 300
    late_h_max: int = 24


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a signature counts: `valid`, `invalid` with a reason, or `none` at all."""

    state: str
    reason: str | None = None


USUAL = Policy()
VALID, NONE = Verdict("valid"), Verdict("none")


def verdict(
    signed: Signed,
    key: Key | None,
    *,
    issuer: str,
    signed_at: datetime,
    received_at: datetime | None = None,
    policy: Policy = USUAL,
) -> Verdict:
    """Tell whether a signature counts, and why not.

    When it was signed is the issuer's claim; when it was received is our own knowledge
    (`received_at`), which a revocation is held against as well.
    """
    reason = _standing(key, issuer, signed_at)
    if reason is None:
        assert key is not None
        reason = _late(key, received_at or signed_at, policy) or _fit(signed, key)
    return VALID if reason is None else Verdict("invalid", reason)


def _standing(key: Key | None, issuer: str, signed_at: datetime) -> str | None:
    """Tell why a key may not have signed at that instant; None where it may."""
    if key is None:
        return "unknown_key"
    if key.issuer != issuer:
        return "other_issuer"
    day = day_of(signed_at)
    if day < key.valid_from:
        return "not_yet_valid"
    if day > key.valid_until:
        return "expired"
    revoked = key.revoked_at is not None and signed_at >= key.revoked_at
    return "revoked" if revoked else None


def _late(key: Key, received_at: datetime, policy: Policy) -> str | None:
    """Tell whether a message came too late to believe that it was signed before.

    Whoever stole a key writes any time into a message: after a theft was told, nothing that
    comes is believed. A key that was only replaced may still be on its way in a queue.
    """
    if key.revoked_at is None:
        return None
    told_at = key.revocation_told_at or key.revoked_at
    hours = 0 if key.revocation_reason == STOLEN else policy.late_h_max
    late = received_at > told_at + timedelta(hours=hours)
    return "late_after_revocation" if late else None


def _fit(signed: Signed, key: Key) -> str | None:
    """Tell why a signature is not the key's over the message; None where it is."""
    try:
        public = known_key(key.public)
    except (BadKey, ValueError):
        return "unknown_key"
    if signed.algorithm != public.algorithm:
        return "wrong_algorithm" if signed.algorithm else "unreadable"
    try:
        good = _verifies(signed, public)
    except Unreadable:
        return "unreadable"
    return None if good else "altered"


def _verifies(signed: Signed, public: PublicKey) -> bool:
    if public.algorithm != SM2:
        return verifies(signed.payload, signed.value, public, signed.key_id)
    try:
        raw = b64decode(signed.value, validate=True)
    except ValueError as error:
        raise Unreadable("the signature is no base64") from error
    return sm2.verifies(public.point, public.user, signed.payload, raw)
