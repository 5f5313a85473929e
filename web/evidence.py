"""The evidence of deliveries for whoever may have it, and for anybody who verifies a file."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Flask, current_app, request

from dispensing import service as dispensing
from dispensing.audit import pooling_area
from dispensing.errors import NotFound
from routing import evidence
from routing.evidence import NotGenuine
from routing.service.evidencing import EvidenceFile, evidence_of
from web import clock, db, evidence_page, parts, scope
from web.auth import caller
from web.brake import Brake, hold
from web.rates import network_of

PURPOSE = "下载配送证据"
TRIES_MAX = 60  # not genuine, from one address, in ten minutes


@dataclass(frozen=True, slots=True)
class EvidenceVerification:
    """Whether a file of evidence is genuine, or why not, and what it says."""

    genuine: bool
    reason: str | None
    words_zh: str
    words_en: str
    order_id: UUID | None = None
    as_of: datetime | None = None
    state: str | None = None
    key_id: str | None = None
    files: tuple[str, ...] = ()
    record: dict[str, Any] | None = None


def init_app(app: Flask) -> None:
    """Give the app its brake on those who try out files."""
    app.extensions["evidence_brake"] = Brake(TRIES_MAX, "evidence")


def read(order_id: UUID) -> EvidenceFile:
    """Put the evidence of a delivery together for the caller, on record."""
    who = caller()
    role = who.doing("evidence.read")
    _reject_stranger(order_id, role)
    # A writing session: each download is recorded with whom it concerns.
    return evidence_of(
        db.writing_session(),
        parts.desk(),
        parts.ring().signer(),
        order_id,
        page=evidence_page.written,
        reader=who.reads(role, PURPOSE),
        now=clock.now(),
    )


def told(raw: bytes) -> EvidenceVerification:
    """Tell anybody whether a file of evidence is genuine, by the list of keys alone."""
    brake: Brake = current_app.extensions["evidence_brake"]
    name = network_of(request.remote_addr or "")
    hold((brake, name))
    try:
        found = evidence.verify(raw, parts.ring().public())
    except NotGenuine as error:
        words = error.words
        said = (f"{words.zh}{words.next_zh}", f"{words.en} {words.next_en}")
        return EvidenceVerification(False, error.reason, *said)
    brake.passed(name)
    words = evidence.headline(found.record)
    return EvidenceVerification(
        genuine=True,
        reason=None,
        words_zh=words.zh,
        words_en=words.en,
        order_id=UUID(found.record["order"]["id"]),
        as_of=datetime.fromisoformat(found.record["as_of"]),
        state=found.record["order"]["state"],
        key_id=found.key.key_id,
        files=found.files,
        record=dict(found.record),
    )


def _reject_stranger(order_id: UUID, role: str) -> None:
    """Raise NotFound unless the delivery is the caller's: own, of the firm, outlet or area."""
    if role not in {"bureau", "auditor"}:
        scope.order(order_id)
        return
    found = dispensing.order(db.session(), parts.desk(), order_id)
    if pooling_area(found.area) != pooling_area(caller().subject):
        raise NotFound("订单", "order")
