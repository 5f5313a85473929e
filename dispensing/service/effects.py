"""What is open in a region's texts, where it bites, and what an answer to it would change."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from dispensing.assess import Assessment, assess
from dispensing.checks import OPEN_PARAMETER
from dispensing.desk import Desk
from dispensing.packs.telling import days_of, value_of, words_of
from dispensing.policy import Figure, NotInForce, Overlay, region_of, rules_for
from dispensing.prescription import Dispensing
from dispensing.records import from_record, split_record
from dispensing.replay import Kept, differences
from dispensing.service.decisions import record_of
from dispensing.settlement import terms_of
from dispensing.tables import AssessmentRow, VerdictRow
from dispensing.vault import Vault

DAYS = 30  # that are looked back
DECISIONS_MAX = 2000  # the latest of them


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A figure that a text leaves open: which, to what document, by which words, and its bite.

    `stopped` counts the decisions of the last days that could not be settled for want of it.
    """

    name: str
    unit: str
    left_to: str
    document: str
    clause: str
    words: str
    stopped: int


@dataclass(frozen=True, slots=True)
class OverlayChange:
    """A figure that another version says otherwise: before and after, each with its source."""

    name: str
    before: str
    after: str
    source: str
    text_says: str  # what the text gives by itself, where it is not open


@dataclass(frozen=True, slots=True)
class OverlayEffect:
    """What would have become of the latest decisions, had the version been in force then."""

    days: int
    decisions: int
    changed: int
    moved: dict[str, int]  # such as "review → accepted", and how many
    fund_change_fen: int  # of those that have an amount before and after
    is_whole: bool  # else there were more decisions than are looked at


def questions(
    session: Session, desk: Desk, region: str, today: date
) -> tuple[OpenQuestion, ...]:
    """List what the texts in force leave open, with the decisions that it stops."""
    rules = desk.rules_of(region, today)
    stopped: Counter[str] = Counter()
    for dispensing in _stopped(session, desk.vault, region, today):
        terms = terms_of(dispensing, rules)
        stopped.update({figure.name for figure in terms.open_figures})
    return tuple(
        OpenQuestion(
            name=one.name,
            unit=one.unit,
            left_to=one.left_to,
            document=one.cited.document,
            clause=one.cited.clause,
            words=words_of(one),
            stopped=stopped[one.name],
        )
        for one in rules.open_figures
    )


def changes_of(
    region: str, before: Overlay, after: Overlay, *, in_force: Overlay, today: date
) -> tuple[OverlayChange, ...]:
    """Compare two versions figure by figure; what they say alike is left out.

    What a version did not say before is told as it is `in_force`, by the texts or the file.
    """
    names = sorted({one.name for one in (*before.figures, *after.figures)})
    texts = rules_for(region, today).figures
    now = rules_for(region, today, in_force).figures
    found = []
    for name in names:
        left, right = (_said(laid, name) for laid in (before, after))
        if left == right:
            continue
        sources = dict.fromkeys(one.source for one in after.figures if one.name == name)
        told = left or _given(now.get(name)), right, "；".join(sources)
        found.append(OverlayChange(name, *told, text_says=_given(texts.get(name))))
    return tuple(found)


def _given(figure: Figure | None) -> str:
    return value_of(figure) if figure and figure.value is not None else ""


def effect_of(
    session: Session,
    desk: Desk,
    before: Overlay,
    after: Overlay,
    *,
    region: str,
    today: date,
) -> OverlayEffect:
    """Decide the latest decisions anew by both overlays, as they will be once all has begun."""
    day = max([today, *(one.since for one in after.figures)])
    old, new = _always(before, day), _always(after, day)
    moved: Counter[str] = Counter()
    changed = fund_fen = count = 0
    for dispensing in _lately(session, desk.vault, region, today):
        count += 1
        one, other = (
            assess(dispensing, rules_for(region, dispensing.on, laid))
            for laid in (old, new)
        )
        if not differences(_kept(one), other):
            continue
        changed += 1
        moved[f"{one.decision} → {other.decision}"] += 1
        if one.split is not None and other.split is not None:
            fund_fen += other.split.fund_fen - one.split.fund_fen
    whole = _are_all_read(session, today)
    return OverlayEffect(DAYS, count, changed, dict(moved), fund_fen, whole)


def _kept(found: Assessment) -> Kept:
    verdicts = {one.check: one.verdict for one in found.problems}
    return Kept(found.decision, verdicts, split_record(found.split))


def _said(laid: Overlay, name: str) -> str:
    mine = sorted(
        (one for one in laid.figures if one.name == name), key=lambda f: f.since
    )
    return "；".join(
        f"{value_of(one)}（{days_of(one.since, one.until)}）" for one in mine
    )


def _always(laid: Overlay, day: date) -> Overlay:
    """Take what holds on a day as if it had always held."""
    return replace(
        laid,
        figures=tuple(
            replace(one, since=date.min, until=None)
            for one in laid.figures
            if one.holds_on(day)
        ),
    )


def _stopped(
    session: Session, vault: Vault, region: str, today: date
) -> Iterator[Dispensing]:
    """Give what was put to the rules lately and stopped at an open figure."""
    query = _latest(today).join(
        VerdictRow, col(VerdictRow.assessment_id) == col(AssessmentRow.id)
    )
    bitten = query.where(col(VerdictRow.check_id) == OPEN_PARAMETER)
    return _of_region(session, vault, bitten, region)


def _lately(
    session: Session, vault: Vault, region: str, today: date
) -> Iterator[Dispensing]:
    return _of_region(session, vault, _latest(today), region)


def _latest(today: date) -> Any:
    query = select(AssessmentRow).where(
        col(AssessmentRow.on) > today - timedelta(days=DAYS)
    )
    return query.order_by(col(AssessmentRow.at).desc()).limit(DECISIONS_MAX)


def _are_all_read(session: Session, today: date) -> bool:
    """Tell whether the limit left none out; it is on the decisions of all regions."""
    count = select(func.count()).select_from(_latest(today).subquery())
    return session.exec(count).one() < DECISIONS_MAX


def _of_region(
    session: Session, vault: Vault, query: Any, region: str
) -> Iterator[Dispensing]:
    for row in session.exec(query):
        found = from_record(record_of(vault, row))
        theirs = region_of(found.insured.area) or region_of(found.outlet.area)
        if theirs == region and _holds(region, found.on):
            yield found


def _holds(region: str, day: date) -> bool:
    try:
        rules_for(region, day)
    except NotInForce:
        return False
    return True
