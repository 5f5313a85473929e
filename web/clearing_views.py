"""How a group's year is told: pools, shares, losses and measured rows, in plain numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from dispensing.clearing.goals import Compared
from dispensing.clearing.indicators import cut_off
from dispensing.clearing.payout import losses
from dispensing.clearing.pools import Pool
from dispensing.clearing.scores import score
from dispensing.clearing.terms import items_of
from dispensing.policy.rules import Rules
from dispensing.service.clearing import entering
from dispensing.service.clearing.measuring import Cell, Standing
from dispensing.service.clearing.running import Draft

_ROW = (
    *("row", "item", "kind", "numerator", "denominator"),
    *("source", "enters", "computed", "points"),
)


@dataclass(frozen=True, slots=True)
class BroughtView:
    """What heads of one kind bring, with the sentence of the amount."""

    people: str
    signed: bool
    number: int
    quota_fen: int
    fen: int
    clause: str
    quote: str


@dataclass(frozen=True, slots=True)
class PoolView:
    """The pool of one kind of care: brought, spent, and what is left."""

    care: str
    brought: tuple[BroughtView, ...]
    brought_fen: int
    fund_fen: dict[str, int]
    contract_fen: int
    deducted_fen: int
    surplus_fen: int


@dataclass(frozen=True, slots=True)
class MemberView:
    """One institution: its people, its points, what it could have and what it gets."""

    code: str
    name: str
    level: str
    heads: int
    points: str
    full_fen: int
    paid_fen: int
    returned_fen: int


@dataclass(frozen=True, slots=True)
class LossView:
    """What one row of the score costs an institution."""

    code: str
    name: str
    row: str
    item: str
    points: str
    fen: int
    clause: str
    quote: str


@dataclass(frozen=True, slots=True)
class GoalView:
    """One number that is to rise or to fall since the year before; without `of`: in fen."""

    name: str
    goal: str
    rises: bool
    before_part: int | None
    before_of: int | None
    now_part: int | None
    now_of: int | None
    is_met: bool | None
    clause: str
    quote: str


@dataclass(frozen=True, slots=True)
class GroupYearView:
    """A group's year as it stands; amounts only where nothing is missing."""

    group: str
    year: int
    people: int
    points_max: int
    pools: tuple[PoolView, ...]
    surplus_fen: int | None
    paid_fen: int | None
    pool_fen: int | None
    unclaimed_fen: int | None
    members: tuple[MemberView, ...]
    losses: tuple[LossView, ...]
    open_figures: tuple[str, ...]
    lacking: tuple[str, ...]
    unmeasured: tuple[str, ...]
    fault: str
    goals: tuple[GoalView, ...]


@dataclass(frozen=True, slots=True)
class IndicatorView:
    """One row of the text, with the words it rests on; `points` is 0 where none are given."""

    row: str
    item: str
    kind: str
    numerator: str
    denominator: str
    source: str
    enters: str
    computed: str
    points: int
    clause: str
    quote: str


@dataclass(frozen=True, slots=True)
class CellView:
    """One row of one institution: counted here, entered with its document, or missing."""

    code: str
    name: str
    row: str
    origin: str
    part: int | None
    of: int | None
    points: str
    hint: int | None
    document: str
    by: str


@dataclass(frozen=True, slots=True)
class IndicatorsView:
    """What a group's institutions were measured to be in a year; `cut_off` is not at hand."""

    group: str
    year: int
    rows: tuple[IndicatorView, ...]
    cells: tuple[CellView, ...]
    cut_off: str


def shown(draft: Draft, group: str, year: int) -> GroupYearView:
    """Tell a reckoned year in plain numbers."""
    done, given = draft.done, draft.given
    names = {node.code: node.name for node in draft.standing.nodes}
    surplus_fen = done.year.surplus_fen if done else None
    return GroupYearView(
        group=group,
        year=year,
        people=given.people if given else 0,
        points_max=sum(row.points for row in draft.standing.rows),
        pools=tuple(map(_pool, (done.year.outpatient, done.year.inpatient)))
        if done
        else (),
        surplus_fen=surplus_fen,
        paid_fen=done.payout.paid_fen if done else None,
        pool_fen=done.payout.pool_fen if done else None,
        unclaimed_fen=done.payout.unclaimed_fen if done else None,
        members=_members(draft),
        losses=tuple(
            LossView(
                code=loss.member.code,
                name=names[loss.member.code],
                row=loss.points.item.row,
                item=loss.points.item.name,
                points=points_of(loss.points.lost),
                fen=loss.fen,
                clause=loss.points.item.cited.clause,
                quote=loss.points.item.cited.quote,
            )
            for loss in (losses(done.payout) if done else ())
        ),
        open_figures=draft.open_figures,
        lacking=tuple(entering.FIGURES[name].zh for name in draft.lacking),
        unmeasured=tuple(f"{code} {row}" for code, row in draft.unmeasured),
        fault=draft.fault,
        goals=tuple(map(_goal, draft.goals)),
    )


def measured_rows(
    rules: Rules, found: Standing, group: str, year: int
) -> IndicatorsView:
    """Tell what was measured; what is neither counted nor entered is told as missing."""
    names = {node.code: node.name for node in found.nodes}
    points = _points(rules, found.cells)
    return IndicatorsView(
        group=group,
        year=year,
        rows=tuple(
            IndicatorView(
                **{name: getattr(row, name) for name in _ROW},
                clause=row.cited.clause,
                quote=row.cited.quote,
            )
            for row in found.rows
        ),
        cells=tuple(
            CellView(
                code=cell.code,
                name=names[cell.code],
                row=cell.row,
                origin=cell.origin,
                part=cell.measured.part if cell.measured else None,
                of=cell.measured.of if cell.measured else None,
                points=points.get((cell.code, cell.row), ""),
                hint=cell.hint,
                document=cell.document,
                by=cell.by,
            )
            for cell in found.cells.values()
        ),
        cut_off=cut_off(rules),
    )


def points_of(points: Fraction) -> str:
    """Write points with two decimals, half rounded up."""
    hundredths = int(points * 100 + Fraction(1, 2))
    return f"{hundredths // 100}.{hundredths % 100:02}"


def _points(
    rules: Rules, cells: Mapping[tuple[str, str], Cell]
) -> dict[tuple[str, str], str]:
    if not rules.rows("score.items"):
        return {}
    items = items_of(rules)
    rows = {item.row for item in items}
    found = {}
    for code in {code for code, _ in cells}:
        own = {
            row: cell.measured
            for (whose, row), cell in cells.items()
            if whose == code and row in rows and cell.measured is not None
        }
        for one in score(items, own).rows:
            if one.points is not None:
                found[code, one.item.row] = points_of(one.points)
    return found


def _goal(one: Compared) -> GoalView:
    return GoalView(
        name=one.goal.name,
        goal=one.goal.zh,
        rises=one.goal.rises,
        before_part=one.before.part if one.before else None,
        before_of=one.before.of if one.before else None,
        now_part=one.now.part if one.now else None,
        now_of=one.now.of if one.now else None,
        is_met=one.is_met,
        clause=one.cited.clause,
        quote=one.cited.quote,
    )


def _pool(pool: Pool) -> PoolView:
    return PoolView(
        care=pool.care,
        brought=tuple(
            BroughtView(
                each.heads.people,
                each.heads.signed,
                each.heads.number,
                each.quota.quota_fen,
                each.fen,
                each.quota.cited.clause,
                each.quota.cited.quote,
            )
            for each in pool.brought
        ),
        brought_fen=pool.brought_fen,
        fund_fen=dict(pool.spent.fund_fen),
        contract_fen=pool.spent.contract_fen,
        deducted_fen=pool.spent.deducted_fen,
        surplus_fen=pool.surplus_fen,
    )


def _members(draft: Draft) -> tuple[MemberView, ...]:
    heads = (
        {one.node.code: one.heads for one in draft.given.members} if draft.given else {}
    )
    parts_ = (
        {part.member.code: part for part in draft.done.payout.parts}
        if draft.done
        else {}
    )
    found = []
    for node in draft.standing.nodes:
        part = parts_.get(node.code)
        found.append(
            MemberView(
                code=node.code,
                name=node.name,
                level=node.level,
                heads=heads.get(node.code, 0),
                points=points_of(part.member.score.points) if part else "",
                full_fen=part.full_fen if part else 0,
                paid_fen=part.paid_fen if part else 0,
                returned_fen=part.returned_fen if part else 0,
            )
        )
    return tuple(found)
