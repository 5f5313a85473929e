"""Whose is it: each caller reaches only their own; the rest does not exist for them."""

from uuid import UUID

from dispensing import service
from dispensing.desk import Reader
from dispensing.errors import FieldError, Malformed, NotFound
from dispensing.service.views import OrderView, PrescriptionView, SettledView
from routing import service as routing
from routing.service import PlanningView, ProofFile
from routing.service.views import PlanView, RouteView
from web import clock, db, parts
from web.auth import Caller, caller
from web.under_lock import is_away

PURPOSES = {
    "patient": "查看本人处方",
    "counter": "柜台配药",
    "hospital": "查看本机构处方",
    "courier": "送药上门",
}
WHY_MIN, WHY_MAX = 2, 100  # letters, of why the bureau looks at a proof


def prescription(prescription_id: UUID) -> PrescriptionView:
    """Read one prescription for the caller, on record; NotFound where it is not theirs."""
    who = caller()
    role = who.as_role("patient", "hospital", "counter")
    _turn_strangers_away(prescription_id, role, who)
    # A writing session, because each read of a patient is recorded.
    found = service.prescription(
        db.writing_session(),
        parts.desk(),
        prescription_id,
        reader=who.reads(role, PURPOSES[role]),
        now=clock.now(),
    )
    if not _concerns(found, who):
        raise _no_prescription()
    return found


def outlets_reader(prescription_id: UUID) -> Reader:
    """Tell who may ask where a prescription can be had; NotFound for everybody else.

    That is the patient, a relative with leave to act, and the pharmacy that holds it. Who
    may not is turned away before the read is recorded.
    """
    who = caller()
    role = who.as_role("patient", "counter")
    person_no = service.person_of(db.session(), prescription_id)
    if role == "counter":
        may = service.holder_of(db.session(), prescription_id, clock.now())
        if may != who.subject:
            raise _no_prescription()
        return who.reads(role, "查询哪里可以取药")
    if person_no == who.subject:
        return who.reads(role, "查询哪里可以取药")
    helped = service.people_acted_for(db.session(), parts.desk().vault, who.subject)
    if person_no not in {each.person_no for each in helped}:
        raise _no_prescription()
    return who.reads(role, "代办家人查询哪里可以取药")


def may_see_prescription(prescription_id: UUID) -> None:
    """Raise NotFound where a prescription is not the caller's; nothing of it is read."""
    service.person_of(db.session(), prescription_id)  # there is one
    role = caller().as_role("patient", "counter")
    _turn_strangers_away(prescription_id, role, caller())


def not_held_elsewhere(prescription_id: UUID) -> None:
    """Raise NotFound where the settlement of another outlet holds a prescription."""
    service.person_of(db.session(), prescription_id)  # there is one
    try:
        held = service.settlement(db.session(), prescription_id)
    except NotFound:
        return  # nobody has settled it
    if not _open_to(held, caller()):
        raise _no_prescription()


def own_prescription(prescription_id: UUID) -> PrescriptionView:
    """Read a prescription that the caller may act on: the patient's, or settled here."""
    found = prescription(prescription_id)
    if "patient" not in caller().roles:
        settled_here(prescription_id)
    return found


def order(order_id: UUID) -> OrderView:
    """Read one delivery order for the caller; NotFound where it is not theirs."""
    who = caller()
    found = service.order(db.session(), parts.desk(), order_id)
    mine = (
        ("counter" in who.roles and found.outlet_code == who.subject)
        or ("dispatch" in who.roles and found.carrier_code == who.subject)
        or ("patient" in who.roles and _is_mine(found.prescription_id, who))
        or ("courier" in who.roles and _on_my_route(order_id, who))
        or ("bureau" in who.roles and found.area[:4] == who.subject[:4])
    )
    if not mine or is_away(who.roles, found.prescription_id):
        raise NotFound("订单", "order")
    return found


def proof(proof_id: UUID, *, order_id: UUID | None = None, why: str = "") -> ProofFile:
    """Open the picture of a proof for the caller, on record; NotFound where it is not theirs.

    Where an `order_id` is given, also where the proof is of another order. The bureau says
    why it looks; Malformed where it does not.
    """
    of = routing.proof_order(db.session(), proof_id)
    if order_id not in (None, of):
        raise NotFound("凭证", "proof")
    try:
        order(of)
    except NotFound:  # of a proof that there is one is not told either
        raise NotFound("凭证", "proof") from None
    who = caller()
    role = who.doing("proof.read")
    if role == "bureau" and len(why.strip()) < WHY_MIN:
        raise Malformed([FieldError("why", "why you look at it, in 2 to 100 letters")])
    # A writing session, because each read of a patient is recorded.
    return routing.proof_file(
        db.writing_session(),
        parts.desk(),
        proof_id,
        reader=who.reads(role, proof_purpose(why)),
        now=clock.now(),
    )


def proof_purpose(why: str = "") -> str:
    """Say what a proof is looked at for, as the patient reads it."""
    return f"查看送达凭证：{why.strip()}" if why.strip() else "查看送达凭证"


def plan(plan_id: UUID) -> PlanView:
    """Read one plan of the caller's delivery firm."""
    return routing.plan(
        db.session(), parts.desk(), plan_id, carrier_code=caller().subject
    )


def planning(planning_id: UUID) -> PlanningView:
    """Read one request to plan of the caller's delivery firm."""
    firm = caller().subject
    return routing.planning(
        db.session(), planning_id, carrier_code=firm, now=clock.now()
    )


def route(route_id: UUID) -> RouteView:
    """Read one route of the calling courier."""
    return routing.route(
        db.session(), parts.desk(), route_id, courier_code=caller().subject
    )


def _concerns(found: PrescriptionView, who: Caller) -> bool:
    if "patient" in who.roles:
        return bool(found.person_no == who.subject)
    if "hospital" in who.roles:
        return bool(found.issuer == who.subject)
    return found.settlement is None or _open_to(found.settlement, who)


def _open_to(held: SettledView, who: Caller) -> bool:
    # A pharmacy sees what may still be settled anywhere, and what it has settled itself.
    return held.state in {"void", "reversed"} or held.outlet_code == who.subject


def _turn_strangers_away(prescription_id: UUID, role: str, who: Caller) -> None:
    # Before the read is recorded: who saw nothing must not stand among the readers.
    if role == "counter":
        not_held_elsewhere(prescription_id)
    elif not (_is_mine if role == "patient" else _is_from)(prescription_id, who):
        raise _no_prescription()
    if is_away(who.roles, prescription_id):
        raise _no_prescription()


def settlement_role(settlement_id: UUID) -> str:
    """Say as which role the caller may see a settlement; NotFound where it is not theirs."""
    who = caller()
    person_no, outlet_code, of = service.settlement_owners(db.session(), settlement_id)
    if "patient" in who.roles and person_no == who.subject:
        return "patient"
    mine = "counter" in who.roles and outlet_code == who.subject
    if mine and not is_away(who.roles, of):
        return "counter"
    raise NotFound("结算记录", "settlement")


def prescription_of(settlement_id: UUID) -> UUID:
    """Tell which prescription a settlement of the caller belongs to."""
    settlement_role(settlement_id)
    return service.settlement_owners(db.session(), settlement_id)[2]


def settled_here(prescription_id: UUID) -> SettledView:
    """Return the settlement of a prescription, if the calling outlet has made it."""
    found = service.settlement(db.session(), prescription_id)
    if found.outlet_code != caller().subject:
        raise NotFound("结算记录", "settlement")
    return found


def _is_mine(prescription_id: UUID, who: Caller) -> bool:
    return bool(service.person_of(db.session(), prescription_id) == who.subject)


def _is_from(prescription_id: UUID, who: Caller) -> bool:
    return bool(service.sender_of(db.session(), prescription_id) == who.subject)


def _on_my_route(order_id: UUID, who: Caller) -> bool:
    mine = routing.routes(db.session(), parts.desk(), who.subject, clock.today())
    return any(stop.order_id == order_id for made in mine for stop in made.stops)


def _no_prescription() -> NotFound:
    return NotFound("处方", "prescription")
