"""Measure the work of a group's institutions: counted here, entered, or named as missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from dispensing.clearing import adherence
from dispensing.clearing.claims import TWO_DISEASES, Claim, visitors
from dispensing.clearing.group import Head, Node, people_of, pilot
from dispensing.clearing.indicators import Indicator, indicators
from dispensing.clearing.scores import Measured
from dispensing.days import CHINA
from dispensing.desk import Desk
from dispensing.policy.rules import Rules
from dispensing.service.clearing.entering import entries, measured_of
from dispensing.service.clearing.groups import group_acts, heads_of, nodes_on
from dispensing.service.clearing.registered import claims_of
from dispensing.tables import FeedbackRow, PrescriptionRow


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of one institution: its number and where it is from; `hint` awaits a judgement."""

    code: str
    row: str
    measured: Measured | None
    origin: str  # here, entered, missing
    hint: int | None = None
    document: str = ""
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A group's year as it was measured so far."""

    nodes: tuple[Node, ...]
    heads: tuple[Head, ...]  # of the pilot
    claims: tuple[Claim, ...]
    rows: tuple[Indicator, ...]
    cells: Mapping[tuple[str, str], Cell]


def standing_of(
    session: Session, desk: Desk, rules: Rules, *, place: str, group: str, year: int
) -> Standing:
    """Measure what can be counted here, and put beside it what was entered."""
    last = date(year, 12, 31)
    nodes = nodes_on(session, place, group, last)
    everybody = heads_of(session, desk.vault, place, year)
    heads = _of_group(
        session, place, group, nodes=nodes, heads=pilot_of(rules, everybody, year)
    )
    claims = claims_of(session, desk, place, first=date(year, 1, 1), last=last)
    rows = indicators(rules)
    said = measured_of(entries(session, place, group, year))
    hints = _hints(session, nodes, year)
    cells = {}
    for node in nodes:
        own = tuple(h for h in heads if h.code in people_of(nodes, node.code))
        counted = _counted(rules, rows, heads=own, claims=claims, year=year)
        for row in rows:
            key = node.code, row.row
            entered = said.get(key)
            found = counted.get(row.row)
            hint = hints.get((node.code, row.computed)) if row.is_judged else None
            if entered is not None:
                number = Measured(entered.part, entered.of)
                cells[key] = Cell(
                    *key,
                    number,
                    "entered",
                    hint=hint,
                    document=entered.document,
                    by=entered.by,
                    at=entered.at,
                )
            else:
                origin = "missing" if found is None else "here"
                cells[key] = Cell(*key, found, origin, hint=hint or None)
    return Standing(nodes, heads, claims, rows, cells)


def pilot_of(rules: Rules, heads: Iterable[Head], year: int) -> tuple[Head, ...]:
    """Leave out whom the text does not count (S3)."""
    figure = rules.figures.get("heads.excludes_new")
    excludes = figure is not None and figure.value is True
    return pilot(heads, year, excludes_new=excludes)


def _of_group(
    session: Session,
    place: str,
    group: str,
    *,
    nodes: Sequence[Node],
    heads: Iterable[Head],
) -> tuple[Head, ...]:
    """Keep who belongs to this group, also through an institution that has left it."""
    codes = {node.code for node in nodes}
    codes |= {act.code for act in group_acts(session, place, group)}
    return tuple(head for head in heads if head.code in codes)


def _counted(
    rules: Rules,
    rows: Sequence[Indicator],
    *,
    heads: Sequence[Head],
    claims: Sequence[Claim],
    year: int,
) -> dict[str, Measured]:
    """Count what the records here tell of the people of one institution."""
    two = {head.person for head in heads if head.people == "two_diseases"}
    asked = {row.computed: row.row for row in rows if row.is_counted}
    found: dict[str, Measured] = {}
    for people in ("two_diseases", "chronic"):
        all_ = {head.person for head in heads if head.people == people}
        signed = {h.person for h in heads if h.people == people and h.signed}
        if f"signed_{people}" in asked and all_:
            found[asked[f"signed_{people}"]] = Measured(len(signed), len(all_))
    came = visitors(claims)["two_diseases"] & two
    if "visits_two_diseases" in asked and two:
        found[asked["visits_two_diseases"]] = Measured(len(came), len(two))
    if "served" in asked:
        found[asked["served"]] = Measured(len(came))
    if "regular_medication" in asked:
        regular = _regular(rules, claims, two, year)
        if regular is not None:
            found[asked["regular_medication"]] = regular
    return found


def _regular(
    rules: Rules, claims: Sequence[Claim], people: set[str], year: int
) -> Measured | None:
    """Count who is covered on enough days; None while nobody said how many are enough."""
    figure = rules.figures.get("score.regular_share")
    if figure is None or not isinstance(figure.value, int):
        return None
    own = [claim for claim in claims if claim.person in people]
    first, last = date(year, 1, 1), date(year, 12, 31)
    found = [
        one for ill in TWO_DISEASES for one in adherence.covered(own, ill, first, last)
    ]
    everybody = {one.person for one in found}
    lacking = {one.person for one in found if not one.is_regular(figure.value)}
    if not everybody:
        return None
    return Measured(len(everybody - lacking), len(everybody))


def _hints(
    session: Session, nodes: Sequence[Node], year: int
) -> dict[tuple[str, str], int]:
    """Count what is on record against an institution: nobody has judged it yet."""
    codes = [node.code for node in nodes]
    first, end = (datetime(one, 1, 1, tzinfo=CHINA) for one in (year, year + 1))
    complaints = (
        select(FeedbackRow.party, func.count())
        .where(
            FeedbackRow.kind == "complaint",
            FeedbackRow.about == "outlet",
            col(FeedbackRow.party).in_(codes),
            col(FeedbackRow.at) >= first,
            col(FeedbackRow.at) < end,
        )
        .group_by(col(FeedbackRow.party))
    )
    refused = (
        select(PrescriptionRow.issuer, func.count())
        .where(
            col(PrescriptionRow.issuer).in_(codes),
            col(PrescriptionRow.review_refused_at).is_not(None),
            col(PrescriptionRow.issued_at) >= first,
            col(PrescriptionRow.issued_at) < end,
        )
        .group_by(col(PrescriptionRow.issuer))
    )
    found = {(code, "complaints"): n for code, n in session.exec(complaints)}
    found |= {(code, "bad_prescriptions"): n for code, n in session.exec(refused)}
    return found
