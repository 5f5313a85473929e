"""Receipts for whoever may see them, and for anybody who asks whether one is genuine."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import Flask, current_app, request

from dispensing import receipts, service
from dispensing.desk import Work
from dispensing.receipts import Genuine, NotGenuine
from dispensing.service import ReceiptView
from web import clock, db, parts, scope
from web.auth import caller
from web.brake import Brake, hold
from web.rates import network_of

TRIES_MAX = 60  # not genuine, from one address, in ten minutes


@dataclass(frozen=True, slots=True)
class ReceiptFile:
    """A receipt to keep: its text, the signature over it (detached JWS), the printed token."""

    receipt: dict[str, Any]
    jws: str
    token: str


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a receipt is genuine, or why not; what it says; what became of it since."""

    genuine: bool
    reason: str | None
    words_zh: str
    words_en: str
    kind: str | None = None
    receipt_id: str | None = None
    settlement_id: UUID | None = None
    outlet_code: str | None = None
    on: date | None = None
    issued_at: datetime | None = None
    total_fen: int | None = None
    fund_fen: int | None = None
    account_fen: int | None = None
    mutual_aid_fen: int | None = None
    cash_fen: int | None = None
    rules: str | None = None
    key_id: str | None = None
    state: str | None = None  # of the settlement now; None where it is not known here


def init_app(app: Flask) -> None:
    """Give the app its brake on those who try out signatures."""
    app.extensions["receipt_brake"] = Brake(TRIES_MAX, "receipt")


def read(settlement_id: UUID, kind: str) -> ReceiptView:
    """Read a receipt for the caller, on record; issued now where nobody has asked before."""
    who = caller()
    role = scope.settlement_role(settlement_id)
    # A writing session: a first receipt is kept, and each read of a patient is recorded.
    return service.receipt(
        Work(db.writing_session(), parts.desk(), clock.now()),
        parts.ring().signer,
        settlement_id,
        kind,
        reader=who.reads(role, scope.PURPOSES[role]),
    )


def told(text: str) -> Verification:
    """Tell anybody whether a receipt is genuine, and what became of it since."""
    brake: Brake = current_app.extensions["receipt_brake"]
    name = network_of(request.remote_addr or "")
    hold((brake, name))
    try:
        found = receipts.verify(text, parts.ring().public())
    except NotGenuine as error:
        words = error.words
        said = (f"{words.zh}{words.next_zh}", f"{words.en} {words.next_en}")
        return Verification(False, error.reason, *said)
    brake.passed(name)
    return _genuine(found)


def _genuine(found: Genuine) -> Verification:
    claims = found.claims
    words = receipts.headline(claims)
    return Verification(
        genuine=True,
        reason=None,
        words_zh=words.zh,
        words_en=words.en,
        state=service.receipt_standing(db.session(), claims.receipt_id),
        total_fen=claims.total_fen,
        **asdict(claims),
    )
