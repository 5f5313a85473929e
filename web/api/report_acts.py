"""Reports of institutions, as pages and programs ask for them: own ones, and those of an area."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from dispensing.forms.faults import FormFault
from dispensing.forms.schedule import Cell, FormChange, Key
from dispensing.policy.rules import Rules
from dispensing.service.approving import Party
from dispensing.service.forms import monthly, reports
from dispensing.service.forms.kept import (
    FormSending,
    FormVersion,
    Of,
    Standing,
    standings,
)
from dispensing.service.forms.monthly import Monthly
from dispensing.service.forms.reports import (
    ReportDifference,
    Reported,
    ReportedMonth,
)
from pharmacies import service as pharmacies
from web import clock, db, parts
from web.api import form_acts
from web.api.form_acts import FormCell, FormMonth
from web.auth import caller
from web.schemas_forms import FormSent


@dataclass(frozen=True, slots=True)
class ReportMonths:
    """The months of an institution's reports; `is_asked` tells whether a text here wants them."""

    is_asked: bool
    months: tuple[FormMonth, ...]


@dataclass(frozen=True, slots=True)
class ReportView:
    """An institution's report of a month: numbers (amounts in fen), what is wrong, versions."""

    month: str
    due: date
    is_asked: bool
    number: int | None
    cells: tuple[FormCell, ...]
    faults: tuple[FormFault, ...]
    changed: tuple[FormChange, ...]
    versions: tuple[FormVersion, ...]


@dataclass(frozen=True, slots=True)
class ReportsView:
    """Who of an area has reported a month, what that comes to, and the form that was kept."""

    month: str
    due: date
    is_asked: bool
    reports: tuple[Reported, ...]
    total: tuple[FormCell, ...]
    form: tuple[FormCell, ...]


def months(today: date, count: int = 12) -> ReportMonths:
    """List the months that the calling outlet reports, the latest first."""
    since = monthly.since_of(parts.settings().region).replace(day=1)
    firsts = [first for first in monthly.months_back(today, count) if first >= since]
    of, rules = _own(today), parts.rules(today)
    kept = standings(db.session(), of.kind, of.place, first=firsts[-1], last=firsts[0])
    due = {first: reports.due_on(first, rules) for first in firsts}
    asked = any(one.cited for one in due.values()) and _is_institution(of)
    return ReportMonths(
        asked,
        tuple(
            _month(due[first].day, first, kept.get(first, Standing()), asked)
            for first in firsts
        ),
    )


def are_asked() -> bool:
    """Tell whether a text in force here asks the calling outlet for reports."""
    of = _own(clock.today())
    return reports.due_on(of.first, _rules()).cited is not None and _is_institution(of)


def look(month: str, number: int | None = None) -> Monthly:
    """Give the calling outlet's report of a month, or one version of it."""
    of = _own(form_acts.month_of(month))
    return reports.look(db.session(), of, _rules(), number)


def is_asked(found: Monthly) -> bool:
    """Tell whether a text in force here asks the institution for this report."""
    return found.due.cited is not None and _is_institution(found.of)


def viewed(found: Monthly) -> ReportView:
    """Turn a report into what programs are told."""
    return ReportView(
        f"{found.of.first:%Y-%m}",
        found.due.day,
        is_asked(found),
        found.number,
        _cells(found),
        found.faults,
        found.changed,
        found.versions,
    )


def draw(month: str) -> FormVersion:
    """Draw the calling outlet's report up from what it settled."""
    return reports.draw_up(
        db.session(),
        parts.desk(),
        _own(form_acts.month_of(month)),
        region=parts.settings().region,
        by=_by(),
        now=clock.now(),
    )


def send(month: str, form: FormSent) -> FormVersion:
    """Send a version of the calling outlet's report in the caller's name."""
    by, now = _by(), clock.now()
    sending = FormSending(form.reporter, form.phone, form.remark, by.user, now)
    return reports.send(
        db.session(),
        _own(form_acts.month_of(month)),
        form.number,
        sending,
        rules=_rules(),
        role=by.role,
        now=now,
    )


def outlet_name() -> str:
    """Name the calling outlet."""
    return pharmacies.outlet(db.session(), caller().subject).name


def of_area(month: str) -> ReportedMonth:
    """Tell who of the caller's area has reported a month."""
    form = form_acts.look(month)
    return reports.reported(db.session(), form, _rules(), day=clock.today())


def area_viewed(found: ReportedMonth) -> ReportsView:
    """Turn an area's reports into what programs are told."""
    return ReportsView(
        f"{found.form.of.first:%Y-%m}",
        found.due.day,
        found.due.cited is not None,
        found.reports,
        _told(found.total.cells),
        _cells(found.form),
    )


def differences(month: str) -> tuple[ReportDifference, ...]:
    """Name the institutions of the caller's area whose reports differ from what is settled."""
    of, region = form_acts.look(month).of, parts.settings().region
    return reports.differences(db.session(), parts.desk(), of, region=region)


def _month(due: date, first: date, found: Standing, asked: bool) -> FormMonth:
    late = asked and found.sent_at is None and clock.today() > due
    return FormMonth(f"{first:%Y-%m}", due, found.versions, found.sent_at, late)


def _cells(found: Monthly) -> tuple[FormCell, ...]:
    return _told(found.found.cells) if found.found else ()


def _told(cells: Mapping[Key, Cell]) -> tuple[FormCell, ...]:
    return tuple(FormCell(*key, cell.month, cell.whole) for key, cell in cells.items())


def _is_institution(of: Of) -> bool:
    """Tell whether an outlet is a medical institution (医疗机构): a shop is not."""
    return pharmacies.outlet(db.session(), of.place).kind != "pharmacy"


def _own(first: date) -> Of:
    return reports.report_of(caller().subject, first)


def _rules() -> Rules:
    return parts.rules(clock.today())


def _by() -> Party:
    who = caller()
    return Party(who.user, who.doing("report.send"), who.name)
