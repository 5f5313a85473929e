"""A receipt laid out for paper, in the reader's language: for the printers and for the archive."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from dispensing.service import ReceiptView
from dispensing.signing import SM2
from web import parts
from web.pages import showing
from web.words import say

TENDERS = {
    "cash": "现金",
    "mobile": "手机支付",
    "bank_card": "银行卡",
    "on_delivery": "货到付款",
}
QUIET = 4  # white modules around the code, as ISO/IEC 18004 asks
VOUCHERS = {"e_code": "医保码", "card": "社保卡"}
REVERSALS = {
    "patient_changed_mind": "患者改变主意",
    "wrong_entry": "录入错误",
    "out_of_stock": "缺货",
    "delivery_failed": "配送失败",
}
AMOUNTS = {
    "total_fen": "药费合计",
    "fund_fen": "统筹基金支付",
    "account_fen": "个人账户支付",
    "mutual_aid_fen": "家庭共济支付",
    "cash_fen": "个人现金支付",
}
STANDINGS = {
    "posted": "这笔结算现在仍然有效。",
    "reversing": "这笔结算正在冲正。",
    "reversed": "这笔结算后来已经冲正，金额已退回。",
}
NOT_HERE = "本平台的记录里没有这张凭证，只能证明签名是真的。"
TITLES = {"settlement": "医保结算凭证", "reversal": "医保结算冲正凭证"}


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check on paper."""

    name: str
    verdict: str
    says: str
    clause: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A receipt laid out for paper, in the reader's language."""

    id: str
    settlement_id: UUID
    kind: str
    title: str
    outlet: str
    facts: tuple[tuple[str, str], ...]
    amounts: tuple[tuple[str, str], ...]
    decision: str
    checks: tuple[CheckLine, ...]
    complete: bool
    override: str
    rules: tuple[tuple[str, str], ...]
    labels: tuple[str, ...]
    signed: tuple[tuple[str, str], ...]
    code: str  # what the QR code holds

    @property
    def problems(self) -> tuple[CheckLine, ...]:
        """Give the checks that did not simply pass."""
        return tuple(line for line in self.checks if line.verdict != "passed")

    @property
    def passed(self) -> tuple[CheckLine, ...]:
        """Give the checks that passed."""
        return tuple(line for line in self.checks if line.verdict == "passed")


def sheet(found: ReceiptView) -> Sheet:
    """Lay a receipt out for paper."""
    said = found.receipt
    checked = said["checked"]
    return Sheet(
        id=found.id,
        settlement_id=found.settlement_id,
        kind=found.kind,
        title=say(TITLES[found.kind]),
        outlet=f"{said['outlet']['name']} {said['outlet']['code']}",
        facts=tuple(_facts(said)),
        amounts=tuple(
            (say(name), showing.yuan(said["amounts"][key]))
            for key, name in AMOUNTS.items()
            if said["amounts"][key] or key != "mutual_aid_fen"
        ),
        decision=showing.state(checked["decision"]),
        checks=tuple(map(_check, checked["checks"])),
        complete=checked["complete"],
        override=checked["override"] or "",
        rules=tuple(said["rules"].items()),
        labels=tuple(map(showing.label, said["labels"])),
        signed=tuple(_signed(found)),
        code=_code(found.token),
    )


def _facts(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    at = datetime.fromisoformat(said["act"]["at"])
    facts = [
        ("日期", showing.moment(at)),
        ("患者", said["patient"]),
        ("处方号", said["prescription"]["number"]),
        ("报文号", said["settlement"]["msgid"]),
        ("结算号", said["settlement"]["platform_no"] or ""),
        ("凭证", say(VOUCHERS.get(said["voucher"], said["voucher"]))),
        ("付款方式", say(TENDERS.get(said["tender"], said["tender"]))),
        ("经办", said["act"]["account"]),
    ]
    if said["kind"] == "reversal":
        reason = said["act"]["reason"] or ""
        facts.append(("冲正原因", say(REVERSALS.get(reason, reason))))
        facts.append(("所冲正的凭证", said["reverses"]))
    return [(say(name), value) for name, value in facts if value]


def _check(line: Mapping[str, str]) -> CheckLine:
    return CheckLine(
        name=showing.check_name(line["check"]),
        verdict=line["verdict"],
        says=showing.state(line["verdict"]),
        clause=f"{line['document']} {line['clause'].replace('—', '')}".strip(),
    )


def _signed(found: ReceiptView) -> list[tuple[str, str]]:
    key = parts.ring().public()[found.key_id]
    algorithm = "SM2/SM3" if key.algorithm == SM2 else key.algorithm
    return [
        (say("凭证号"), found.id),
        (say("规则摘要"), found.receipt["rules_sha256"][:16]),
        (say("签名"), f"{algorithm} {found.key_id}"),
        (say("出具"), showing.moment(found.issued_at)),
    ]


def _code(token: str) -> str:
    address = parts.settings().address
    return f"{address}/receipts/verify#{token}" if address else token


def standing(state: str | None) -> str:
    """Say what became of a receipt's settlement since; None where it is not known here."""
    return say(STANDINGS.get(state or "", NOT_HERE))
