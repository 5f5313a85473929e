"""The pages of smart audit (智能审核): the bureau's, and an outlet's own view of its cases."""

from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing.service.smart import pledges, runs, samples, tasks
from dispensing.smart.cases import ANSWER_DAYS, APPEAL_DAYS
from dispensing.smart.rules import shipped
from web import clock, db, sheets, smart
from web.auditing import area_of_caller
from web.auth import caller, may
from web.pages import forms
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

bp = Blueprint("smart_pages", __name__)

STATES = {
    "heard": "等机构说明",
    "unanswered": "逾期未说明",
    "answered": "已说明，等决定",
    "decided": "已决定，可申诉",
    "appealed": "已申诉",
    "closed": "已结案",
    "recovered": "已追回入账",
}
TONES = {"unanswered": "bad", "recovered": "good", "closed": "good", "heard": "warn"}
OUTCOMES = {"confirmed": "查实", "partly": "部分查实", "unfounded": "不成立"}
TURNS = {
    "answered": "机构说明",
    "decided": "决定",
    "accepted": "机构认可",
    "appealed": "机构申诉",
    "ruled": "申诉裁定",
    "booked": "追回入账",
    "published": "发布典型案例",
}
NEEDS = {
    "auxiliary": "没有辅助药品目录",
    "ends": "没有死亡和停保名单",
    "hours": "没有机构营业时间",
    "known_addresses": "没有集中居住地址",
    "parts": "没有拆零规格",
    "places": "没有机构位置",
    "stays": "没有住院记录",
}
WAYS = {"random": "随机", "value": "按金额", "variance": "按差异"}
SHOWN_MAX = 100


@bp.get("/bureau/smart")
@may("smart.read", page=True)
def home() -> str:
    """Show the alarms, the dearest first, and the last runs."""
    asked = forms.query(SmartAlarmQuery)
    found = runs.alarms(
        db.session(), area_of_caller(), of_rule=asked.rule or "", waiting=asked.waiting
    )
    return render_template(
        "bureau/smart/home.html",
        alarms=found[:SHOWN_MAX],
        more=max(0, len(found) - SHOWN_MAX),
        tasks=tasks.tasks(db.session(), area_of_caller()),
        runs=runs.runs(db.session(), area_of_caller()),
        rules=shipped(),
        rule=asked.rule or "",
        today=clock.today(),
        acts="bureau" in caller().roles,
    )


@bp.get("/bureau/smart/alarms.csv")
@may("smart.read", page=True)
def export() -> Response:
    """Give the alarms as CSV."""
    return _alarms("csv")


@bp.get("/bureau/smart/alarms.xlsx")
@may("smart.read", page=True)
def export_xlsx() -> Response:
    """Give the alarms as a workbook."""
    return _alarms("xlsx")


def _alarms(kind: str) -> Response:
    found = runs.alarms(db.session(), area_of_caller())
    return sheets.handed("alarms", kind, smart.HEAD, smart.rows_of(found))


@bp.post("/bureau/smart/runs")
@may("smart.run", page=True)
def run() -> ResponseReturnValue:
    """Let a worker run the rules over a span of days."""
    found = smart.run_asked(forms.read(SmartRunForm))
    return redirect(url_for(".show_task", task_id=found.id))


@bp.get("/bureau/smart/tasks/<uuid:task_id>")
@may("smart.read", page=True)
def show_task(task_id: UUID) -> str:
    """Show how far a run is, and what it has found."""
    return render_template(
        "bureau/smart/task.html",
        it=smart.task(task_id),
        rules={one.id: one for one in shipped()},
        needs=NEEDS,
    )


@bp.get("/bureau/smart/tasks/<uuid:task_id>/progress")
@may("smart.read", page=True)
def progress(task_id: UUID) -> str:
    """Give the part of the page that tells how far it is."""
    return render_template("bureau/smart/progress.html", it=smart.task(task_id))


@bp.get("/bureau/smart/alarms/<alarm_id>")
@may("smart.read", page=True)
def show_alarm(alarm_id: str) -> str:
    """Show one alarm with its evidence; that its people are read is recorded."""
    found = smart.alarm_shown(alarm_id)
    return render_template(
        "bureau/smart/alarm.html",
        one=found,
        evidence=found.evidence[:SHOWN_MAX],
        acts="bureau" in caller().roles,
    )


@bp.get("/bureau/smart/rules")
@may("smart.read", page=True)
def rules() -> str:
    """Show the rules, their sentences, thresholds and record."""
    return render_template(
        "bureau/smart/rules.html",
        rules=smart.rules(),
        records=runs.records(db.session(), area_of_caller()),
        acts="bureau" in caller().roles,
    )


@bp.post("/bureau/smart/rules")
@may("smart.set", page=True)
def set_threshold() -> ResponseReturnValue:
    """Set a threshold with a reason."""
    smart.threshold_set(forms.read(SmartThresholdForm))
    return redirect(url_for(".rules"))


@bp.get("/bureau/smart/samples")
@may("smart.read", page=True)
def list_samples() -> str:
    """Show the samples and what they tell of all claims."""
    return render_template(
        "bureau/smart/samples.html",
        samples=samples.samples(db.session(), area_of_caller()),
        ways=WAYS,
        today=clock.today(),
        acts="bureau" in caller().roles,
    )


@bp.post("/bureau/smart/samples")
@may("smart.case", page=True)
def draw() -> ResponseReturnValue:
    """Draw a sample."""
    drawn = smart.sampled(forms.read(SmartSampleForm))
    return redirect(url_for(".show_sample", sample_id=drawn.id))


@bp.get("/bureau/smart/samples/<uuid:sample_id>")
@may("smart.read", page=True)
def show_sample(sample_id: UUID) -> str:
    """Show the claims of a sample and what was found of each."""
    return render_template(
        "bureau/smart/sample.html",
        one=samples.sample(db.session(), sample_id, area_of_caller()),
        ways=WAYS,
        acts="bureau" in caller().roles,
    )


@bp.post("/bureau/smart/samples/<uuid:sample_id>/findings")
@may("smart.case", page=True)
def find(sample_id: UUID) -> ResponseReturnValue:
    """Write down what was found of a claim."""
    form = forms.read(SmartFindingForm, wrong_fen=forms.fen("wrong"))
    smart.found_of(sample_id, form)
    return redirect(url_for(".show_sample", sample_id=sample_id))


@bp.get("/bureau/smart/pledges")
@may("smart.read", page=True)
def list_pledges() -> str:
    """Show which outlets have signed the pledge of now."""
    found = pledges.pledges(db.session(), area_of_caller())
    return render_template("bureau/smart/pledges.html", pledges=found)


@bp.get("/bureau/smart/cases")
@may("smart.follow", face="bureau", page=True)
def cases() -> str:
    """Show the cases of the area."""
    return _page("cases.html", cases=smart.cases_listed())


@bp.post("/bureau/smart/cases")
@may("smart.case", page=True)
def open_case() -> ResponseReturnValue:
    """Open a case and hear the outlet."""
    found = smart.case_opened(forms.read(SmartCaseForm))
    return redirect(url_for(".show_case", case_id=found.id))


@bp.get("/bureau/smart/cases/<uuid:case_id>")
@may("smart.follow", face="bureau", page=True)
def show_case(case_id: UUID) -> str:
    """Show one case and what may be done with it."""
    acts = "bureau" in caller().roles
    return _page("case.html", one=smart.case_shown(case_id), acts=acts)


@bp.post("/bureau/smart/cases/<uuid:case_id>/decision")
@may("smart.case", page=True)
def decide(case_id: UUID) -> ResponseReturnValue:
    """Ask for a decision that another officer approves."""
    form = forms.read(SmartDecisionForm, recover_fen=forms.fen("recover"))
    smart.decision_asked(case_id, form)
    return redirect(url_for(".show_case", case_id=case_id))


@bp.post("/bureau/smart/cases/<uuid:case_id>/ends")
@may("smart.case", page=True)
def end(case_id: UUID) -> ResponseReturnValue:
    """Book what a case takes back, or publish it."""
    if request.form.get("act") == "publish":
        smart.published(case_id)
    else:
        smart.booked(case_id)
    return redirect(url_for(".show_case", case_id=case_id))


@bp.get("/counter/smart")
@may("smart.answer", page=True)
def own() -> str:
    """Show an outlet its pledge, its cases, what it owes the fund, and typical cases."""
    return _page("own.html", own=smart.own())


@bp.post("/counter/smart/pledge")
@may("smart.answer", page=True)
def sign() -> ResponseReturnValue:
    """Sign the pledge."""
    smart.pledged(forms.read(SmartPledgeForm).signer)
    return redirect(url_for(".own"))


@bp.get("/counter/smart/cases/<uuid:case_id>")
@may("smart.answer", page=True)
def own_case(case_id: UUID) -> str:
    """Show an outlet one of its cases."""
    return _page("case.html", one=smart.case_shown(case_id), acts=False, own=True)


@bp.post("/counter/smart/cases/<uuid:case_id>/answers")
@may("smart.answer", page=True)
def answer(case_id: UUID) -> ResponseReturnValue:
    """Answer, accept or appeal."""
    smart.answered(case_id, forms.read(SmartAnswerForm))
    return redirect(url_for(".own_case", case_id=case_id))


def _page(name: str, **shown: object) -> str:
    return render_template(
        f"bureau/smart/{name}",
        states=STATES,
        tones=TONES,
        outcomes=OUTCOMES,
        turns=TURNS,
        answer_days=ANSWER_DAYS,
        appeal_days=APPEAL_DAYS,
        **shown,
    )
