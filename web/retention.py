"""What ends with its term: how each kind stands, and one run over all that is due."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event

from flask import Flask
from sqlmodel import Session

from dispensing.retention import KINDS, NO_TERMS, Kind, Term, Terms, read_terms
from dispensing.service import retained, retained_lists, retaining
from dispensing.service.retaining import Asked, Standing, Way
from routing.service import retaining as of_deliveries
from web import db
from web.settings import Settings

JOB = "retention"
BY_JOB = "system"
Told = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class KindView:
    """One kind with its term and what would go now; no term is an open question."""

    kind: Kind
    term: Term | None
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class Removed:
    """How many of each kind a run has removed."""

    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Sum the kinds up."""
        return sum(self.counts.values())


def terms_of(settings: Settings) -> Terms:
    """Read the operator's terms; none where none are declared."""
    return read_terms(settings.retention) if settings.retention else NO_TERMS


def views(platform: Flask, session: Session) -> tuple[KindView, ...]:
    """Tell how every kind stands; nothing is changed."""
    terms = terms_of(platform.extensions["settings"])
    return tuple(_view(platform, session, kind, terms) for kind in KINDS.values())


def run(
    platform: Flask,
    *,
    by: str,
    told: Told = lambda _kind, _count: None,
    stop: Event | None = None,
) -> Removed:
    """Remove everything whose term is over, batch by batch; ends early where told to stop."""
    terms = terms_of(platform.extensions["settings"])
    counts: dict[str, int] = {}
    for name in sorted(terms.terms):
        while not (stop and stop.is_set()):
            count = _batch(platform, _asked(terms, name), by)
            if count == 0:
                break
            if count:
                counts[name] = counts.get(name, 0) + count
                told(name, counts[name])
    return Removed(counts)


def ways() -> Mapping[str, Way]:
    """Give how each kind is found and removed, whichever part keeps it."""
    return {**retained.ways(), **retained_lists.ways(), **of_deliveries.ways()}


def _view(platform: Flask, session: Session, kind: Kind, terms: Terms) -> KindView:
    term = terms.terms.get(kind.name)
    if term is None:
        return KindView(kind, None, None)
    now = platform.extensions["clock"].now()
    asked = _asked(terms, kind.name)
    return KindView(kind, term, retaining.standing(session, asked, now=now))


def _asked(terms: Terms, name: str) -> Asked:
    return Asked(name, ways()[name], terms.terms[name], terms.holds)


def _batch(platform: Flask, asked: Asked, by: str) -> int | None:
    extensions = platform.extensions
    now = extensions["clock"].now()
    with db.open_session(extensions["engine"]) as session:
        return retaining.remove_some(session, extensions["desk"], asked, by=by, now=now)
