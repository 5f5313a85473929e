"""Smart audit (智能审核) over the interface: rules, runs, alarms, samples, cases, pledges."""

from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing.service.smart import pledges, runs, samples
from dispensing.service.smart.case_views import AuditCase
from dispensing.service.smart.pledges import PledgeView
from dispensing.service.smart.runs import AlarmView, AuditRun
from dispensing.service.smart.samples import SampleView
from dispensing.service.smart.tasks import SmartTask
from dispensing.smart.rules import AuditRule
from web import db, smart
from web.auditing import area_of_caller
from web.auth import may
from web.openapi import answers, reply
from web.schemas_smart import (
    SmartAlarmQuery,
    SmartAnswerForm,
    SmartCaseForm,
    SmartDecisionForm,
    SmartFindingForm,
    SmartPledgeForm,
    SmartRunForm,
    SmartSampleForm,
    SmartThresholdForm,
)

bp = APIBlueprint("smart", __name__, url_prefix="/api/smart")

DAYS = {"first": "2025-09-01", "last": "2025-09-30"}


@bp.get("/rules")
@may("smart.read")
@answers({200: tuple[AuditRule, ...]})
def rules() -> ResponseReturnValue:
    """List the rules of audit with the sentence each rests on, and the thresholds of the area."""
    return reply(smart.rules())


@bp.post("/thresholds")
@may("smart.set")
@bp.input(
    SmartThresholdForm,
    arg_name="form",
    example={
        "rule": "duplicate",
        "name": "times_min",
        "value": 4,
        "reason": "抽查后调整",
    },
)
@answers({200: tuple[AuditRule, ...]})
def set_threshold(form: SmartThresholdForm) -> ResponseReturnValue:
    """Set a threshold of a rule for the area, with a reason."""
    return reply(smart.threshold_set(form))


@bp.get("/runs")
@may("smart.read")
@answers({200: tuple[AuditRun, ...]})
def list_runs() -> ResponseReturnValue:
    """List the last runs of the rules."""
    return reply(runs.runs(db.session(), area_of_caller()))


@bp.post("/runs")
@may("smart.run")
@bp.input(SmartRunForm, arg_name="form", example=DAYS)
@answers({202: SmartTask})
def run(form: SmartRunForm) -> ResponseReturnValue:
    """Let a worker run the rules over the claims of the area; what was found stays as it is."""
    return reply(smart.run_asked(form), 202)


@bp.get("/tasks/<uuid:task_id>")
@may("smart.read")
@answers({200: SmartTask})
def task(task_id: UUID) -> ResponseReturnValue:
    """Tell how far a run is, and what it has found."""
    return reply(smart.task(task_id))


@bp.get("/alarms")
@may("smart.read")
@bp.input(SmartAlarmQuery, location="query", arg_name="query")
@answers({200: tuple[AlarmView, ...]})
def alarms(query: SmartAlarmQuery) -> ResponseReturnValue:
    """List the alarms, the dearest first, with innocent explanations and the rule's record."""
    found = runs.alarms(
        db.session(), area_of_caller(), of_rule=query.rule or "", waiting=query.waiting
    )
    return reply(found)


@bp.get("/alarms/<alarm>")
@may("smart.read")
@answers({200: AlarmView})
def show_alarm(alarm: str) -> ResponseReturnValue:
    """Give one alarm with the lines it rests on; that its people are read is recorded."""
    return reply(smart.alarm_shown(alarm))


@bp.get("/samples")
@may("smart.read")
@answers({200: tuple[SampleView, ...]})
def list_samples() -> ResponseReturnValue:
    """List the samples of claims, and what they tell of all claims."""
    return reply(samples.samples(db.session(), area_of_caller()))


@bp.post("/samples")
@may("smart.case")
@bp.input(
    SmartSampleForm,
    arg_name="form",
    example={**DAYS, "way": "value", "size": 30, "seed": 7},
)
@answers({201: SampleView})
def draw(form: SmartSampleForm) -> ResponseReturnValue:
    """Draw a sample of the claims of the area by chance, by value or by variance."""
    return reply(smart.sampled(form), 201)


@bp.post("/samples/<uuid:sample_id>/findings")
@may("smart.case")
@bp.input(
    SmartFindingForm,
    arg_name="form",
    example={"claim": "c1", "wrong_fen": 0, "words": "相符"},
)
@answers({201: SampleView})
def find(sample_id: UUID, form: SmartFindingForm) -> ResponseReturnValue:
    """Write down once how much of a claim was wrong."""
    return reply(smart.found_of(sample_id, form), 201)


@bp.get("/cases")
@may("smart.follow")
@answers({200: tuple[AuditCase, ...]})
def cases() -> ResponseReturnValue:
    """List the cases of the area, or of the own outlet."""
    return reply(smart.cases_listed())


@bp.get("/cases/<uuid:case_id>")
@may("smart.follow")
@answers({200: AuditCase})
def case(case_id: UUID) -> ResponseReturnValue:
    """Give one case: what it rests on, how it stands, what became of it."""
    return reply(smart.case_shown(case_id))


@bp.post("/cases")
@may("smart.case")
@bp.input(
    SmartCaseForm,
    arg_name="form",
    example={"alarm_id": "0123456789abcdef", "words": "请说明这些结算"},
)
@answers({201: AuditCase})
def open_case(form: SmartCaseForm) -> ResponseReturnValue:
    """Open the case of an alarm, or of a claim that was found wrong; once."""
    return reply(smart.case_opened(form), 201)


@bp.post("/cases/<uuid:case_id>/answers")
@may("smart.answer")
@bp.input(
    SmartAnswerForm,
    arg_name="form",
    example={"kind": "answered", "words": "患者外出，提前取药"},
)
@answers({201: AuditCase})
def answer(case_id: UUID, form: SmartAnswerForm) -> ResponseReturnValue:
    """Answer a case of the own outlet, accept its decision, or appeal."""
    return reply(smart.answered(case_id, form), 201)


@bp.post("/cases/<uuid:case_id>/decision")
@may("smart.case")
@bp.input(
    SmartDecisionForm,
    arg_name="form",
    example={"outcome": "partly", "recover_fen": 1200, "reason": "查实部分"},
)
@answers({200: AuditCase})
def decide(case_id: UUID, form: SmartDecisionForm) -> ResponseReturnValue:
    """Ask for a decision, or the ruling on an appeal: another officer approves it."""
    smart.decision_asked(case_id, form)
    return reply(smart.case_shown(case_id))


@bp.post("/cases/<uuid:case_id>/recovery")
@may("smart.case")
@answers({200: AuditCase})
def book(case_id: UUID) -> ResponseReturnValue:
    """Book what a closed case takes back, once."""
    return reply(smart.booked(case_id))


@bp.post("/cases/<uuid:case_id>/publication")
@may("smart.case")
@answers({200: AuditCase})
def publish(case_id: UUID) -> ResponseReturnValue:
    """Publish a confirmed case as a typical one, without persons and outlets."""
    return reply(smart.published(case_id))


@bp.get("/pledges")
@may("smart.read")
@answers({200: tuple[PledgeView, ...]})
def list_pledges() -> ResponseReturnValue:
    """List the outlets of the area and their pledges, those without one first."""
    return reply(pledges.pledges(db.session(), area_of_caller()))


@bp.post("/pledge")
@may("smart.answer")
@bp.input(SmartPledgeForm, arg_name="form", example={"signer": "叶素珍"})
@answers({201: PledgeView})
def sign(form: SmartPledgeForm) -> ResponseReturnValue:
    """Sign the pledge for the own outlet, once a version."""
    return reply(smart.pledged(form.signer), 201)


@bp.get("/own")
@may("smart.answer")
@answers({200: smart.OwnAudit})
def own() -> ResponseReturnValue:
    """Give the own outlet's pledge, cases, what it owes the fund, and typical cases."""
    return reply(smart.own())
