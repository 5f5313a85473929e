"""The counter's face: scan, check, settle, pack, hand out; by keyboard alone."""

from uuid import UUID

from flask import (
    Blueprint,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from dispensing import service
from dispensing.codes import keystrokes
from dispensing.service.views import PrescriptionView
from pharmacies import service as pharmacies
from pharmacies.places import AREAS
from routing.service.riding import LIVE
from routing.service.views import ArrivalView
from web import (
    approvals,
    asking,
    clock,
    cold_chain,
    consents,
    db,
    guessed,
    parts,
    scope,
    shown,
    sweeping,
)
from web.api import promises
from web.api.counter import by_line, packs_by_line, receiver_of
from web.api.live_road import arrival_of, case_of
from web.auth import caller, may
from web.code_schemas import SCANNED_MAX
from web.live import seen
from web.pages import claims, duty, forms, presenting, scans, standing, steps
from web.pages.board import board
from web.pages.network import STATES, own_designation
from web.pages.patient import place_order
from web.schemas import CheckRequest, Receiving, Reversal, SettlementRequest
from web.windows import proposal

bp = Blueprint("counter_pages", __name__, url_prefix="/counter")


@bp.get("")
@may("prescription.find", page=True)
def home() -> ResponseReturnValue:
    """Show the scan field and today's queue of this outlet."""
    seen.note()
    who = caller()
    page = forms.page_asked()
    waiting = service.waiting_at(
        db.writing_session(),
        parts.desk(),
        who.subject,
        reader=who.reads("counter", "柜台队列"),
        now=clock.now(),
        page=page,
    )
    outlet = pharmacies.outlet(db.session(), who.subject)
    return render_template(
        "counter/home.html",
        waiting=waiting,
        page=page,
        outlet=outlet,
        approvals=approvals.waiting_for(who),
        undecided=sum(one.waits for one in cold_chain.waiting()),
        board=board(db.session(), who.subject, clock.today()),
        today=clock.today(),
        designation=own_designation(),
        designation_states=STATES,
    )


@bp.post("")
@may("prescription.find", page=True)
def find() -> ResponseReturnValue:
    """Open what was scanned or typed: a code that a patient shows, else a number."""
    scan = keystrokes.read(forms.text("scan", SCANNED_MAX))
    if scan.kind in presenting.PRESENTED:
        return presenting.opened(scan.text, None)
    scans.expect_here(scan, scans.AT_HOME)
    with guessed.number(scan.text):
        found = service.find_prescription(
            db.session(),
            parts.desk(),
            scan.text,
            reader=caller().reads("counter", "柜台扫码"),
            now=clock.now(),
        )
    return _back(found.id)


@bp.get("/prescriptions/<uuid:prescription_id>")
@may("prescription.read", face="counter", page=True)
def show(prescription_id: UUID) -> ResponseReturnValue:
    """Show a prescription, its last check at this outlet, and the next step."""
    seen.note()
    found = scope.prescription(prescription_id)
    address, _, phone = service.home_of(db.session(), parts.desk(), found.person_no)
    assessed = shown.last_assessed(
        found,
        service.platform_doubts(
            db.session(), parts.desk().vault, prescription_id, caller().subject
        ),
        parts.desk().asks,
        asking.stock(prescription_id) if found.state in steps.TO_SETTLE else (),
    )
    return render_template(
        "counter/prescription.html",
        rx=found,
        assessed=assessed,
        stand=steps.stand(found, assessed),
        held=found.settlement is not None and found.settlement.state in steps.HELD,
        reviewer=duty.next_one(found.life.reviews),
        prefixes=_prefixes(found),
        address=address,
        phone=phone,
        areas=AREAS,
        proposal=proposal(),
        asked_delivery=consents.asked("delivery", found.person_no),
        stands=standing.for_counter(found),
        arrival=_arrival(found),
        case=case_of(found.order.id) if found.order else None,
        holds=claims.kept(prescription_id) is not None,
        promise=promises.of_order(found.order.id) if found.order else None,
        asks_in_s=sweeping.next_in_s(current_app),
        receipts=service.receipts_of(
            db.session(), prescription_id, outlet_code=caller().subject
        ),
    )


def _arrival(found: PrescriptionView) -> ArrivalView | None:
    on_road = found.order is not None and found.order.state in LIVE
    return arrival_of(found.order.id) if on_road and found.order else None


@bp.get("/settlements/<uuid:settlement_id>")
@may("settlement.read", page=True)
def of_settlement(settlement_id: UUID) -> ResponseReturnValue:
    """Lead from a settlement, as the books name it, to its prescription."""
    return _back(scope.prescription_of(settlement_id))


@bp.post("/prescriptions/<uuid:prescription_id>/check")
@may("prescription.check", page=True)
def check(prescription_id: UUID) -> ResponseReturnValue:
    """Check the prescription by every rule."""
    form = forms.read(CheckRequest, trace_codes=forms.scanned() or None)
    scope.not_held_elsewhere(prescription_id)
    asking.doubts(prescription_id)
    service.check(
        db.session(),
        parts.desk(),
        prescription_id=prescription_id,
        outlet_code=caller().subject,
        voucher=form.voucher,
        trace_codes=by_line(form.trace_codes),
        now=clock.now(),
    )
    return _back(prescription_id)


@bp.post("/prescriptions/<uuid:prescription_id>/settle")
@may("prescription.settle", page=True)
def settle(prescription_id: UUID) -> ResponseReturnValue:
    """Settle with the scanned insurance code (医保码) or card."""
    reason = forms.text("reason")
    form = forms.read(
        SettlementRequest,
        trace_codes=forms.scanned(),
        uncoded=forms.scanned("uncoded"),
        override={"reason": reason} if reason else None,
        lines=forms.packs(),
    )
    if form.voucher == "e_code" and parts.desk().issues_codes:
        scans.expect_here(keystrokes.read(form.scanned_code), scans.AT_SETTLEMENT)
    service.settle(
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
        secret=claims.kept(prescription_id),
        filling=form.filling,
        lines=packs_by_line(form.lines),
    )
    return _back(prescription_id)


@bp.post("/prescriptions/<uuid:prescription_id>/resolve")
@may("settlement.resolve", page=True)
def resolve(prescription_id: UUID) -> ResponseReturnValue:
    """Ask the platform what became of an unknown settlement."""
    service.resolve(
        db.session(),
        parts.desk(),
        settlement_id=forms.number("settlement"),
        outlet_code=caller().subject,
        now=clock.now(),
    )
    return _back(prescription_id)


@bp.post("/prescriptions/<uuid:prescription_id>/reverse")
@may("settlement.reverse", page=True)
def reverse(prescription_id: UUID) -> ResponseReturnValue:
    """Take the settlement back, with a reason."""
    service.reverse(
        db.session(),
        parts.desk(),
        settlement_id=forms.number("settlement"),
        outlet_code=caller().subject,
        reason=forms.read(Reversal).reason,
        by=caller().user,
        now=clock.now(),
    )
    return _back(prescription_id)


@bp.post("/prescriptions/<uuid:prescription_id>/collect")
@may("prescription.hand_out", page=True)
def collect(prescription_id: UUID) -> ResponseReturnValue:
    """Hand the medicine out at the counter."""
    form = forms.read(Receiving, proxy=forms.proxy())
    service.collect(
        db.session(),
        parts.desk(),
        prescription_id=prescription_id,
        outlet_code=caller().subject,
        receiver=receiver_of(form),
        now=clock.now(),
    )
    return _back(prescription_id)


@bp.post("/prescriptions/<uuid:prescription_id>/order")
@may("order.place", face="counter", page=True)
def order(prescription_id: UUID) -> ResponseReturnValue:
    """Order a delivery for the patient at the counter."""
    place_order(prescription_id)
    return _back(prescription_id)


@bp.post("/prescriptions/<uuid:prescription_id>/cancel/<uuid:order_id>")
@may("order.cancel", page=True)
def cancel(prescription_id: UUID, order_id: UUID) -> ResponseReturnValue:
    """Cancel a delivery that no route holds, so that the patient may collect."""
    service.cancel_order(
        db.session(),
        parts.desk(),
        order_id=order_id,
        outlet_code=caller().subject,
        now=clock.now(),
    )
    return _back(prescription_id)


@bp.post("/prescriptions/<uuid:prescription_id>/pack/<uuid:order_id>")
@may("order.pack", page=True)
def pack(prescription_id: UUID, order_id: UUID) -> ResponseReturnValue:
    """Mark the parcel as packed."""
    service.pack(
        db.session(),
        parts.desk(),
        order_id=order_id,
        outlet_code=caller().subject,
        now=clock.now(),
    )
    if request.form.get("then") == "home":
        return redirect(url_for(".home"))
    return _back(prescription_id)


def _prefixes(rx: PrescriptionView) -> dict[int, str]:
    """Tell by line what its boxes' codes begin with, where the catalogue knows it."""
    codes = [line.medicine_code for line in rx.lines]
    medicines = pharmacies.medicines(db.session(), codes)
    return {
        line.no: medicine.trace_prefix
        for line, medicine in zip(rx.lines, medicines, strict=True)
        if medicine.trace_prefix
    }


def _back(prescription_id: UUID) -> ResponseReturnValue:
    return redirect(url_for(".show", prescription_id=prescription_id))
