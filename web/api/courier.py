"""Couriers' phones over the interface: batches of acts, each done once."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from apiflask import APIBlueprint
from flask import g
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from dispensing.errors import Conflict, FieldError, Malformed
from routing import service
from routing.service import Act, Answer, ProofView
from web import clock, db, parts, problems, riding, scope
from web.auth import caller, may
from web.openapi import answers, reply
from web.schemas_courier import (
    BODIES,
    ActAnswered,
    ActsAnswered,
    ActSent,
    ActsSent,
    ProofQuery,
    ProofShown,
)
from web.words import language

bp = APIBlueprint("courier", __name__, url_prefix="/api/courier")
proofs_bp = APIBlueprint("proofs", __name__, url_prefix="/api")

EXAMPLE = {
    "acts": [
        {
            "id": "2b6c1c5e-7f0e-4a57-9d0e-0b8a5b7a1c11",
            "kind": "fail",
            "ago_ms": 3_600_000,
            "order_id": "7d4f9e0a-1f1c-4a53-8a2f-5f0a7c1d2e33",
            "body": {"reason": "not_home", "outcome": "retry"},
        }
    ]
}
APART_MS_MAX = 2 * 60 * 1000  # between two clocks that agree
_STATUS = {"malformed": 422, "not-found": 404}


@bp.post("/acts")
@may("delivery.report")
@bp.input(ActsSent, arg_name="form", example=EXAMPLE)
@answers({200: ActsAnswered})
def send_acts(form: ActsSent) -> ResponseReturnValue:
    """Do a phone's acts in its order, each once; sent again, they get the same answers.

    An act that is refused holds the later ones of the same order; all others go on.
    """
    now = clock.now()
    told = _applied(list(_acts(form, now)), now)
    answered = ActsAnswered(
        now_ms=int(now.timestamp() * 1000), answers=[_answered(one) for one in told]
    )
    return reply(answered)


@proofs_bp.get("/orders/<uuid:order_id>/proofs")
@may("proof.read")
@answers({200: tuple[ProofView, ...]})
def list_proofs(order_id: UUID) -> ResponseReturnValue:
    """List the photographs and signatures of a delivery, without their pictures."""
    scope.order(order_id)
    return reply(service.proofs(db.session(), [order_id]))


@proofs_bp.get("/proofs/<uuid:proof_id>")
@may("proof.read")
@bp.input(ProofQuery, location="query", arg_name="asked")
@answers({200: ProofShown})
def show_proof(proof_id: UUID, asked: ProofQuery) -> ResponseReturnValue:
    """Show the picture of a proof, to the bureau for a reason; each read is recorded."""
    found = scope.proof(proof_id, why=asked.why)
    content = b64encode(found.raw).decode()
    shown = ProofShown(
        id=proof_id, media=found.media, sha256=found.sha256, content=content
    )
    return reply(shown)


def keep_photograph(order_id: UUID, raw: bytes) -> None:
    """Keep the photograph that came with a form of the page; raises Conflict."""
    now = clock.now()
    body = {"kind": "photo", "image": b64encode(raw).decode()}
    (answer,) = _applied([Act(uuid4(), "proof", now, order_id, body)], now)
    if answer.status == "refused" and answer.words is not None:
        raise Conflict(answer.words, code=answer.code)


def _applied(acts: Sequence[Act], now: datetime) -> tuple[Answer, ...]:
    road = service.road_of(
        db.session(),
        parts.desk(),
        now,
        secret=parts.keys().handover,
        signed_by=parts.ring().public(),
        sieve=riding.sieve_of(parts.settings()),
        limits=riding.limits_of(parts.settings()),
    )
    return service.apply(road, caller().subject, acts)


def _acts(form: ActsSent, now: datetime) -> Iterator[Act]:
    """Read acts one by one: a body that cannot be read holds up no other act.

    The order is the phone's: an act is never earlier than the one before it.
    """
    sent, agrees = form.acts, _agrees(form, now)
    earliest = now - timedelta(
        milliseconds=max((one.ago_ms for one in sent), default=0)
    )
    for one in sent:
        earliest = max(earliest, now - timedelta(milliseconds=one.ago_ms))
        body, fault = _body(one)
        sure = agrees or one.steady or one.ago_ms <= APART_MS_MAX
        yield Act(one.id, one.kind, earliest, one.order_id, body, fault, sure)


def _agrees(form: ActsSent, now: datetime) -> bool:
    """Tell whether the phone's clock, put right at an earlier answer, still agrees with ours.

    One that was set in between does not.
    """
    now_ms = int(now.timestamp() * 1000)
    return form.now_ms is not None and abs(form.now_ms - now_ms) <= APART_MS_MAX


def _body(one: ActSent) -> tuple[dict[str, Any], Malformed | None]:
    model = BODIES.get(one.kind)
    if model is None:
        kinds = f"one of {', '.join(BODIES)}"
        return {}, Malformed([FieldError("kind", kinds)])
    try:
        return model.model_validate(one.body).model_dump(), None
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        fields = [
            FieldError(
                problems.place_of(".".join(map(str, each["loc"]))) or "body",
                each["msg"],
            )
            for each in found
        ]
        return {}, Malformed(fields)


def _answered(answer: Answer) -> ActAnswered:
    words = answer.words
    told = ActAnswered(id=answer.id, status=answer.status)  # type: ignore[arg-type]
    if words is not None and answer.status in {"refused", "held"}:
        status = _STATUS.get(answer.code, 409)
        told.problem = problems.Problem(
            type=f"urn:yaoda:problem:{answer.code}",
            title=words.en,
            status=status,
            detail=problems.said(words),
            next=words.next_zh if language() == "zh" else words.next_en,
            request_id=g.get("request_id", ""),
        )
    elif words is not None:
        told.note = problems.said(words)
    return told
