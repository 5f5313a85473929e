"""Reckon a group's year as a whole, tell what it rests on, and what another work would bring."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from dispensing.clearing import payout as paying
from dispensing.clearing import pools
from dispensing.clearing.group import Node
from dispensing.clearing.scores import Measured, Score, score
from dispensing.clearing.terms import Terms

NOBODYS = Measured(0, 1)  # of an institution without people: its share is nothing


@dataclass(frozen=True, slots=True)
class Worked:
    """One institution, the people of its own area, and what its work was measured to be."""

    node: Node
    heads: int
    measured: Mapping[str, Measured]


@dataclass(frozen=True, slots=True)
class Given:
    """All that a clearing rests on."""

    region: str
    group: str
    year: int
    people: int
    heads: tuple[pools.Heads, ...]
    spent: Mapping[str, pools.Spent]
    members: tuple[Worked, ...]


@dataclass(frozen=True, slots=True)
class Cleared:
    """A group's year: the pools, and who gets what of what is left."""

    year: pools.Year
    payout: paying.Payout


@dataclass(frozen=True, slots=True)
class ShareMoved:
    """What one institution gets before and after a change of one row."""

    code: str
    before_fen: int
    after_fen: int


def reckon(terms: Terms, given: Given) -> Cleared:
    """Reckon pools, scores and shares; ValueError names what is missing or cannot be."""
    year = pools.year(terms, given.heads, given.spent)
    members = [_member(terms, one) for one in given.members]
    return Cleared(year, paying.payout(terms, year.surplus_fen, given.people, members))


def what_if(
    terms: Terms, given: Given, changes: Mapping[tuple[str, str], Measured]
) -> tuple[ShareMoved, ...]:
    """Reckon the year again with other numbers in some rows, by institution and row.

    The differences are exact: both are the same reckoning.
    """
    known = {one.node.code for one in given.members}
    for code, _ in changes:
        if code not in known:
            raise ValueError(f"{code} is not in the group")
    members = tuple(
        replace(one, measured={**one.measured, **_own(changes, one.node.code)})
        for one in given.members
    )
    paid = [
        {part.member.code: part.paid_fen for part in reckon(terms, each).payout.parts}
        for each in (given, replace(given, members=members))
    ]
    return tuple(ShareMoved(code, fen, paid[1][code]) for code, fen in paid[0].items())


def missing(terms: Terms, given: Given) -> tuple[tuple[str, str], ...]:
    """Name the rows that nobody has measured, by institution and row."""
    return tuple(
        (one.node.code, item.row)
        for one in given.members
        for item in _score(terms, one).missing
    )


def told(terms: Terms, given: Given, done: Cleared) -> dict[str, Any]:
    """Write down what a clearing rests on and what came of it, for the row that is kept.

    What it rests on is what `yaoda clearing` takes, so that it can be reckoned again.
    """
    return {
        "given": as_given(given),
        "quotas": [
            {
                "people": it.people,
                "care": it.care,
                "signed": it.signed,
                "fen": it.quota_fen,
            }
            for it in terms.quotas
        ],
        "points_max": terms.points_max,
        "surplus_fen": done.year.surplus_fen,
        "outpatient_fen": done.year.outpatient.surplus_fen,
        "inpatient_fen": done.year.inpatient.surplus_fen,
        "paid_fen": done.payout.paid_fen,
        "pool_fen": done.payout.pool_fen,
        "unclaimed_fen": done.payout.unclaimed_fen,
        "parts": [
            {
                "code": part.member.code,
                "points": str(part.member.score.points),
                "full_fen": part.full_fen,
                "paid_fen": part.paid_fen,
            }
            for part in done.payout.parts
        ],
    }


def as_given(given: Given) -> dict[str, Any]:
    """Write what a clearing rests on, in the form that `yaoda clearing` takes."""
    return {
        "region": given.region,
        "year": given.year,
        "people": given.people,
        "heads": [asdict(each) for each in given.heads],
        **{care: asdict(each) for care, each in given.spent.items()},
        "members": [
            {
                "code": one.node.code,
                "level": one.node.level,
                "heads": one.heads,
                "measured": {row: asdict(each) for row, each in one.measured.items()},
            }
            for one in given.members
        ],
    }


def _own(changes: Mapping[tuple[str, str], Measured], code: str) -> dict[str, Measured]:
    return {row: each for (whose, row), each in changes.items() if whose == code}


def _member(terms: Terms, one: Worked) -> paying.Member:
    try:
        scored = _score(terms, one)
        scored.points  # noqa: B018  a row that nobody measured is refused here
    except ValueError as error:
        raise ValueError(f"{one.node.code}: {error}") from error
    return paying.Member(one.node.code, one.node.level, one.heads, scored)


def _score(terms: Terms, one: Worked) -> Score:
    rows = {item.row for item in terms.items}
    measured = {row: each for row, each in one.measured.items() if row in rows}
    if not one.heads:
        nothing = {item.row: NOBODYS for item in terms.items if item.how != "deduction"}
        cases = {row: Measured(0) for row in rows - nothing.keys()}
        measured = {**nothing, **cases, **measured}
    return score(terms.items, measured)
