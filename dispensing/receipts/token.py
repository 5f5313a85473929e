"""The token of a receipt: what the printed QR code holds, signed, and short enough to scan.

151 bytes as base32, after "YD1.": a QR code of version 9 at level M, whose capitals and digits
take less room than any other text of the same length. No patient is named in it.
"""

import struct
from base64 import b32decode, b32encode
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from dispensing.signing import KEY_ID_BYTES, SIGNATURE_BYTES, SigningKey

BEGIN = "YD1."
KINDS = ("settlement", "reversal")
RECEIPT_ID_BYTES = 16
RULES_BYTES = 8
_DAY_ZERO = date(2000, 1, 1)
_FIXED = struct.Struct(f">{KEY_ID_BYTES}sB16s{RECEIPT_ID_BYTES}s12sHI{RULES_BYTES}s")
_AMOUNT_BYTES = 5  # up to ten thousand million yuan
_PAYERS = ("fund_fen", "account_fen", "mutual_aid_fen", "cash_fen")
_BODY_BYTES = _FIXED.size + len(_PAYERS) * _AMOUNT_BYTES
_TOKEN_BYTES = _BODY_BYTES + SIGNATURE_BYTES
TOKEN_CHARS = len(BEGIN) + -(-_TOKEN_BYTES * 8 // 5)


class CutOff(ValueError):
    """A token that ends too early."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says; the amounts of a reversal are negative."""

    key_id: str
    kind: str
    settlement_id: UUID
    receipt_id: str  # 32 hexadecimal digits: the beginning of the text's sha256
    outlet_code: str
    on: date
    issued_at: datetime
    rules: str  # 16 hexadecimal digits: the beginning of the rules' sha256
    fund_fen: int
    account_fen: int
    mutual_aid_fen: int
    cash_fen: int

    @property
    def total_fen(self) -> int:
        """Give what was paid by all payers together."""
        return self.fund_fen + self.account_fen + self.mutual_aid_fen + self.cash_fen


@dataclass(frozen=True, slots=True)
class Token:
    """A token as read: its claims, the bytes that were signed, and the signature."""

    claims: Claims
    signed: bytes
    signature: bytes


def write(claims: Claims, key: SigningKey) -> str:
    """Write the signed token of a receipt."""
    assert claims.key_id == key.public.key_id
    body = _packed(claims)
    raw = body + key.sign(_message(body))
    return BEGIN + b32encode(raw).rstrip(b"=").decode()


def read(text: str) -> Token:
    """Read a token without trusting it; ValueError where it is none, CutOff where too short."""
    if len(text) < TOKEN_CHARS and text.startswith(BEGIN[: len(text)]):
        raise CutOff(f"{len(text)} of {TOKEN_CHARS} characters")
    if not text.startswith(BEGIN) or len(text) != TOKEN_CHARS:
        raise ValueError(f"expected {TOKEN_CHARS} characters that begin with {BEGIN}")
    plain = text[len(BEGIN) :]
    raw = b32decode(plain + "=" * (-len(plain) % 8))
    if b32encode(raw).rstrip(b"=").decode() != plain:
        raise ValueError("bits that say nothing are not zero")
    body = raw[:_BODY_BYTES]
    return Token(_claims(body), _message(body), raw[_BODY_BYTES:])


def _message(body: bytes) -> bytes:
    # Said with what it is: a signature over something else must never fit a token.
    return f"yaoda receipt token {BEGIN}".encode() + body


def _packed(claims: Claims) -> bytes:
    sign = -1 if claims.kind == "reversal" else 1
    amounts = (sign * getattr(claims, payer) for payer in _PAYERS)
    return _FIXED.pack(
        bytes.fromhex(claims.key_id),
        KINDS.index(claims.kind),
        claims.settlement_id.bytes,
        bytes.fromhex(claims.receipt_id),
        claims.outlet_code.encode("ascii"),
        (claims.on - _DAY_ZERO).days,
        int(claims.issued_at.timestamp()),
        bytes.fromhex(claims.rules),
    ) + b"".join(fen.to_bytes(_AMOUNT_BYTES, "big") for fen in amounts)


def _claims(body: bytes) -> Claims:
    key, kind, settlement, receipt, outlet, day, second, rules = _FIXED.unpack_from(
        body
    )
    if kind >= len(KINDS):
        raise ValueError(f"{kind}: no such kind of receipt")
    sign = -1 if KINDS[kind] == "reversal" else 1
    starts = range(_FIXED.size, _BODY_BYTES, _AMOUNT_BYTES)
    amounts = [
        sign * int.from_bytes(body[at : at + _AMOUNT_BYTES], "big") for at in starts
    ]
    return Claims(
        key.hex(),
        KINDS[kind],
        UUID(bytes=settlement),
        receipt.hex(),
        outlet.decode("ascii"),
        _DAY_ZERO + timedelta(days=day),
        datetime.fromtimestamp(second, UTC),
        rules.hex(),
        *amounts,
    )
