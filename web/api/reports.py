"""Monthly reports of institutions over the interface (渝某区 四（三）): by the 2nd of the month."""

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing.service.forms.kept import FormVersion
from dispensing.service.forms.reports import ReportDifference
from web import clock
from web.api import report_acts
from web.api.report_acts import ReportMonths, ReportsView, ReportView
from web.auth import may
from web.openapi import answers, reply
from web.schemas_forms import FormSent

bp = APIBlueprint("reports", __name__, url_prefix="/api")
SENT = {"number": 1, "reporter": "李芳", "phone": "0577-88230000", "remark": ""}


@bp.get("/reports")
@may("report.read")
@answers({200: ReportMonths})
def listed() -> ResponseReturnValue:
    """List the last twelve months of the own outlet: by when, and whether it has reported."""
    return reply(report_acts.months(clock.today()))


@bp.get("/reports/<month>")
@may("report.read")
@answers({200: ReportView})
def show(month: str) -> ResponseReturnValue:
    """Give the own report of a month (such as 2025-09): the latest version."""
    return reply(report_acts.viewed(report_acts.look(month)))


@bp.post("/reports/<month>/versions")
@may("report.send")
@answers({200: FormVersion})
def draw(month: str) -> ResponseReturnValue:
    """Draw the own report up from what was settled; where nothing differs, the last is given."""
    return reply(report_acts.draw(month))


@bp.post("/reports/<month>/sendings")
@may("report.send")
@bp.input(FormSent, arg_name="form", example=SENT)
@answers({200: FormVersion})
def send(month: str, form: FormSent) -> ResponseReturnValue:
    """Report the latest version to the bureau; contradicting numbers are refused."""
    return reply(report_acts.send(month, form))


@bp.get("/forms/<month>/reports")
@may("form.read")
@answers({200: ReportsView})
def of_area(month: str) -> ResponseReturnValue:
    """Tell which institutions have reported a month, and what their reports come to."""
    return reply(report_acts.area_viewed(report_acts.of_area(month)))


@bp.get("/forms/<month>/reports/differences")
@may("form.compare")
@answers({200: tuple[ReportDifference, ...]})
def differences(month: str) -> ResponseReturnValue:
    """Name the institutions whose reports say otherwise than what is settled now."""
    return reply(report_acts.differences(month))
