"""Tell whether a receipt is genuine, by the list of public keys alone: no database is asked.

Read are the token of the printed code, and the receipt's file (text, signature, token). First
its form, then its key, then the signature, then the days of the key; the first that does not
hold is the reason.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dispensing.errors import NotTrue, Words
from dispensing.money import yuan
from dispensing.receipts import token as tokens
from dispensing.receipts.text import FORMAT, claims
from dispensing.receipts.token import Claims, CutOff
from dispensing.signing import PublicKey, canonical, jws_key_id, jws_verifies

KIND = "yaoda-receipt"  # the typ of its signature
PARTS = {"receipt", "jws", "token"}
Keys = Mapping[str, PublicKey]

REASONS = {
    "not_a_receipt": Words(
        "这不是药达的结算凭证。",
        "This is no receipt of Yaoda.",
        "请扫描凭证上的二维码，或粘贴凭证文件的全部内容。",
        "Scan the code on the receipt, or paste the whole file of the receipt.",
    ),
    "cut_off": Words(
        "内容不完整，后面缺了一段。",
        "It is cut off: its end is missing.",
        "请重新扫描，或粘贴全部内容。",
        "Scan it again, or paste all of it.",
    ),
    "altered": Words(
        "内容被改动过，与签名不符。",
        "It was altered: the signature does not fit what it says.",
        "请不要采信，并向出具凭证的药店索取原件。",
        "Do not rely on it; ask the outlet for the original.",
    ),
    "unknown_key": Words(
        "签名所用的密钥不在公钥清单里。",
        "It was signed by a key that is not in the list of keys.",
        "请核对公钥清单是不是最新、是不是这家平台的。",
        "See that the list of keys is the latest, and of this platform.",
    ),
    "key_outside_validity": Words(
        "签名的时间不在密钥有效期内。",
        "It was signed outside the days of its key.",
        "请不要采信，并联系平台运营方。",
        "Do not rely on it; ask the operator of the platform.",
    ),
}


class NotGenuine(NotTrue):
    """A receipt that does not hold; `reason` is a key of REASONS."""

    reasons = REASONS


@dataclass(frozen=True, slots=True)
class Genuine:
    """A receipt that holds: what its token says, its key, and its text where that was given."""

    claims: Claims
    key: PublicKey
    receipt: Mapping[str, Any] | None = None


def verify(text: str, keys: Keys) -> Genuine:
    """Check a token, an address that ends in one, or a receipt's file; raises NotGenuine."""
    text = text.strip()
    if text.startswith("{"):
        return _file(text, keys)
    return _token("".join(text.rpartition("#")[2].split()), keys)


def headline(claims: Claims) -> Words:
    """Say in one line what a genuine receipt is."""
    reversal = claims.kind == "reversal"
    total = yuan(claims.total_fen)
    return Words(
        f"真实的药达{'冲正' if reversal else '结算'}凭证：{claims.on}，药店 {claims.outlet_code}，"
        f"合计 {total} 元，其中基金 {yuan(claims.fund_fen)} 元。",
        f"A genuine {claims.kind} receipt of Yaoda: {claims.on}, outlet"
        f" {claims.outlet_code}, total {total} yuan, fund {yuan(claims.fund_fen)} yuan.",
    )


def _token(text: str, keys: Keys) -> Genuine:
    try:
        found = tokens.read(text)
    except CutOff as error:
        raise NotGenuine("cut_off" if text else "not_a_receipt") from error
    except ValueError as error:
        ours = text.startswith(tokens.BEGIN)
        raise NotGenuine("altered" if ours else "not_a_receipt") from error
    key = _key(found.claims.key_id, keys)
    if not key.verifies(found.signed, found.signature):
        raise NotGenuine("altered")
    return _in_its_days(Genuine(found.claims, key))


def _file(text: str, keys: Keys) -> Genuine:
    parts = _parts(text)
    receipt, signature = parts["receipt"], parts["jws"]
    try:
        key = _key(jws_key_id(signature), keys)
        if not jws_verifies(canonical(receipt), signature, key, KIND):
            raise NotGenuine("altered")
        said = claims(receipt, key.key_id)
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise NotGenuine("altered") from error
    printed = _token(parts["token"], keys)
    if printed.claims != said:
        raise NotGenuine("altered")
    return _in_its_days(Genuine(said, key, receipt))


def _parts(text: str) -> dict[str, Any]:
    try:
        parts = json.loads(text, object_pairs_hook=_each_once)
    except ValueError as error:
        # A file that was saved or pasted in part has lost its last bracket.
        whole = text.endswith("}")
        raise NotGenuine("altered" if whole else "cut_off") from error
    except RecursionError as error:
        raise NotGenuine("not_a_receipt") from error
    if not isinstance(parts, dict) or not PARTS & set(parts):
        raise NotGenuine("not_a_receipt")
    receipt, texts = parts.get("receipt"), (parts.get("jws"), parts.get("token"))
    if set(parts) != PARTS or not all(isinstance(part, str) for part in texts):
        raise NotGenuine("altered")
    if not isinstance(receipt, dict) or receipt.get("format") != FORMAT:
        raise NotGenuine("altered")
    return parts


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name that stands twice")
    return made


def _key(key_id: str, keys: Keys) -> PublicKey:
    try:
        return keys[key_id]
    except KeyError as error:
        raise NotGenuine("unknown_key") from error


def _in_its_days(found: Genuine) -> Genuine:
    if not found.key.is_valid_at(found.claims.issued_at):
        raise NotGenuine("key_outside_validity")
    return found
