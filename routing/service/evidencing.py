"""The evidence of one delivery: what was recorded, put together for who may have it, and signed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.days import CHINA
from dispensing.desk import Desk, Reader
from dispensing.errors import Conflict, Words
from dispensing.sealed import unseal, unseal_bytes
from dispensing.service.feedback_views import carrier_name
from dispensing.service.ordering import order_row
from dispensing.service.people import name_of, person_row, record_read
from dispensing.service.receiving import prescription_row
from dispensing.signing import SigningKey
from dispensing.tables import EventRow, HandoverRow, OrderRow
from dispensing.vault import Vault, mask_name
from pharmacies import service as pharmacies
from routing import evidence
from routing.service.promising import PromiseView, promises
from routing.service.temperatures import TemperatureView, temperatures
from routing.tables import (
    BreachDecisionRow,
    DeliveryProofRow,
    PlanRow,
    RouteRow,
    StopRow,
)

Page = Callable[[Mapping[str, Any]], bytes]  # the record as a page to read
_ENDED = ("handed_over", "returned", "cancelled")
_OF_DELIVERY = (
    "order_",
    "attempt_failed",
    "breach_",
    "delay_explained",
    "dispensed",
)


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """The signed file of one delivery, and the name that it is saved under."""

    name: str
    raw: bytes


def evidence_of(
    session: Session,
    desk: Desk,
    key: SigningKey,
    order_id: UUID,
    *,
    page: Page,
    reader: Reader,
    now: datetime,
) -> EvidenceFile:
    """Give the signed evidence of a delivery that has ended; the download is recorded.

    The same facts give the same bytes. Raises NotFound, and Conflict before it has ended.
    """
    row = order_row(session, order_id)
    if row.state not in _ENDED:
        raise _too_early()
    person_no = prescription_row(session, row.prescription_id).person_no
    record, files = _record(session, desk, row, person_no)
    made = evidence.pack(record, {**files, evidence.PAGE: page(record)}, key)
    record_read(session, person_no, reader, now)
    session.commit()
    return EvidenceFile(f"evidence-{row.id}.zip", made)


def _record(
    session: Session, desk: Desk, row: OrderRow, person_no: str
) -> tuple[dict[str, Any], dict[str, bytes]]:
    events = _events(session, row)
    # Everything is told as of the last fact: asked again later, it is the same.
    last = max([row.ended_at or row.placed_at, *(event.at for event in events)])
    (warm,) = temperatures(session, desk, [row], now=last)
    (promise,) = promises(session, [row], now=last)
    proofs, pictures = _proofs(session, desk, row)
    files = {evidence.READINGS: _csv(warm), **pictures}
    return {
        "as_of": _at(last),
        "order": _order(session, row),
        "receiver": _receiver(session, desk.vault, row, person_no),
        "promise": _promise(promise),
        "events": [
            {"at": _at(it.at), "kind": it.kind, "detail": it.detail, "by": it.by}
            for it in events
        ],
        "stops": _stops(session, row),
        "temperature": _temperature(warm) if row.storage == "cold" else None,
        "decisions": _decisions(session, row),
        "proofs": proofs,
    }, files


def _order(session: Session, row: OrderRow) -> dict[str, Any]:
    outlet = pharmacies.outlet(session, row.outlet_code)
    carrier = carrier_name(session, row.carrier_code)
    return {
        "id": str(row.id),
        "area": row.area,
        "outlet": {"code": row.outlet_code, "name": outlet.name},
        "carrier": {"code": row.carrier_code, "name": carrier},
        "storage": row.storage,
        "state": row.state,
        "attempts": row.attempts,
        "window": [_at(row.window_opens), _at(row.window_closes)],
        "placed_at": _at(row.placed_at),
        "packed_at": _at(row.packed_at),
        "ended_at": _at(row.ended_at),
    }


def _receiver(
    session: Session, vault: Vault, row: OrderRow, person_no: str
) -> dict[str, Any] | None:
    """Say who took it: names masked, no number of anybody."""
    if row.state != "handed_over":
        return None
    # A phone without a line tells of it later: it was written down then.
    query = select(HandoverRow).where(
        col(HandoverRow.prescription_id) == row.prescription_id,
        col(HandoverRow.at) >= row.ended_at,
    )
    found = session.exec(query.order_by(col(HandoverRow.at))).first()
    if found is None:
        return None
    patient = mask_name(name_of(vault, person_row(session, person_no)))
    return {
        "kind": found.receiver,
        "patient": patient,
        "proxy": _proxy_name(vault, found),
        "temperature_dc": found.temperature_dc,
        "by": found.by,
        "at": _at(found.at),
    }


def _proxy_name(vault: Vault, row: HandoverRow) -> str | None:
    return mask_name(unseal(vault, row, "proxy_name")) if row.proxy_name else None


def _events(session: Session, row: OrderRow) -> list[EventRow]:
    """List what happened to this order, from its beginning to the next order's."""
    later = select(OrderRow.placed_at).where(
        col(OrderRow.prescription_id) == row.prescription_id,
        col(OrderRow.placed_at) > row.placed_at,
    )
    ends = session.exec(later.order_by(col(OrderRow.placed_at)).limit(1)).first()
    query = select(EventRow).where(
        col(EventRow.prescription_id) == row.prescription_id,
        col(EventRow.at) >= row.placed_at,
    )
    if ends is not None:
        query = query.where(col(EventRow.at) < ends)
    listed = session.exec(query.order_by(col(EventRow.at), col(EventRow.id)))
    return [event for event in listed if event.kind.startswith(_OF_DELIVERY)]


def _stops(session: Session, row: OrderRow) -> list[dict[str, Any]]:
    """List the stops at which it was taken and brought, as planned and as done."""
    query = (
        select(StopRow, RouteRow.courier_code)
        .join(RouteRow, col(RouteRow.id) == col(StopRow.route_id))
        .join(PlanRow, col(PlanRow.id) == col(RouteRow.plan_id))
        .where(
            col(StopRow.order_id) == row.id,
            col(PlanRow.state) != "draft",
            col(StopRow.done_at).is_not(None),
        )
        .order_by(col(PlanRow.made_at), col(StopRow.no))
    )
    return [
        {
            "kind": stop.kind,
            "courier": code,
            "planned_at": _at(stop.start_at),
            "done_at": _at(stop.done_at),
            "outcome": stop.outcome,
            "detail": stop.detail,
        }
        for stop, code in session.exec(query)
    ]


def _promise(told: PromiseView) -> dict[str, Any]:
    found = told.promise
    return {
        "state": found.state,
        "until": _at(found.until),
        "own_window": told.own_window,
        "late_s": found.late_s,
        "by": found.by,
        "why": found.why,
        "words": found.words,
        "rests_on": [
            [_at(it.at), it.kind, it.detail, *([_at(it.said_at)] if it.said_at else [])]
            for it in found.facts
        ],
    }


def _temperature(told: TemperatureView) -> dict[str, Any]:
    found = told.course
    return {
        "left_fridge_at": _at(told.left_fridge_at),
        "out_s": found.out_s,
        "above_s": found.above_s,
        "below_s": found.below_s,
        "readings": found.readings,
        "outside": found.outside,
        "coldest_dc": found.coldest_dc,
        "warmest_dc": found.warmest_dc,
        "longest_gap_s": found.longest_gap_s,
        "faults": [str(fault) for fault in found.faults],
        "limits": [[each.name, each.minutes, each.source] for each in told.bases],
    }


def _decisions(session: Session, row: OrderRow) -> list[dict[str, Any]]:
    query = select(BreachDecisionRow).where(col(BreachDecisionRow.order_id) == row.id)
    listed = session.exec(query.order_by(col(BreachDecisionRow.at)))
    return [
        {
            "verdict": it.verdict,
            "pharmacist": [it.pharmacist_code, it.pharmacist_name],
            "reason": it.reason,
            "figures": it.figures,
            "by": it.by,
            "at": _at(it.at),
        }
        for it in listed
    ]


def _proofs(
    session: Session, desk: Desk, row: OrderRow
) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """Open the photographs and signatures of a delivery, and say what each is."""
    query = select(DeliveryProofRow).where(col(DeliveryProofRow.order_id) == row.id)
    listed = session.exec(
        query.order_by(col(DeliveryProofRow.at), col(DeliveryProofRow.id))
    )
    told, pictures = list[dict[str, Any]](), dict[str, bytes]()
    for number, proof in enumerate(listed, 1):
        kind = proof.media.rpartition("/")[2].partition("+")[0]
        name = f"proof-{number}-{proof.kind}.{kind}"
        pictures[name] = unseal_bytes(desk.vault, proof, "sealed")
        told.append(
            {
                "file": name,
                "kind": proof.kind,
                "sha256": proof.sha256,
                "courier": proof.courier_code,
                "at": _at(proof.at),
            }
        )
    return told, pictures


def _csv(told: TemperatureView) -> bytes:
    return evidence.readings_csv(
        [
            (_at(it.at) or "", it.temperature_dc, it.source, it.logger)
            for it in told.readings
        ]
    )


def _at(at: datetime | None) -> str | None:
    return at.astimezone(CHINA).isoformat() if at is not None else None


def _too_early() -> Conflict:
    return Conflict(
        Words(
            "配送还没有结束，现在没有证据文件。",
            "The delivery has not ended; there is no evidence of it yet.",
            "送达、退回或取消以后再下载。",
            "Download it once it was delivered, returned or cancelled.",
        ),
        code="not-ended",
    )
