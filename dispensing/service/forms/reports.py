"""The monthly report of an institution (渝某区 四（三）, C15): what it settled, by the 2nd.

A report has the numbers of the form, but for the managed. The district holds what was sent
against what was settled; who was at two institutions counts at each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, func, select

from dispensing.audit import pooling_area
from dispensing.desk import Desk
from dispensing.forms.counting import count, count_by_outlet
from dispensing.forms.due import REPORT_MEETS, FormDue, due_of
from dispensing.forms.faults import report_faults
from dispensing.forms.layout import DISEASES
from dispensing.forms.schedule import (
    Cell,
    FormChange,
    Key,
    Schedule,
    Span,
    added_up,
    changes,
    of_record,
    to_record,
)
from dispensing.policy.rules import Rules
from dispensing.service.approving import Party
from dispensing.service.claim_lines import claim_lines
from dispensing.service.forms import kept
from dispensing.service.forms.kept import FormSending, FormVersion, Of
from dispensing.service.forms.monthly import (
    Monthly,
    looked,
    send_looked,
    span_of,
)
from dispensing.tables import FormSendingRow, FormVersionRow
from pharmacies import service as pharmacies
from pharmacies.outlets import Kind

REPORT = "report"
_NONE: Mapping[str, int | None] = dict.fromkeys(DISEASES)


@dataclass(frozen=True, slots=True)
class Reported:
    """How an institution stands to a month's report; the text asks the designated for one."""

    outlet_code: str
    name: str
    kind: Kind
    is_asked: bool
    number: int | None  # of the version sent last, None where none was
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReportedMonth:
    """A month's reports: by when, of whom, what was sent added up, and the form kept."""

    due: FormDue
    reports: tuple[Reported, ...]  # who has not reported comes first
    total: Schedule
    form: Monthly  # the area's own


@dataclass(frozen=True, slots=True)
class ReportDifference:
    """Where an institution's report says otherwise than what is settled; no report is nought."""

    outlet_code: str
    name: str
    is_sent: bool
    changes: tuple[FormChange, ...]  # from what was reported to what is settled now


def report_of(outlet_code: str, first: date) -> Of:
    """Name the report of an institution and a month."""
    return Of(REPORT, outlet_code, first.replace(day=1))


def due_on(first: date, rules: Rules) -> FormDue:
    """Tell by when a report is sent; where no sentence says so, none is asked for."""
    return due_of(first, rules, REPORT_MEETS)


def draw_up(
    session: Session, desk: Desk, of: Of, *, region: str, by: Party, now: datetime
) -> FormVersion:
    """Draw a report up from what the institution settled, as the next version if it differs."""
    span = span_of(region, of.first)
    lines = claim_lines(
        session,
        desk,
        area=pooling_area(of.place),
        first=span.since,
        last=span.last,
        outlet=of.place,
    )
    record = to_record(Schedule(span, count(lines, span), _NONE))
    return kept.keep(session, of, record, by=by, now=now)


def look(session: Session, of: Of, rules: Rules, number: int | None = None) -> Monthly:
    """Give an institution's report as it stands, or one version of it."""
    due = due_on(of.first, rules)
    return looked(session, of, due, report_faults, number=number)


def send(
    session: Session,
    of: Of,
    number: int,
    sending: FormSending,
    *,
    rules: Rules,
    role: str,
    now: datetime,
) -> FormVersion:
    """Send a version of a report; one whose numbers contradict each other is refused."""
    found = look(session, of, rules, number)
    return send_looked(session, found, sending, role=role, now=now)


def reported(
    session: Session, form: Monthly, rules: Rules, *, day: date
) -> ReportedMonth:
    """Tell who of an area has reported a month, and what the reports come to."""
    due, sent = due_on(form.of.first, rules), _sent(session, form.of)
    asked = _asked(session, form.of.place, day) if due.cited else frozenset()
    places = pharmacies.outlets_of(session, asked | set(sent))
    found = [
        Reported(
            one.code,
            one.name,
            one.kind,
            one.code in asked,
            sent[one.code].number if one.code in sent else None,
            _sent_at(sent.get(one.code)),
        )
        for one in places
    ]
    found.sort(key=lambda one: (one.sent_at is not None, one.outlet_code))
    total = added_up(of_record(one.content).cells for one in sent.values())
    span = span_of(rules.region, form.of.first)
    return ReportedMonth(due, tuple(found), Schedule(span, total, _NONE), form)


def differences(
    session: Session, desk: Desk, of: Of, *, region: str
) -> tuple[ReportDifference, ...]:
    """Count an area's month by institution, and name each whose report says otherwise."""
    span, sent = span_of(region, of.first), _sent(session, of)
    lines = claim_lines(session, desk, area=of.place, first=span.since, last=span.last)
    counted = count_by_outlet(lines, span)
    names = pharmacies.outlet_names(session, counted.keys() | sent.keys())
    told = (
        ReportDifference(
            code, name, code in sent, _changes(span, sent.get(code), cells)
        )
        for code, name in sorted(names.items())
        for cells in [counted.get(code) or added_up(())]
    )
    return tuple(one for one in told if one.changes)


def waiting(session: Session, area: str, first: date, day: date) -> int:
    """Count the institutions of an area that a month's report is still missing of."""
    sent = _sent(session, Of(REPORT, pooling_area(area), first))
    return len(_asked(session, pooling_area(area), day) - sent.keys())


def _sent_at(found: FormVersion | None) -> datetime | None:
    return found.sending.at if found and found.sending else None


def _changes(
    span: Span, sent: FormVersion | None, counted: Mapping[Key, Cell]
) -> tuple[FormChange, ...]:
    before = of_record(sent.content).cells if sent else added_up(())
    return changes(Schedule(span, before, _NONE), Schedule(span, counted, _NONE))


def _asked(session: Session, area: str, day: date) -> frozenset[str]:
    """Name the designated medical institutions (医疗机构) of an area: shops are not asked."""
    codes = pharmacies.designated(session, day, pooling_area=area)
    found = pharmacies.outlets_of(session, codes)
    return frozenset(one.code for one in found if one.kind != "pharmacy")


def _sent(session: Session, of: Of) -> dict[str, FormVersion]:
    """Give the version sent last of each report of an area and a month."""
    query = (
        select(FormVersionRow, FormSendingRow)
        .join(FormSendingRow, col(FormSendingRow.version_id) == FormVersionRow.id)
        .where(
            col(FormVersionRow.kind) == REPORT,
            col(FormVersionRow.first) == of.first,
            func.substr(col(FormVersionRow.place), 2, len(of.place)) == of.place,
        )
        .order_by(col(FormVersionRow.number))
    )
    return {row.place: kept.version_of(row, told) for row, told in session.exec(query)}
