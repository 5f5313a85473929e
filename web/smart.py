"""Smart audit as callers do it: over the claims of their area, in their name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import current_app

from dispensing.errors import FieldError, Malformed
from dispensing.service.approving import Party
from dispensing.service.claim_lines import claim_lines
from dispensing.service.people import record_reads
from dispensing.service.smart import (
    cases,
    pledges,
    recovery,
    runs,
    samples,
    tasks,
    thresholds,
)
from dispensing.service.smart.case_views import AuditCase
from dispensing.service.smart.pledges import PledgeView
from dispensing.service.smart.runs import AlarmView
from dispensing.service.smart.samples import FramedClaim, SampleView
from dispensing.service.smart.tasks import SmartTask
from dispensing.smart.pledge import current
from dispensing.smart.rules import AuditRule
from web import client_keys, clock, db, parts
from web.auditing import area_of_caller
from web.auth import caller
from web.jobs import audits
from web.jobs.running import jobs_of
from web.schemas_smart import (
    SmartAnswerForm,
    SmartCaseForm,
    SmartDecisionForm,
    SmartFindingForm,
    SmartRunForm,
    SmartSampleForm,
    SmartThresholdForm,
)

READS = "智能审核"
DAYS_MAX = 400
HEAD = (
    "alarm",
    "rule",
    "outlet",
    "first_day",
    "last_day",
    "stake_fen",
    "case",
)


@dataclass(frozen=True, slots=True)
class OwnAudit:
    """What an outlet sees: its pledge, its cases, what it owes, and typical cases."""

    pledge: PledgeView
    pledge_zh: str
    pledge_en: str
    cases: tuple[AuditCase, ...]
    owed_fen: int
    typical: tuple[AuditCase, ...]


def rules() -> tuple[AuditRule, ...]:
    """Give the rules as they hold in the caller's area."""
    return thresholds.rules_of(db.session(), area_of_caller())


def threshold_set(form: SmartThresholdForm) -> tuple[AuditRule, ...]:
    """Set a threshold in the caller's area."""
    thresholds.set_threshold(
        db.session(),
        form.rule,
        form.name,
        form.value,
        reason=form.reason,
        place=area_of_caller(),
        by=caller().user,
        now=clock.now(),
    )
    return rules()


def run_asked(form: SmartRunForm) -> SmartTask:
    """Let a worker run the rules over the claims of the caller's area."""
    _span_fits(form.first, form.last)
    who = caller()
    found = tasks.ask_run(
        db.session(),
        id_=client_keys.act_id(),
        place=area_of_caller(),
        first=form.first,
        last=form.last,
        by=Party(who.user, who.doing("smart.run"), who.name),
        now=clock.now(),
    )
    db.close_sessions()  # the worker may be of this process, and want the turn to write
    platform = current_app._get_current_object()  # type: ignore[attr-defined]
    if found.is_open:
        audits.hand_in(jobs_of(platform), found.id)
    return found


def task(id_: UUID) -> SmartTask:
    """Tell how far a run of the caller's area is."""
    return tasks.task(db.session(), id_, area_of_caller())


def alarm_shown(alarm_id: str) -> AlarmView:
    """Give one alarm; that its people's data are read is recorded."""
    session = db.writing_session()
    found = runs.alarm(session, alarm_id, area_of_caller())
    people = sorted({one.person for one in found.evidence})
    who = caller()
    role = who.doing("smart.read")
    record_reads(session, people, who.reads(role, READS), clock.now())
    session.commit()
    return found


def sampled(form: SmartSampleForm) -> SampleView:
    """Draw a sample of the claims of the caller's area."""
    _span_fits(form.first, form.last)
    session, area = db.session(), area_of_caller()
    framed: dict[str, FramedClaim] = {}
    for one in claim_lines(
        session, parts.desk(), area=area, first=form.first, last=form.last
    ):
        if one.reversed_on is None:
            before = framed.get(one.claim)
            fund_fen = one.fund_fen + (before.fund_fen if before else 0)
            framed[one.claim] = FramedClaim(
                one.claim, one.outlet, fund_fen, one.outlet_kind
            )
    return samples.draw(
        session,
        list(framed.values()),
        way=form.way,
        size=form.size,
        seed=form.seed,
        place=area,
        since=form.first,
        until=form.last,
        by=caller().user,
        now=clock.now(),
    )


def found_of(sample_id: UUID, form: SmartFindingForm) -> SampleView:
    """Write down what was found of a claim."""
    return samples.find(
        db.session(),
        sample_id,
        form.claim,
        wrong_fen=form.wrong_fen,
        words=form.words,
        place=area_of_caller(),
        by=caller().user,
        now=clock.now(),
    )


def case_opened(form: SmartCaseForm) -> AuditCase:
    """Open a case of an alarm, or of a claim of a sample."""
    said = {"words": form.words, "by": caller().user, "place": area_of_caller()}
    session, now = db.session(), clock.now()
    if form.alarm_id is not None and form.sample_id is None:
        return cases.open_case(session, form.alarm_id, **said, now=now)
    if form.sample_id is not None and form.claim and form.alarm_id is None:
        return cases.open_case_of_sample(
            session, form.sample_id, form.claim, **said, now=now
        )
    raise Malformed([FieldError("alarm_id", "an alarm, or a sample and its claim")])


def cases_listed() -> tuple[AuditCase, ...]:
    """List the caller's cases: of the own outlet, or of the area."""
    who = caller()
    outlet = who.subject if "counter" in who.roles else None
    place = "" if outlet else area_of_caller()
    return cases.listed(db.session(), place=place, outlet=outlet, today=clock.today())


def case_shown(case_id: UUID) -> AuditCase:
    """Give one of the caller's cases; NotFound for another's."""
    who = caller()
    outlet = who.subject if "counter" in who.roles else None
    place = "" if outlet else area_of_caller()
    return cases.case(
        db.session(), case_id, place=place, outlet=outlet, today=clock.today()
    )


def answered(case_id: UUID, form: SmartAnswerForm) -> AuditCase:
    """Answer as the calling outlet."""
    who = caller()
    return cases.answer(
        db.session(),
        case_id,
        form.kind,
        form.words,
        outlet=who.subject,
        role=who.doing("smart.answer"),
        by=who.user,
        now=clock.now(),
    )


def decision_asked(case_id: UUID, form: SmartDecisionForm) -> None:
    """Ask for a decision that another officer approves; always raises SecondNeeded."""
    who = caller()
    cases.propose_decision(
        db.session(),
        case_id,
        outcome=form.outcome,
        recover_fen=form.recover_fen,
        reason=form.reason,
        place=area_of_caller(),
        by=Party(who.user, who.doing("smart.case"), who.name),
        now=clock.now(),
    )


def booked(case_id: UUID) -> AuditCase:
    """Book what a case takes back, once."""
    who = caller()
    return recovery.book(
        db.session(),
        case_id,
        place=area_of_caller(),
        role=who.doing("smart.case"),
        by=who.user,
        now=clock.now(),
    )


def published(case_id: UUID) -> AuditCase:
    """Publish a case as a typical one."""
    who = caller()
    return cases.publish(
        db.session(),
        case_id,
        place=area_of_caller(),
        role=who.doing("smart.case"),
        by=who.user,
        now=clock.now(),
    )


def own() -> OwnAudit:
    """Give the calling outlet its side of the audit."""
    session, code = db.session(), caller().subject
    return OwnAudit(
        pledge=pledges.pledge_of(session, code),
        pledge_zh=current().zh,
        pledge_en=current().en,
        cases=cases_listed(),
        owed_fen=recovery.owed_fen(session, code),
        typical=cases.typical(session, today=clock.today()),
    )


def pledged(signer: str) -> PledgeView:
    """Sign the pledge for the calling outlet."""
    who = caller()
    return pledges.sign(db.session(), who.subject, signer, by=who.user, now=clock.now())


def rows_of(found: Sequence[AlarmView]) -> Iterator[tuple[object, ...]]:
    """Give alarms as rows of a table: whom they are about stays behind."""
    for one in found:
        days = (one.first_day.isoformat(), one.last_day.isoformat())
        plain = (one.id, one.rule, one.outlet_code, *days)
        yield (*plain, one.stake_fen, str(one.case_id or ""))


def _span_fits(first: date, last: date) -> None:
    if not first <= last or (last - first).days >= DAYS_MAX:
        raise Malformed([FieldError("last", f"from first on, at most {DAYS_MAX} days")])
