"""The monthly form of a pooling area (T19, T22, L27): drawn up, checked, sent by the 2nd."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from dispensing.audit import pooling_area
from dispensing.desk import Desk, Reader
from dispensing.errors import Conflict, Words
from dispensing.forms.counting import Behind, count, people_behind
from dispensing.forms.due import FormDue, due_of, next_month
from dispensing.forms.faults import FormFault, faults
from dispensing.forms.layout import DISEASES
from dispensing.forms.schedule import (
    Cell,
    FormChange,
    Key,
    Schedule,
    Span,
    changes,
    of_record,
    to_record,
)
from dispensing.policy.pack import load_packs
from dispensing.policy.rules import Rules
from dispensing.sealed import unseal
from dispensing.service.approving import Party
from dispensing.service.claim_lines import claim_lines
from dispensing.service.forms import kept
from dispensing.service.forms.kept import FormSending, FormVersion, Of
from dispensing.service.people import person_row, record_reads
from dispensing.tables import FormEntryRow
from dispensing.vault import mask_name

SCHEDULE = "schedule"
PEOPLE_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class FormNumber:
    """A number that somebody entered, with where it comes from."""

    name: str
    number: int
    source: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Monthly:
    """A month's form as the desk shows it: the version looked at, and what is to be said of it."""

    of: Of
    due: FormDue
    versions: tuple[FormVersion, ...]  # the latest first
    at: FormVersion | None  # the one looked at
    found: Schedule | None
    faults: tuple[FormFault, ...]
    changed: tuple[FormChange, ...]  # against the version sent before this one
    entered: tuple[FormNumber, ...]

    @property
    def number(self) -> int | None:
        """Give the number of the version looked at; None where there is none yet."""
        return self.at.number if self.at else None

    @property
    def sent_at(self) -> datetime | None:
        """Tell when the form was sent first; None where it was not."""
        return min((v.sending.at for v in self.versions if v.sending), default=None)


def month_of(area: str, first: date) -> Of:
    """Name the form of a pooling area and a month."""
    return Of(SCHEDULE, pooling_area(area), first.replace(day=1))


def span_of(region: str, first: date) -> Span:
    """Give the days of a month's form; the policy begins with the region's first text (R15)."""
    first = first.replace(day=1)
    return Span(since_of(region), first, next_month(first) - timedelta(days=1))


def since_of(region: str) -> date:
    """Tell when a region's first text came into force: from then on forms are drawn up."""
    return min(pack.effective_from for pack in load_packs() if pack.region == region)


def draw_up(
    session: Session, desk: Desk, of: Of, *, region: str, by: Party, now: datetime
) -> FormVersion:
    """Draw a month's form up from what was settled, as its next version where it differs."""
    span = span_of(region, of.first)
    lines = claim_lines(session, desk, area=of.place, first=span.since, last=span.last)
    return keep_counted(session, of, span, count(lines, span), by=by, now=now)


def keep_counted(
    session: Session,
    of: Of,
    span: Span,
    cells: Mapping[Key, Cell],
    *,
    by: Party,
    now: datetime,
) -> FormVersion:
    """Keep numbers that were counted as a month's form, with the managed as entered."""
    managed = {
        disease: one.number if (one := _last(session, of, disease)) else None
        for disease in DISEASES
    }
    record = to_record(Schedule(span, cells, managed))
    return kept.keep(session, of, record, by=by, now=now)


def look(session: Session, of: Of, rules: Rules, number: int | None = None) -> Monthly:
    """Give a month's form as it stands, or one version of it."""
    entered = tuple(one for d in DISEASES if (one := _last(session, of, d)))
    due = due_of(of.first, rules)
    return looked(session, of, due, faults, number=number, entered=entered)


def looked(
    session: Session,
    of: Of,
    due: FormDue,
    check: Callable[[Schedule, Schedule | None], tuple[FormFault, ...]],
    *,
    number: int | None,
    entered: tuple[FormNumber, ...] = (),
) -> Monthly:
    """Give a month's form or report with what `check` finds in it."""
    every = kept.versions(session, of)
    at = every[0] if every and number is None else None
    if number is not None:
        at = kept.version(session, of, number)
    found = of_record(at.content) if at else None
    before = kept.sent(session, Of(of.kind, of.place, month_before(of.first)))
    earlier = next(
        (one for one in every if at and one.sending and one.number < at.number), None
    )
    return Monthly(
        of,
        due,
        every,
        at,
        found,
        check(found, of_record(before.content) if before else None) if found else (),
        changes(of_record(earlier.content), found) if earlier and found else (),
        entered,
    )


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
    """Send a version of a month's form; one whose numbers contradict each other is refused."""
    found = look(session, of, rules, number)
    return send_looked(session, found, sending, role=role, now=now)


def send_looked(
    session: Session, found: Monthly, sending: FormSending, *, role: str, now: datetime
) -> FormVersion:
    """Send the version that was looked at, form or report, unless it contradicts itself."""
    _refuse_contradictions(found, sending)
    assert found.at is not None, "a version was asked for"
    return kept.send(session, found.at, sending, role=role, now=now)


def _refuse_contradictions(found: Monthly, sending: FormSending) -> None:
    """Refuse numbers that contradict each other, and such as want a word without one."""
    wrong = [one for one in found.faults if one.is_impossible and one.code != "falls"]
    if wrong:
        raise Conflict(
            Words(
                f"表里有 {len(wrong)} 处数字互相矛盾。",
                f"{len(wrong)} number(s) contradict each other.",
                "请先核对标出的数字。",
                "Look into the marked numbers first.",
            ),
            code="form-impossible",
        )
    if found.faults and not sending.remark.strip():
        raise Conflict(
            Words(
                "有需要说明的数字。",
                "Some numbers want a word.",
                "请在备注里说明后报送。",
                "Say in the remark why they are so, and send it.",
            ),
            code="form-unexplained",
        )


def enter(
    session: Session,
    of: Of,
    *,
    disease: str,
    number: int,
    source: str,
    by: Party,
    now: datetime,
) -> None:
    """Write a number of managed people down, with the registry or letter that it stands in."""
    session.add(
        FormEntryRow(
            place=of.place,
            first=of.first,
            name=_name(disease),
            number=number,
            source=source.strip(),
            by=by.user,
            role=by.role,
            at=now,
        )
    )
    session.commit()


def is_entered(
    session: Session, of: Of, *, disease: str, number: int, source: str
) -> bool:
    """Tell whether this number with this source is what was entered last."""
    last = _last(session, of, disease)
    return last is not None and (last.number, last.source) == (number, source)


def behind(
    session: Session,
    desk: Desk,
    of: Of,
    key: Key,
    *,
    region: str,
    month: bool,
    page: int,
    reader: Reader,
    now: datetime,
) -> tuple[int, tuple[tuple[Behind, str], ...]]:
    """Name the people behind a number, fifty a page, masked; each one shown is on record.

    Gives how many there are, and of each on the page the sums and the masked name.
    """
    span = span_of(region, of.first)
    lines = claim_lines(session, desk, area=of.place, first=span.since, last=span.last)
    every = people_behind(lines, span, key, month=month)
    begin = (page - 1) * PEOPLE_A_PAGE
    shown = every[begin : begin + PEOPLE_A_PAGE]
    record_reads(session, [one.person for one in shown], reader, now)
    named = tuple((one, _masked(session, desk, one.person)) for one in shown)
    session.commit()
    return len(every), named


def _masked(session: Session, desk: Desk, person_no: str) -> str:
    return mask_name(unseal(desk.vault, person_row(session, person_no), "name"))


def _last(session: Session, of: Of, disease: str) -> FormNumber | None:
    query = (
        select(FormEntryRow)
        .where(
            col(FormEntryRow.place) == of.place,
            col(FormEntryRow.first) == of.first,
            col(FormEntryRow.name) == _name(disease),
        )
        .order_by(col(FormEntryRow.at).desc())
    )
    row = session.exec(query.limit(1)).first()
    if row is None:
        return None
    return FormNumber(row.name, row.number, row.source, row.by, row.at)


def _name(disease: str) -> str:
    return f"managed.{disease}"


def month_before(first: date) -> date:
    """Give the first day of the month before."""
    return (first.replace(day=1) - timedelta(days=1)).replace(day=1)


def months_back(day: date, count: int) -> tuple[date, ...]:
    """List the first days of a day's month and of those before it, the latest first."""
    found = [day.replace(day=1)]
    while len(found) < count:
        found.append(month_before(found[-1]))
    return tuple(found)
