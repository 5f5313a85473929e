"""The bureau's monthly forms over the interface (铁岭 四（三）, 附件)."""

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing.service.forms.kept import FormVersion
from web import clock
from web.api import form_acts
from web.api.form_acts import FormMonth, FormStatistics, FormView
from web.auth import may
from web.openapi import answers, reply
from web.schemas_forms import EntrySent, FormSent, OfferTaken

bp = APIBlueprint("bureau_forms", __name__, url_prefix="/api/forms")
SENT = {"number": 1, "reporter": "王敏", "phone": "0577-88960000", "remark": ""}
OFFERED = {"run_id": "3f2b1d0e-52f6-4f0c-9d7a-0b6b9a4d7c11"}
ENTERED = {
    "disease": "diabetes",
    "number": 5120,
    "source": "卫健委规范化管理人员信息库，9月30日",
}


@bp.get("")
@may("form.read")
@answers({200: tuple[FormMonth, ...]})
def listed() -> ResponseReturnValue:
    """List the last twelve months: by when each form is due, and whether it was sent."""
    return reply(form_acts.months(clock.today()))


@bp.get("/<month>")
@may("form.read")
@answers({200: FormView})
def show(month: str) -> ResponseReturnValue:
    """Give a month's form (such as 2025-09): the latest version, and what is wrong with it."""
    return reply(form_acts.viewed(form_acts.look(month)))


@bp.get("/<month>/statistics")
@may("form.read")
@answers({200: FormStatistics})
def statistics(month: str) -> ResponseReturnValue:
    """Count a month by scheme, both diseases together (临沧 二12): people, cost, fund paid."""
    return reply(form_acts.statistics(month))


@bp.post("/<month>/versions")
@may("form.draw")
@answers({200: FormVersion})
def draw(month: str) -> ResponseReturnValue:
    """Draw a month's form up from what was settled; where nothing differs, the last is given."""
    return reply(form_acts.draw(month))


@bp.post("/<month>/sendings")
@may("form.send")
@bp.input(FormSent, arg_name="form", example=SENT)
@answers({200: FormVersion})
def send(month: str, form: FormSent) -> ResponseReturnValue:
    """Write down that the latest version was sent; contradicting numbers are refused."""
    return reply(form_acts.send(month, form))


@bp.post("/<month>/entries")
@may("form.enter")
@bp.input(EntrySent, arg_name="form", example=ENTERED)
@answers({200: FormView})
def enter(month: str, form: EntrySent) -> ResponseReturnValue:
    """Enter how many are managed, with the source; the next version has the number."""
    return reply(form_acts.viewed(form_acts.enter(month, form)))


@bp.post("/<month>/managed")
@may("form.enter")
@bp.input(OfferTaken, arg_name="form", example=OFFERED)
@answers({200: FormView})
def take_offered(month: str, form: OfferTaken) -> ResponseReturnValue:
    """Enter what the matching offered counted of managed residents, with its source."""
    return reply(form_acts.viewed(form_acts.take_offered(month, form)))
