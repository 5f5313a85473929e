"""The text of a receipt: what was checked, by which rules, with which result, by whom.

It is written once, in one canonical form, and named by its own digest. It names no patient
beyond a masked name, and neither disease nor medicine.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from dispensing.days import CHINA
from dispensing.receipts.token import RECEIPT_ID_BYTES, RULES_BYTES, Claims
from dispensing.signing import canonical

FORMAT = "yaoda-receipt-1"
AMOUNTS = (
    "total_fen",
    "own_paid_fen",
    "over_standard_fen",
    "self_pay_fen",
    "in_scope_fen",
    "deductible_fen",
    "fund_fen",
    "account_fen",
    "mutual_aid_fen",
    "cash_fen",
)


@dataclass(frozen=True, slots=True)
class Check:
    """One check that was made: its name, what it said, and by which clause."""

    check: str
    verdict: str
    document: str
    clause: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What the rules said when it was settled.

    `complete` is false where the rules of that day can no longer be asked, and the checks
    are those that did not pass, as they were kept.
    """

    assessment: UUID
    at: datetime
    decision: str
    override: str | None  # the pharmacist's reason, where the rules asked for one
    checks: tuple[Check, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Act:
    """The act that a receipt is of: when, by which account, and why where that is asked."""

    at: datetime
    account: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """All that a receipt says; a reversal names the receipt that it takes back."""

    kind: str
    issued_at: datetime
    settlement_id: UUID
    msgid: str
    platform_no: str | None
    on: date
    act: Act
    reverses: str | None
    outlet_code: str
    outlet_name: str
    prescription_no: str
    issuer: str
    patient: str  # masked
    voucher: str
    tender: str
    amounts: Mapping[str, int]  # those of a reversal are negative
    checked: Checked
    rules: Mapping[str, str]  # the sha256 of each document in force
    labels: tuple[str, ...]  # such as 示例数据: the amounts rest on an overlay

    def record(self) -> dict[str, Any]:
        """Give the receipt as a plain record, the one that is signed."""
        checked = asdict(self.checked)
        checked["assessment"] = str(self.checked.assessment)
        checked["at"] = _instant(self.checked.at)
        checked["checks"] = [asdict(check) for check in self.checked.checks]
        return {
            "format": FORMAT,
            "kind": self.kind,
            "issued_at": _instant(self.issued_at),
            "settlement": {
                "id": str(self.settlement_id),
                "msgid": self.msgid,
                "platform_no": self.platform_no,
                "on": self.on.isoformat(),
            },
            "act": {**asdict(self.act), "at": _instant(self.act.at)},
            "reverses": self.reverses,
            "outlet": {"code": self.outlet_code, "name": self.outlet_name},
            "prescription": {"number": self.prescription_no, "issuer": self.issuer},
            "patient": self.patient,
            "voucher": self.voucher,
            "tender": self.tender,
            "amounts": dict(self.amounts),
            "checked": checked,
            "rules": dict(self.rules),
            "rules_sha256": rules_digest(self.rules),
            "labels": list(self.labels),
        }


def receipt_id(text: bytes) -> str:
    """Name a receipt by its canonical text: 32 hexadecimal digits."""
    return hashlib.sha256(text).digest()[:RECEIPT_ID_BYTES].hex()


def rules_digest(rules: Mapping[str, str]) -> str:
    """Give one sha256 for all documents in force, by name and sha256 of each."""
    return hashlib.sha256(canonical(rules)).hexdigest()


def claims(record: Mapping[str, Any], key_id: str) -> Claims:
    """Take from a receipt what its token says; KeyError or ValueError where it lacks it."""
    settlement, amounts = record["settlement"], record["amounts"]
    return Claims(
        key_id=key_id,
        kind=record["kind"],
        settlement_id=UUID(settlement["id"]),
        receipt_id=receipt_id(canonical(record)),
        outlet_code=record["outlet"]["code"],
        on=date.fromisoformat(settlement["on"]),
        issued_at=datetime.fromisoformat(record["issued_at"]),
        rules=record["rules_sha256"][: 2 * RULES_BYTES],
        fund_fen=amounts["fund_fen"],
        account_fen=amounts["account_fen"],
        mutual_aid_fen=amounts["mutual_aid_fen"],
        cash_fen=amounts["cash_fen"],
    )


def _instant(at: datetime) -> str:
    return at.astimezone(CHINA).isoformat()
