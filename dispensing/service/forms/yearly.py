"""The summary of a year (铁岭 四（三）, T20; 临沧 三（三）, L28): numbers, and words on them."""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlmodel import Session

from dispensing.audit import pooling_area
from dispensing.desk import Desk
from dispensing.forms.counting import count
from dispensing.forms.due import FormDue
from dispensing.forms.schedule import Schedule, Span, of_record, to_record
from dispensing.policy.rules import Rules
from dispensing.service.approving import Party
from dispensing.service.claim_lines import claim_lines
from dispensing.service.forms import kept
from dispensing.service.forms.kept import FormSending, FormVersion, Of
from dispensing.service.forms.monthly import since_of

if TYPE_CHECKING:
    from collections.abc import Mapping

SUMMARY = "summary"
SLUG = "annual-summary"  # the row of the calendar that asks for it


@dataclass(frozen=True, slots=True)
class SummaryTexts:
    """What an officer writes: progress and measures, problems, and the plan of the next year."""

    progress: str
    problems: str
    plan: str


@dataclass(frozen=True, slots=True)
class Yearly:
    """A year's summary as it stands; the numbers of the year are the schedule's `month`."""

    of: Of
    due: FormDue | None  # None where the region's text asks for none
    versions: tuple[FormVersion, ...]  # the latest first
    found: Schedule | None
    texts: SummaryTexts | None


def year_of(area: str, year: int) -> Of:
    """Name the summary of a pooling area and a year."""
    return Of(SUMMARY, pooling_area(area), date(year, 1, 1))


def due_of(year: int, rules: Rules) -> FormDue | None:
    """Tell by when the region's text wants the summary, with its sentence."""
    for row in rules.rows("calendar"):
        if row["slug"] == SLUG:
            month, day = map(int, row["on"].split("-"))
            cited = replace(rules.cited("calendar"), quote=row["quote"])
            return FormDue(date(year, month, day), cited)
    return None


def draw_up(
    session: Session,
    desk: Desk,
    of: Of,
    texts: SummaryTexts,
    *,
    region: str,
    by: Party,
    now: datetime,
) -> FormVersion:
    """Count the year and keep it with its texts, as the next version where something differs."""
    last = of.first.replace(month=12, day=31)
    span = Span(since_of(region), of.first, last)
    lines = claim_lines(session, desk, area=of.place, first=span.since, last=last)
    numbers = to_record(Schedule(span, count(lines, span), {}))
    record = {"numbers": numbers, "texts": asdict(texts)}
    return kept.keep(session, of, record, by=by, now=now)


def look(session: Session, of: Of, rules: Rules) -> Yearly:
    """Give a year's summary as it stands."""
    every = kept.versions(session, of)
    content: Mapping[str, Any] = every[0].content if every else {}
    return Yearly(
        of,
        due_of(of.first.year, rules),
        every,
        of_record(content["numbers"]) if content else None,
        SummaryTexts(**content["texts"]) if content else None,
    )


def send(
    session: Session,
    of: Of,
    number: int,
    sending: FormSending,
    *,
    role: str,
    now: datetime,
) -> FormVersion:
    """Write down that a version was sent; the same once more is the same."""
    one = kept.version(session, of, number)
    return kept.send(session, one, sending, role=role, now=now)
