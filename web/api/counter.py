"""The pharmacy counter over the interface: check, settle, reverse, pack, hand out."""

from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing import service
from dispensing.service import Receiver
from dispensing.service.views import OrderView, PrescriptionView, SettledView
from web import asking, client_keys, clock, db, parts, scope, shown
from web.auth import caller, may
from web.openapi import answers, reply
from web.schemas import (
    CheckRequest,
    Receiving,
    Reversal,
    SettlementRequest,
)

bp = APIBlueprint("counter", __name__, url_prefix="/api")

CODES = {"1": ["80000000000000000001"]}


@bp.post("/prescriptions/<uuid:prescription_id>/checks")
@may("prescription.check")
@bp.input(
    CheckRequest,
    arg_name="form",
    example={"voucher": "e_code", "trace_codes": CODES},
)
@answers({200: shown.Assessed})
def check(prescription_id: UUID, form: CheckRequest) -> ResponseReturnValue:
    """Check a prescription by every rule in force, with clauses and amounts."""
    scope.not_held_elsewhere(prescription_id)
    doubts = asking.doubts(prescription_id)
    view = service.check(
        db.session(),
        parts.desk(),
        prescription_id=prescription_id,
        outlet_code=caller().subject,
        voucher=form.voucher,
        trace_codes=by_line(form.trace_codes),
        uncoded=by_line(form.uncoded),
        now=clock.now(),
    )
    stock = asking.stock(prescription_id)
    return reply(shown.assessed(view, doubts, parts.desk().asks, stock))


@bp.put("/prescriptions/<uuid:prescription_id>/settlement")
@may("prescription.settle")
@bp.input(
    SettlementRequest,
    arg_name="form",
    example={
        "voucher": "e_code",
        "scanned_code": "the text of the scanned insurance code",
        "trace_codes": CODES,
        "override": None,
        "tender": "cash",
    },
)
@answers({200: SettledView})
def settle(prescription_id: UUID, form: SettlementRequest) -> ResponseReturnValue:
    """Settle one prescription; asking again returns the same settlement."""
    settled = service.settle(
        db.session(),
        parts.desk(),
        prescription_id=prescription_id,
        outlet_code=caller().subject,
        voucher=form.voucher,
        scanned_code=form.scanned_code,
        trace_codes=by_line(form.trace_codes) or {},
        uncoded=by_line(form.uncoded),
        override=form.override.reason if form.override else None,
        tender=form.tender,
        shown_fen=form.patient_fen,
        by=caller().user,
        now=clock.now(),
        secret=form.secret,
        filling=form.filling,
        lines=packs_by_line(form.lines),
    )
    return reply(said(settled))


@bp.get("/prescriptions/<uuid:prescription_id>/settlement")
@may("settlement.read")
@answers({200: SettledView})
def show_settlement(prescription_id: UUID) -> ResponseReturnValue:
    """Show the settlement of a prescription that this outlet has settled."""
    return reply(scope.settled_here(prescription_id))


@bp.post("/settlements/<uuid:settlement_id>/resolution")
@may("settlement.resolve")
@answers({200: SettledView})
def resolve(settlement_id: UUID) -> ResponseReturnValue:
    """Ask the platform what became of a settlement whose outcome is unknown."""
    resolved = service.resolve(
        db.session(),
        parts.desk(),
        settlement_id=settlement_id,
        outlet_code=caller().subject,
        now=clock.now(),
    )
    return reply(said(resolved))


@bp.post("/settlements/<uuid:settlement_id>/reversal")
@may("settlement.reverse")
@bp.input(Reversal, arg_name="form", example={"reason": "patient_changed_mind"})
@answers({200: SettledView})
def reverse(settlement_id: UUID, form: Reversal) -> ResponseReturnValue:
    """Take back one settlement before the medicine is handed over."""
    reversed_ = service.reverse(
        db.session(),
        parts.desk(),
        settlement_id=settlement_id,
        outlet_code=caller().subject,
        reason=form.reason,
        by=caller().user,
        now=clock.now(),
    )
    return reply(said(reversed_))


@bp.post("/prescriptions/<uuid:prescription_id>/collection")
@may("prescription.hand_out")
@bp.input(Receiving, arg_name="form", example={"receiver": "patient", "proxy": None})
@answers({200: PrescriptionView})
def collect(prescription_id: UUID, form: Receiving) -> ResponseReturnValue:
    """Hand the medicine out at the counter, to the patient or a proxy (代领人)."""
    service.collect(
        db.session(),
        parts.desk(),
        prescription_id=prescription_id,
        outlet_code=caller().subject,
        receiver=receiver_of(form),
        now=clock.now(),
    )
    return reply(scope.prescription(prescription_id))


@bp.post("/orders/<uuid:order_id>/cancellation")
@may("order.cancel")
@answers({200: OrderView})
def cancel(order_id: UUID) -> ResponseReturnValue:
    """Cancel an order that no route holds yet, so that the patient may collect."""
    cancelled = service.cancel_order(
        db.session(),
        parts.desk(),
        order_id=order_id,
        outlet_code=caller().subject,
        now=clock.now(),
    )
    return reply(cancelled)


@bp.post("/orders/<uuid:order_id>/packing")
@may("order.pack")
@answers({200: OrderView})
def pack(order_id: UUID) -> ResponseReturnValue:
    """Mark a delivery order as packed and ready for the courier."""
    packed = service.pack(
        db.session(),
        parts.desk(),
        order_id=order_id,
        outlet_code=caller().subject,
        now=clock.now(),
    )
    return reply(packed)


def by_line(codes: dict[str, list[str]] | None) -> dict[int, tuple[str, ...]] | None:
    """Read scanned trace codes by the number of their line; None where not scanned yet."""
    if codes is None:
        return None
    return {int(no): tuple(scanned) for no, scanned in codes.items()}


def packs_by_line(packs: dict[str, int] | None) -> dict[int, int] | None:
    """Read the packs that are taken now by the number of their line; None for all."""
    return None if packs is None else {int(no): each for no, each in packs.items()}


def said(settled: SettledView) -> SettledView:
    """Pass on how a settlement stands; while its outcome is open, a key keeps no answer."""
    if settled.state in {"pending", "unknown", "reversing"}:
        client_keys.not_final()
    return settled


def receiver_of(form: Receiving) -> Receiver:
    """Say who takes the medicine."""
    if form.proxy is None:
        return Receiver(form.receiver)
    return Receiver(form.receiver, form.proxy.name, form.proxy.id_number)
