"""A group's year: how it stands, a draft that waits for another officer, and what is final.

A final clearing is a row that is never changed, with all that it rests on; its bookings are
written with it. A correction is another version, which undoes the bookings of the one before.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.approvals import Needed, canonical, digest
from dispensing.clearing import reckoning
from dispensing.clearing.claims import spent_by_class, visitors
from dispensing.clearing.goals import Compared
from dispensing.clearing.group import own_heads
from dispensing.clearing.pools import INPATIENT, OUTPATIENT, Heads, Spent
from dispensing.clearing.reckoning import Cleared, Given, Worked
from dispensing.clearing.terms import Lacking, Terms, terms
from dispensing.desk import Desk
from dispensing.errors import Conflict, NotFound, Words
from dispensing.policy.rules import Rules
from dispensing.service.approving import (
    Party,
    ask_second,
    changed_since,
    content_of,
    use,
)
from dispensing.service.clearing.booking import book_clearing
from dispensing.service.clearing.comparing import goals_of
from dispensing.service.clearing.entering import FIGURES, NEEDED, entries, figures_of
from dispensing.service.clearing.measuring import Standing, standing_of
from dispensing.service.clearing.writing import in_turn
from dispensing.tables import ClearingRow, ProposalRow


@dataclass(frozen=True, slots=True)
class Draft:
    """A year as it stands: what it rests on, what came of it, and all that is still missing."""

    standing: Standing
    figures: Mapping[str, int]
    given: Given | None
    done: Cleared | None
    open_figures: tuple[str, ...]  # that no text gives for this year
    lacking: tuple[str, ...]  # figures of the group that nobody entered
    unmeasured: tuple[tuple[str, str], ...]  # institution and row
    fault: str = ""
    goals: tuple[Compared, ...] = ()


@dataclass(frozen=True, slots=True)
class Clearing:
    """One version of a year's clearing as two people settled it."""

    group_code: str
    year: int
    number: int
    text: str
    sha256: str
    surplus_fen: int
    paid_fen: int
    pool_fen: int
    reason: str
    by: str
    approved_by: str
    at: datetime

    @property
    def content(self) -> Any:
        """Read what was kept."""
        return json.loads(self.text)


def draft_of(
    session: Session, desk: Desk, rules: Rules, *, place: str, group: str, year: int
) -> Draft:
    """Reckon a year as it stands; what is missing is named, and then nobody is paid."""
    standing = standing_of(session, desk, rules, place=place, group=group, year=year)
    found = entries(session, place, group, year)
    figures = figures_of(found)
    try:
        said = terms(rules)
    except Lacking as lacking:
        goals = goals_of(rules, standing, None, found)
        return Draft(
            standing, figures, None, None, lacking.figures, (), (), goals=goals
        )
    given = _given(rules, standing, figures, group=group, year=year)
    unmeasured = reckoning.missing(said, given)
    absent = tuple(name for name in NEEDED if name not in figures)
    done, fault = None, ""
    if not standing.nodes:
        fault = "the group has no institution at the year's end"
    elif not (unmeasured or absent):
        done, fault = _reckoned(said, given)
    goals = goals_of(rules, standing, None if absent else given, found)
    return Draft(standing, figures, given, done, (), absent, unmeasured, fault, goals)


def propose_clearing(
    session: Session,
    desk: Desk,
    rules: Rules,
    *,
    place: str,
    group: str,
    year: int,
    reason: str,
    by: Party,
    now: datetime,
) -> None:
    """Ask another officer to settle the year as it stands; always raises SecondNeeded."""
    if now.date() <= date(year, 12, 31):
        raise _not_over(year)
    draft = draft_of(session, desk, rules, place=place, group=group, year=year)
    needed = Needed(
        "clearing",
        place,
        _content(session, rules, draft, place),
        _basis(session, draft, place=place, group=group, year=year),
        reason,
    )
    raise ask_second(session, needed, by=by, now=now)


def carry_clearing(
    session: Session, desk: Desk, row: ProposalRow, *, by: Party, now: datetime
) -> None:
    """Settle the year that was approved, and book it; the caller commits it.

    Refused where anything that it rests on has changed since it was asked for.
    """
    content = content_of(row)
    group, year = content["group"], content["year"]
    region = content["clearing"]["given"]["region"]
    rules = desk.rules_of(region, date(year, 12, 31))
    in_turn(session, row.place, group)
    draft = draft_of(session, desk, rules, place=row.place, group=group, year=year)
    if _basis(session, draft, place=row.place, group=group, year=year) != row.basis:
        raise changed_since()
    assert draft.done is not None
    text = canonical(content["clearing"])
    session.add(
        ClearingRow(
            place=row.place,
            region=rules.region,
            group_code=group,
            year=year,
            number=content["number"],
            text=text,
            sha256=digest(text),
            surplus_fen=draft.done.year.surplus_fen,
            paid_fen=draft.done.payout.paid_fen,
            pool_fen=draft.done.payout.pool_fen,
            proposal_id=row.id,
            reason=row.reason,
            by=row.by,
            approved_by=by.user,
            at=now,
        )
    )
    try:
        book_clearing(
            session,
            draft.done,
            place=row.place,
            group=group,
            year=year,
            number=content["number"],
            document=digest(text),
            by=by,
            now=now,
        )
        session.flush()
    except IntegrityError as error:  # another has booked in this moment
        session.rollback()
        raise changed_since() from error
    use(session, row, by=row.by, now=now)


def clearings(
    session: Session, place: str, group: str, year: int | None = None
) -> tuple[Clearing, ...]:
    """List the final versions of a group, the latest first."""
    query = select(ClearingRow).where(
        col(ClearingRow.place) == place, col(ClearingRow.group_code) == group
    )
    if year is not None:
        query = query.where(col(ClearingRow.year) == year)
    rows = session.exec(query.order_by(col(ClearingRow.id).desc()))
    return tuple(
        Clearing(**{name: getattr(row, name) for name in Clearing.__dataclass_fields__})
        for row in rows
    )


def clearing(
    session: Session, place: str, group: str, *, year: int, number: int
) -> Clearing:
    """Give one version; NotFound where there is none."""
    for one in clearings(session, place, group, year):
        if one.number == number:
            return one
    raise NotFound("这个版本", "version")


def _given(
    rules: Rules,
    standing: Standing,
    figures: Mapping[str, int],
    *,
    group: str,
    year: int,
) -> Given:
    came = visitors(standing.claims)
    counted = own_heads(standing.nodes, standing.heads)
    heads = [
        Heads(people, OUTPATIENT, signed, _came(standing, came, people, signed))
        for people in ("two_diseases", "chronic")
        for signed in (True, False)
    ]
    # What the text asks for an inpatient is no contract.
    heads.append(Heads("chronic", INPATIENT, False, figures.get("inpatients", 0)))
    pilot = frozenset(head.person for head in standing.heads)
    paid = spent_by_class(standing.claims, pilot) | {
        "large": figures.get("large_fund", 0),
        "elsewhere": figures.get("elsewhere_fund", 0),
    }
    return Given(
        region=rules.region,
        group=group,
        year=year,
        people=len(pilot),
        heads=tuple(heads),
        spent={
            OUTPATIENT: Spent(
                paid,
                figures.get("contract_fund", 0),
                figures.get("outpatient_deduction", 0),
            ),
            INPATIENT: Spent(
                {"chronic": figures.get("inpatient_fund", 0)},
                0,
                figures.get("inpatient_deduction", 0),
            ),
        },
        members=tuple(
            Worked(
                node,
                counted[node.code],
                {
                    row.row: cell.measured
                    for row in standing.rows
                    if row.points
                    and (cell := standing.cells[node.code, row.row]).measured
                    is not None
                },
            )
            for node in standing.nodes
        ),
    )


def _came(
    standing: Standing, came: Mapping[str, frozenset[str]], people: str, signed: bool
) -> int:
    return len(
        {
            head.person
            for head in standing.heads
            if head.people == people and head.signed == signed
        }
        & came[people]
    )


def _reckoned(said: Terms, given: Given) -> tuple[Cleared | None, str]:
    try:
        return reckoning.reckon(said, given), ""
    except (LookupError, ValueError) as error:
        return None, str(error)


def _content(
    session: Session, rules: Rules, draft: Draft, place: str
) -> dict[str, Any]:
    if draft.done is None or draft.given is None:
        raise not_whole(draft)
    given = draft.given
    told = reckoning.told(terms(rules), given, draft.done)
    return {
        "group": given.group,
        "year": given.year,
        "number": _next(session, place, given.group, given.year),
        "surplus_fen": told["surplus_fen"],
        "paid_fen": told["paid_fen"],
        "pool_fen": told["pool_fen"],
        "clearing": told | {"versions": dict(rules.versions)},
    }


def _basis(session: Session, draft: Draft, *, place: str, group: str, year: int) -> str:
    given = reckoning.as_given(draft.given) if draft.given else None
    number = _next(session, place, group, year)
    return digest(canonical({"given": given, "number": number}))


def _next(session: Session, place: str, group: str, year: int) -> int:
    return len(clearings(session, place, group, year)) + 1


def not_whole(draft: Draft) -> Conflict:
    """Say what is missing of a year."""
    rows = [f"{code} {row}" for code, row in draft.unmeasured]
    names = [FIGURES[name].zh for name in draft.lacking]
    said = [*draft.open_figures, *names, *rows, draft.fault]
    told = "、".join(one for one in said if one)
    return Conflict(
        Words(
            f"这一年还不能清算，还缺：{told}。",
            f"This year is not cleared yet; missing: {told}.",
            "请先填写缺少的数据；没有测评的行不计分，也不分配。",
            "Enter what is missing; nobody is scored or paid before.",
        ),
        code="clearing-not-whole",
    )


def _not_over(year: int) -> Conflict:
    return Conflict(
        Words(
            f"{year}年还没有结束。",
            f"The year {year} is not over.",
            "年终清算在年度结束后办理。",
            "A year is cleared after it has ended.",
        ),
        code="year-not-over",
    )
