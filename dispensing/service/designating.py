"""Acts of a designation's life by the rules of the day, and what they mean for what runs.

The figures come from the texts: conditions of admission, months until the next attempt, the
quota. A suspended or ended pharmacy loses the prescriptions that it holds; what it has
settled is handed out all the same, because the agreement stood on the day of the settlement,
unless the act says that the goods themselves are in doubt.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import cast
from uuid import UUID

from pydantic import TypeAdapter
from sqlmodel import Session, col, select

from dispensing.approvals import Needed, canonical, digest
from dispensing.days import day_of
from dispensing.desk import Desk
from dispensing.errors import Conflict, FieldError, Malformed, Words
from dispensing.policy import Rules
from dispensing.service.approving import (
    Party,
    ask_second,
    changed_since,
    content_of,
    use,
)
from dispensing.service.claiming import release
from dispensing.service.receiving import note
from dispensing.tables import OrderRow, PrescriptionRow, ProposalRow
from pharmacies import designation_service as pharmacies
from pharmacies import service as network
from pharmacies.designation import (
    CHRONIC,
    GENERAL,
    AgreementKind,
    Condition,
    Conditions,
    Dossier,
    Refused,
)
from pharmacies.designation_service import DesignationView, Doing, Override, Terms
from pharmacies.quota import Plan

# A condition's figure in the texts, where it has another name than the condition.
_FIGURES = {
    "clean": "clean_months",
    "running": "running_months",
    "pharmacist": "pharmacists_min",
    "contract": "contract_months",
}
_STOPPING = ("suspend", "end")
_RUNNING = ("placed", "packed", "planned", "out")


@dataclass(frozen=True, slots=True)
class Act:
    """What is asked for: the act, on which designation, from which day, and why.

    `on` is the day from which it holds; of `end` it is the last day in force.
    """

    act: str
    outlet_code: str
    kind: AgreementKind
    reason: str
    act_id: UUID
    on: date | None = None  # None: today
    late: bool = False
    dossier: Dossier | None = None
    terms: Terms | None = None
    until: date | None = None
    stops_orders: bool = False
    cause: str | None = None
    override: Override | None = None


_ACT = TypeAdapter(Act)


@dataclass(frozen=True, slots=True)
class Done:
    """The life after an act, and what of the pharmacy was under way."""

    life: DesignationView
    released: int  # prescriptions that it held and that others may now have
    running: int  # orders that are settled and not handed over yet


class LeavesQuota(Conflict):
    """An act takes a unit below its floor or beyond its ceiling; `left` is to be confirmed."""

    def __init__(self, words: Words, code: str, left: int) -> None:
        super().__init__(words, code=code)
        self.left = left


def designate(
    session: Session,
    desk: Desk,
    act: Act,
    *,
    by: str,
    role: str,
    now: datetime,
) -> Done:
    """Do one act of a designation's life; raises Conflict with the code of its refusal.

    What a suspended or ended pharmacy holds is given back in the same unit of work, so that
    no crash leaves it there. An ending, and leaving a target by more than one person decides
    alone, waits for a second person (SecondNeeded).
    """
    asker = Party(by, role)
    act = replace(act, on=act.on or day_of(now))
    basis = _basis(session, desk, act, now)
    is_again = pharmacies.is_done(session, act.act_id)
    done = carry_out(session, desk, act, by=asker, now=now)
    needed = None if is_again else _needed(session, desk, act, basis)
    if needed is not None:
        session.rollback()
        raise ask_second(session, needed, by=asker, now=now)
    session.commit()
    return done


def carry_approved(
    session: Session, desk: Desk, row: ProposalRow, *, now: datetime
) -> None:
    """Do the act of a proposal as it was asked for; the caller commits it with the approval."""
    act = _ACT.validate_python(content_of(row))
    if _basis(session, desk, act, now) != row.basis:
        raise changed_since()
    carry_out(session, desk, act, by=Party(row.by, row.role), now=now)
    use(session, row, by=row.by, now=now)


def carry_out(
    session: Session, desk: Desk, act: Act, *, by: Party, now: datetime
) -> Done:
    """Do one act and what follows for the pharmacy's prescriptions; the caller commits."""
    today = day_of(now)
    area = network.outlet(session, act.outlet_code).area
    rules = desk.rules(area, area, today)
    doing = Doing(
        outlet_code=act.outlet_code,
        kind=act.kind,
        on=act.on or today,
        today=today,
        at=now,
        by=by.user,
        role=by.role,
        reason=act.reason,
        act_id=act.act_id,
        late=act.late,
    )
    with _told(session):
        life = _do(session, act, doing, rules)
    released = 0
    if act.act in _STOPPING and not network.is_designated(
        session, act.outlet_code, today, act.kind
    ):
        released = _release(session, act.outlet_code, now, by=by.user)
    running = _running(session, act.outlet_code)
    return Done(life, released, running)


def plan_of(rules: Rules) -> Plan:
    """Give what the units are to reach by the texts of a day."""
    return Plan(
        rules.quota_targets,
        rules.quota_units,
        rules.quota_ceilings,
        deadline_of(rules),
    )


def deadline_of(rules: Rules) -> date | None:
    """Tell the last day by which the quota is due (W20), where a text states one."""
    for cells in rules.rows("calendar"):
        if cells.get("meets") == "quota.total" and "until" in cells:
            return date.fromisoformat(cells["until"])
    return None


def conditions(rules: Rules, kind: AgreementKind, outlet_kind: str) -> Conditions:
    """Give the conditions of an admission that the texts of a day state.

    The order of 2021 is about pharmacies; for other outlets no text here states any.
    """
    if outlet_kind != "pharmacy":
        return {}
    named = CHRONIC if kind == "chronic" else GENERAL
    found = {name: _condition(rules, _FIGURES.get(name, name)) for name in named}
    return {name: one for name, one in found.items() if one is not None}


def _needed(session: Session, desk: Desk, act: Act, basis: str) -> Needed | None:
    """Tell what of an act that was just done wants a second person."""
    beyond = pharmacies.overridden_by(session, act.act_id)
    wants = act.act == "end" or (
        beyond is not None and desk.alone.quota_wants_two(beyond)
    )
    if not wants:
        return None
    content = json.loads(_ACT.dump_json(act))
    return Needed("designation", act.outlet_code, content, basis, act.reason)


def _basis(session: Session, desk: Desk, act: Act, now: datetime) -> str:
    """Digest what an act rests on: the lives of the outlet's agreements, and the texts."""
    area = network.outlet(session, act.outlet_code).area
    rules = desk.rules(area, area, day_of(now))
    stands = pharmacies.stands(session, act.outlet_code)
    return digest(canonical({"life": stands, "texts": dict(rules.versions)}))


def _do(session: Session, act: Act, doing: Doing, rules: Rules) -> DesignationView:
    outlet_kind = network.outlet(session, act.outlet_code).kind
    asked = conditions(rules, act.kind, outlet_kind)
    dossier = act.dossier or Dossier()
    plan, over = plan_of(rules), act.override
    to_do: dict[str, Callable[[], DesignationView]] = {
        "apply": lambda: pharmacies.apply_for(session, doing, dossier, asked),
        "supplement": lambda: pharmacies.supplement(session, doing, dossier, asked),
        "withdraw_application": lambda: pharmacies.withdraw_application(session, doing),
        "accept": lambda: pharmacies.accept(session, doing, asked),
        "refuse": lambda: pharmacies.turn_down(
            session, doing, _condition(rules, "retry_months")
        ),
        "sign": lambda: pharmacies.sign(
            session, doing, act.terms or Terms(doing.on, act.until), plan, override=over
        ),
        "open_card": lambda: pharmacies.open_card(session, doing, plan, override=over),
        "suspend": lambda: pharmacies.suspend(
            session,
            doing,
            plan,
            until=act.until,
            stops_orders=act.stops_orders,
            override=over,
        ),
        "resume": lambda: pharmacies.resume(session, doing, plan, override=over),
        "renew": lambda: pharmacies.renew(
            session, doing, act.until, plan, override=over
        ),
        "end": lambda: pharmacies.end(
            session, doing, plan, cause=_cause(act), override=over
        ),
    }
    return to_do[act.act]()


def _cause(act: Act) -> str:
    if act.cause is None or act.cause not in pharmacies.ENDINGS:
        expected = f"one of {', '.join(pharmacies.ENDINGS)}"
        raise Malformed([FieldError("cause", expected)])
    return act.cause


def _condition(rules: Rules, name: str) -> Condition | None:
    figure = rules.figures.get(f"admission.{name}")
    if figure is None or figure.value is None:
        return None
    cited = figure.cited
    value = cast("int", figure.value)
    return Condition(int(value), cited.document, cited.clause, cited.quote, cited.says)


@contextmanager
def _told(session: Session) -> Iterator[None]:
    """Let what the life refuses be an answer like any other; nothing of it stays."""
    try:
        yield
    except Refused as refused:
        session.rollback()
        words = refused.words
        if refused.left is not None:
            raise LeavesQuota(words, refused.code, refused.left) from refused
        raise Conflict(words, code=refused.code) from refused


def _release(session: Session, outlet_code: str, now: datetime, *, by: str) -> int:
    """Give back what a pharmacy holds that cannot settle any more, for others to have."""
    held = (
        select(PrescriptionRow)
        .where(
            col(PrescriptionRow.claimed_by) == outlet_code,
            col(PrescriptionRow.state) == "received",
        )
        .order_by(col(PrescriptionRow.id))  # everybody locks in this order
        .with_for_update()
    )
    rows = session.exec(held).all()
    for row in rows:
        release(session, row, now)
        detail = "not_designated"
        session.add(note(row.id, now, "claim_returned", by=by, detail=detail))
    return len(rows)


def _running(session: Session, outlet_code: str) -> int:
    query = select(OrderRow.id).where(
        col(OrderRow.outlet_code) == outlet_code, col(OrderRow.state).in_(_RUNNING)
    )
    return len(session.exec(query).all())
