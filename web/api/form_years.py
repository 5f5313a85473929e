"""The summary of a year over the interface (铁岭 四（三）, 临沧 三（三）): numbers and texts."""

from dataclasses import dataclass
from datetime import date

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing.errors import NotFound
from dispensing.service.approving import Party
from dispensing.service.forms import monthly, yearly
from dispensing.service.forms.kept import FormSending, FormVersion, Of
from dispensing.service.forms.yearly import SummaryTexts, Yearly
from web import clock, db, parts
from web.api.form_acts import FormCell
from web.api.network import own_area
from web.auth import caller, may
from web.openapi import answers, reply
from web.schemas_forms import FormSent, SummaryWritten

bp = APIBlueprint("form_years", __name__, url_prefix="/api/summaries")
WRITTEN = {
    "progress": "规范化管理患者全部纳入",
    "problems": "部分乡镇用药配备不足",
    "plan": "扩大长处方",
}
SENT = {"number": 1, "reporter": "王敏", "phone": "0577-88960000", "remark": ""}


@dataclass(frozen=True, slots=True)
class FormYear:
    """A year's summary: by when it is due, the year's numbers (amounts in fen), texts, versions."""

    year: int
    due: date | None
    cells: tuple[FormCell, ...]
    texts: SummaryTexts | None
    versions: tuple[FormVersion, ...]


@bp.get("/<int:year>")
@may("form.read")
@answers({200: FormYear})
def show(year: int) -> ResponseReturnValue:
    """Give a year's summary; in its cells, `month` are the numbers of the year."""
    found = looked(year)
    cells = found.found.cells if found.found else {}
    told = (FormCell(*key, cell.month, cell.whole) for key, cell in cells.items())
    due = found.due.day if found.due else None
    return reply(FormYear(year, due, tuple(told), found.texts, found.versions))


@bp.post("/<int:year>/versions")
@may("form.draw")
@bp.input(SummaryWritten, arg_name="form", example=WRITTEN)
@answers({200: FormVersion})
def draw(year: int, form: SummaryWritten) -> ResponseReturnValue:
    """Count the year and keep it with its texts, as the next version where something differs."""
    return reply(drawn(year, form))


@bp.post("/<int:year>/sendings")
@may("form.send")
@bp.input(FormSent, arg_name="form", example=SENT)
@answers({200: FormVersion})
def send(year: int, form: FormSent) -> ResponseReturnValue:
    """Write down that a version was sent, by whom."""
    return reply(sent(year, form))


def looked(year: int) -> Yearly:
    """Give a year's summary of the caller's area; NotFound before the policy and after today."""
    return yearly.look(db.session(), _of(year), parts.rules(clock.today()))


def drawn(year: int, form: SummaryWritten) -> FormVersion:
    """Draw a year's summary up with what was written."""
    return yearly.draw_up(
        db.session(),
        parts.desk(),
        _of(year),
        SummaryTexts(form.progress, form.problems, form.plan),
        region=parts.settings().region,
        by=_by("form.draw"),
        now=clock.now(),
    )


def sent(year: int, form: FormSent) -> FormVersion:
    """Send a version of a year's summary in the caller's name."""
    by, now = _by("form.send"), clock.now()
    sending = FormSending(form.reporter, form.phone, form.remark, by.user, now)
    return yearly.send(
        db.session(), _of(year), form.number, sending, role=by.role, now=now
    )


def _of(year: int) -> Of:
    since = monthly.since_of(parts.settings().region)
    if not since.year <= year <= clock.today().year:
        raise NotFound("这一年的总结", "summary of this year")
    return yearly.year_of(own_area(), year)


def _by(action: str) -> Party:
    who = caller()
    return Party(who.user, who.doing(action), who.name)
