"""What a person was given without an application: told on their pages (T4, L2)."""

from dataclasses import dataclass
from datetime import date, timedelta

from dispensing.matching.lists import KINDS, Entitling
from dispensing.policy import Citation
from dispensing.service.matching import enrolling
from dispensing.service.matching.enrolling import EnrolmentView
from web import clock, db, parts
from web.auth import caller

TOLD = timedelta(days=60)  # so long it stands on the first page; then beside the year


@dataclass(frozen=True, slots=True)
class Given:
    """A benefit and the sentence by which nobody had to ask for it."""

    enrolment: EnrolmentView
    words: tuple[str, str]
    cited: Citation


def of_caller(*, since: date | None = None) -> tuple[Given, ...]:
    """List what the caller was given, the latest first; from a day on, if told."""
    found = enrolling.enrolments(db.session(), parts.desk().vault, caller().subject)
    return tuple(
        Given(one, KINDS[one.kind], Entitling.of(parts.rules(one.since)).cited)
        for one in found
        if since is None or one.since >= since
    )


def lately() -> tuple[Given, ...]:
    """List what the caller was given so lately that the first page tells it."""
    return of_caller(since=clock.today() - TOLD)
