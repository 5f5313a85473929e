"""Safe-harbour receipts: the signed word of the service on what it checked and paid."""

from dataclasses import dataclass

from dispensing.receipts import text, token
from dispensing.receipts.text import AMOUNTS, Act, Check, Checked, Statement
from dispensing.receipts.token import KINDS, Claims
from dispensing.receipts.verify import (
    KIND,
    REASONS,
    Genuine,
    NotGenuine,
    headline,
    verify,
)
from dispensing.signing import SigningKey, canonical, jws

__all__ = [
    "AMOUNTS",
    "KINDS",
    "REASONS",
    "Act",
    "Check",
    "Checked",
    "Claims",
    "Genuine",
    "NotGenuine",
    "Signed",
    "Statement",
    "headline",
    "sign",
    "verify",
]


@dataclass(frozen=True, slots=True)
class Signed:
    """A receipt that was signed: its name, its canonical text, signature and token."""

    id: str
    text: str
    jws: str
    token: str
    key_id: str


def sign(said: Statement, key: SigningKey) -> Signed:
    """Sign a receipt and its token; with SM2 some 50 ms, so never inside a settlement."""
    record = said.record()
    raw = canonical(record)
    claims = text.claims(record, key.public.key_id)
    return Signed(
        claims.receipt_id,
        raw.decode(),
        jws(raw, key, KIND),
        token.write(claims, key),
        key.public.key_id,
    )
