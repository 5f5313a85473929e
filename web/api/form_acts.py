"""The forms of the bureau, as pages and programs ask for them: of the caller's own area."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dispensing.errors import FieldError, Malformed, NotFound
from dispensing.forms.counting import Behind
from dispensing.forms.due import due_of
from dispensing.forms.faults import FormFault
from dispensing.forms.layout import DISEASES, ROWS
from dispensing.forms.schedule import FormChange, FormCount
from dispensing.policy.rules import Rules
from dispensing.service.approving import Party
from dispensing.service.forms import apart, managed, monthly
from dispensing.service.forms.kept import (
    FormSending,
    FormVersion,
    Of,
    Standing,
    standings,
)
from dispensing.service.forms.managed import ManagedOffer
from dispensing.service.forms.monthly import FormNumber, Monthly
from pharmacies.places import POOLING_AREAS
from web import clock, db, parts
from web.api.network import own_area
from web.auth import caller
from web.schemas_forms import EntrySent, FormSent, OfferTaken


@dataclass(frozen=True, slots=True)
class FormCell:
    """What one scheme paid for one disease: of the month, and since the policy began."""

    row: str
    disease: str
    month: FormCount
    whole: FormCount


@dataclass(frozen=True, slots=True)
class FormView:
    """A month's form: its numbers (amounts in fen), what is wrong with them, and its versions."""

    month: str
    since: date | None
    due: date
    number: int | None
    managed: dict[str, int | None]
    cells: tuple[FormCell, ...]
    faults: tuple[FormFault, ...]
    changed: tuple[FormChange, ...]
    entered: tuple[FormNumber, ...]
    offered: ManagedOffer | None
    versions: tuple[FormVersion, ...]


@dataclass(frozen=True, slots=True)
class FormScheme:
    """What one scheme paid for both diseases: of the month, and since the policy began."""

    scheme: str
    month: FormCount
    whole: FormCount


@dataclass(frozen=True, slots=True)
class FormStatistics:
    """Statistics of a month by scheme (临沧 二12): since when is counted, and the numbers."""

    month: str
    since: date
    schemes: tuple[FormScheme, ...]


@dataclass(frozen=True, slots=True)
class FormMonth:
    """One month in the list of forms: by when, and when it was sent."""

    month: str
    due: date
    versions: int
    sent_at: datetime | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class Behinds:
    """A page of the people behind a number, with their masked names."""

    count: int
    people: tuple[tuple[Behind, str], ...]


def months(today: date, count: int = 12) -> tuple[FormMonth, ...]:
    """List the months whose forms are drawn up now or were: the latest first."""
    since = monthly.since_of(parts.settings().region).replace(day=1)
    firsts = [first for first in monthly.months_back(today, count) if first >= since]
    of, rules = _of(today), parts.rules(today)
    kept = standings(db.session(), of.kind, of.place, first=firsts[-1], last=firsts[0])
    return tuple(
        _month(due_of(first, rules).day, first, kept.get(first, Standing()), today)
        for first in firsts
    )


@dataclass(frozen=True, slots=True)
class FormSpent:
    """What a month's form tells of a disease over all schemes: cost and of it the fund, in fen."""

    month: str
    disease: str
    cost_fen: int
    fund_fen: int


def spent(months: Sequence[FormMonth]) -> tuple[FormSpent, ...]:
    """Tell of each month that has a form what its latest version says was spent."""
    found = (look(one.month).found for one in reversed(months) if one.versions)
    return tuple(
        FormSpent(
            f"{schedule.span.first:%Y-%m}",
            disease,
            schedule.over(ROWS, disease, "month", "cost_fen"),
            schedule.over(ROWS, disease, "month", "fund_fen"),
        )
        for schedule in found
        if schedule is not None
        for disease in DISEASES
    )


def _month(due: date, first: date, found: Standing, today: date) -> FormMonth:
    late = found.sent_at is None and today > due
    return FormMonth(f"{first:%Y-%m}", due, found.versions, found.sent_at, late)


def month_of(text: str) -> date:
    """Read a month such as 2025-09; NotFound where it is none, or the policy had not begun."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        first = date.max
    since = monthly.since_of(parts.settings().region).replace(day=1)
    if len(text) != len("2025-09") or not since <= first <= clock.today():
        raise NotFound("这个月的表", "form of this month")
    return first


def look(month: str, number: int | None = None) -> Monthly:
    """Give a month's form, or one version of it."""
    return monthly.look(db.session(), _of(month_of(month)), _rules(), number)


def viewed(found: Monthly) -> FormView:
    """Turn a form into what programs are told."""
    schedule = found.found
    cells = schedule.cells if schedule else {}
    return FormView(
        f"{found.of.first:%Y-%m}",
        schedule.span.since if schedule else None,
        found.due.day,
        found.number,
        dict(schedule.managed) if schedule else dict.fromkeys(DISEASES),
        tuple(FormCell(*key, cell.month, cell.whole) for key, cell in cells.items()),
        found.faults,
        found.changed,
        found.entered,
        managed.offered(db.session(), found.of),
        found.versions,
    )


def draw(month: str) -> FormVersion:
    """Draw a month's form up from what was settled."""
    return monthly.draw_up(
        db.session(),
        parts.desk(),
        _of(month_of(month)),
        region=parts.settings().region,
        by=_by("form.draw"),
        now=clock.now(),
    )


def send(month: str, form: FormSent) -> FormVersion:
    """Send a version of a month's form in the caller's name."""
    by, now = _by("form.send"), clock.now()
    sending = FormSending(form.reporter, form.phone, form.remark, by.user, now)
    of = _of(month_of(month))
    return monthly.send(
        db.session(),
        of,
        form.number,
        sending,
        rules=_rules(),
        role=by.role,
        now=now,
    )


def enter(month: str, form: EntrySent) -> Monthly:
    """Write down a number of managed people with its source."""
    of = _of(month_of(month))
    monthly.enter(
        db.session(),
        of,
        disease=form.disease,
        number=form.number,
        source=form.source,
        by=_by("form.enter"),
        now=clock.now(),
    )
    return monthly.look(db.session(), of, _rules())


def offered(month: str) -> ManagedOffer | None:
    """Give what the matching of a month counted of managed residents."""
    return managed.offered(db.session(), _of(month_of(month)))


def take_offered(month: str, form: OfferTaken) -> Monthly:
    """Enter what the matching of a month counted, with its source."""
    of, by = _of(month_of(month)), _by("form.enter")
    managed.take_offered(db.session(), of, form.run_id, by=by, now=clock.now())
    return monthly.look(db.session(), of, _rules())


def behind(month: str, *, row: str, disease: str, span: str, page: int) -> Behinds:
    """Name the people behind a number, masked, a page of them; each read is on record."""
    if row not in ROWS or disease not in DISEASES or span not in ("month", "whole"):
        raise Malformed([FieldError("row", "a scheme, a disease and a span")])
    who = caller()
    found = monthly.behind(
        db.writing_session(),
        parts.desk(),
        _of(month_of(month)),
        (row, disease),
        region=parts.settings().region,
        month=span == "month",
        page=page,
        reader=who.reads(who.doing("form.people"), "核对调度表"),
        now=clock.now(),
    )
    return Behinds(*found)


def statistics(month: str) -> FormStatistics:
    """Count a month's statistics by scheme, a person with both diseases once."""
    of, region = _of(month_of(month)), parts.settings().region
    found = apart.apart(db.session(), parts.desk(), of, region=region)
    rows = (FormScheme(name, it.month, it.whole) for name, it in found.rows.items())
    return FormStatistics(month, found.span.since, tuple(rows))


def area_name() -> str:
    """Name the caller's pooling area."""
    return POOLING_AREAS.get(own_area(), "")


def _of(first: date) -> Of:
    return monthly.month_of(own_area(), first)


def _rules() -> Rules:
    return parts.rules(clock.today())


def _by(action: str) -> Party:
    who = caller()
    return Party(who.user, who.doing(action), who.name)
