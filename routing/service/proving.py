"""Proofs of what happened at a door: photographs and signatures, sealed, for those concerned."""

import hashlib
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, func, select

from dispensing import service as dispensing
from dispensing.desk import Desk, Reader
from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from dispensing.intake.pictures import BYTES_MAX, clean_jpeg
from dispensing.sealed import at, unseal_bytes
from dispensing.service.ordering import order_row
from dispensing.service.people import record_read
from dispensing.service.receiving import note
from routing.service.act import Act, Answer
from routing.service.moved import had
from routing.service.road import Road
from routing.signature import draw_signature
from routing.tables import DeliveryProofRow

PROOFS_MAX = 6  # of one order
FORMATS = ("JPEG", "PNG", "WEBP")
BASE64_MAX = BYTES_MAX * 4 // 3 + 4


@dataclass(frozen=True, slots=True)
class ProofView:
    """One proof of an order, without its picture."""

    id: UUID
    order_id: UUID
    courier_code: str
    kind: str
    media: str
    sha256: str
    at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class ProofFile:
    """The picture of a proof as it is kept."""

    media: str
    raw: bytes
    sha256: str


def keep_proof(road: Road, courier_code: str, act: Act) -> Answer:
    """Keep a photograph or a signature of an order that this courier has or had.

    A photograph is drawn anew, so that neither place nor phone stays in it.
    """
    kind: str = act.body["kind"]
    media, raw = _photo(act.body) if kind == "photo" else _signature(act.body)
    order_id = act.order_id
    if order_id is None or not had(road.session, order_id, courier_code):
        raise NotFound("订单", "order")
    row = order_row(road.session, order_id, lock=True)
    _reject_many(road.session, order_id)
    road.session.add(
        DeliveryProofRow(
            id=act.id,
            order_id=order_id,
            courier_code=courier_code,
            kind=kind,
            media=media,
            sha256=hashlib.sha256(raw).hexdigest(),
            sealed=road.desk.vault.seal_bytes(
                raw, at(DeliveryProofRow, "sealed", act.id)
            ),
            at=act.at,
            received_at=road.now,
        )
    )
    # What waits in the books is looked at by everybody who follows the order.
    told = note(
        row.prescription_id, road.now, "proof_kept", by=courier_code, detail=kind
    )
    road.session.add(told)
    return Answer(act.id, "done")


def proofs(session: Session, order_ids: Sequence[UUID]) -> tuple[ProofView, ...]:
    """List the proofs of orders, the earliest first; their pictures stay sealed."""
    names = ProofView.__dataclass_fields__
    query = (
        select(*(getattr(DeliveryProofRow, name) for name in names))
        .where(col(DeliveryProofRow.order_id).in_(order_ids))
        .order_by(col(DeliveryProofRow.at), col(DeliveryProofRow.id))
    )
    return tuple(ProofView(*row) for row in session.execute(query))


def proof_order(session: Session, proof_id: UUID) -> UUID:
    """Tell of which order a proof is, or raise NotFound; nothing of it is read."""
    query = select(DeliveryProofRow.order_id).where(
        col(DeliveryProofRow.id) == proof_id
    )
    found = session.exec(query).first()
    if found is None:
        raise NotFound("凭证", "proof")
    return found


def proof_file(
    session: Session, desk: Desk, proof_id: UUID, *, reader: Reader, now: datetime
) -> ProofFile:
    """Open the picture of a proof; the read is recorded."""
    row = session.get(DeliveryProofRow, proof_id)
    if row is None:
        raise NotFound("凭证", "proof")
    order = order_row(session, row.order_id)
    person_no = dispensing.person_of(session, order.prescription_id)
    raw = unseal_bytes(desk.vault, row, "sealed")
    if not raw:  # taken away since
        raise NotFound("凭证", "proof")
    found = ProofFile(row.media, raw, row.sha256)
    record_read(session, person_no, reader, now)
    session.commit()
    return found


def _photo(body: dict[str, Any] | Any) -> tuple[str, bytes]:
    try:
        raw = b64decode(body["image"], validate=True)
    except ValueError:
        raise Malformed([FieldError("image", "a picture in base64")]) from None
    return "image/jpeg", clean_jpeg(raw, formats=FORMATS)


def _signature(body: dict[str, Any] | Any) -> tuple[str, bytes]:
    try:
        return "image/svg+xml", draw_signature(body["strokes"]).encode()
    except ValueError as error:
        raise Malformed([FieldError("strokes", str(error))]) from None


def _reject_many(session: Session, order_id: UUID) -> None:
    query = select(func.count()).where(col(DeliveryProofRow.order_id) == order_id)
    if session.exec(query).one() >= PROOFS_MAX:
        raise Conflict(
            Words(
                f"这单已有 {PROOFS_MAX} 件凭证。",
                f"This order has {PROOFS_MAX} proofs already.",
                "不用再拍。",
                "No more are needed.",
            ),
            code="proofs-enough",
        )
