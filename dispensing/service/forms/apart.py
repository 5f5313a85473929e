"""Lincang's statistics of a month (临沧 二12, L27): what each of two schemes paid, live."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from dispensing.desk import Desk
from dispensing.forms.apart import count_apart
from dispensing.forms.schedule import Cell, Span
from dispensing.service.claim_lines import claim_lines
from dispensing.service.forms.kept import Of
from dispensing.service.forms.monthly import span_of


@dataclass(frozen=True, slots=True)
class Apart:
    """The days that were counted, and the numbers of each scheme."""

    span: Span
    rows: Mapping[str, Cell]


def apart(session: Session, desk: Desk, of: Of, *, region: str) -> Apart:
    """Count by scheme what was settled in a month and since the policy began; nothing is kept."""
    span = span_of(region, of.first)
    lines = claim_lines(session, desk, area=of.place, first=span.since, last=span.last)
    return Apart(span, count_apart(lines, span))
