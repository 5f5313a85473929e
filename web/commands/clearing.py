"""`yaoda clearing`: a group's year by heads, scores and shares, and what each lost point costs."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from dispensing.clearing import payout, pools, scores
from dispensing.clearing.terms import Lacking, Terms, terms
from dispensing.money import yuan
from dispensing.policy.rules import NotInForce, rules_for
from web.commands.given import BadInput, form
from web.schemas_clearing import ClearingGiven, MemberGiven, SpentGiven

DEAREST = 20


def command(
    path: Annotated[Path, typer.Argument(help="The year of one group, as JSON.")],
    *,
    losses: Annotated[
        int, typer.Option(min=0, help="So many of the dearest lost points.")
    ] = DEAREST,
) -> None:
    """Reckon the year's clearing of a group paid by heads; nothing is kept or paid."""
    given = form(ClearingGiven, path)
    try:
        said = _terms(given.region, given.year)
        year = _year(said, given)
        members = [_member(said, one) for one in given.members]
        done = payout.payout(said, year.surplus_fen, given.people, members)
    except (LookupError, ValueError) as error:
        raise BadInput(f"{path}: {error}") from error
    _tell_pools(year)
    _tell_parts(said, done)
    for loss in payout.losses(done)[:losses]:
        item = loss.points.item
        typer.echo(
            f"{loss.member.code}: {item.row} {item.name} -{yuan(loss.fen)}"
            f"  ({item.cited.clause}: {item.cited.quote})"
        )


def _terms(region: str, year: int) -> Terms:
    try:
        return terms(rules_for(region, date(year, 12, 31)))
    except NotInForce:
        raise ValueError(f"no text of {region} is in force in {year}") from None
    except Lacking as lacking:
        raise ValueError(
            f"open in {year}: {', '.join(lacking.figures)}; no text gives it"
        ) from None


def _year(said: Terms, given: ClearingGiven) -> pools.Year:
    heads = [pools.Heads(**each.model_dump()) for each in given.heads]
    spent = {
        pools.OUTPATIENT: _spent(given.outpatient),
        pools.INPATIENT: _spent(given.inpatient),
    }
    return pools.year(said, heads, spent)


def _spent(given: SpentGiven) -> pools.Spent:
    return pools.Spent(given.fund_fen, given.contract_fen, given.deducted_fen)


def _member(said: Terms, given: MemberGiven) -> payout.Member:
    measured = {
        row: scores.Measured(one.part, one.of) for row, one in given.measured.items()
    }
    try:
        scored = scores.score(said.items, measured)
        scored.points  # noqa: B018  a row that nobody measured is refused here
        return payout.Member(given.code, given.level, given.heads, scored)
    except ValueError as error:
        raise ValueError(f"{given.code}: {error}") from error


def _tell_pools(year: pools.Year) -> None:
    for pool in (year.outpatient, year.inpatient):
        for each in pool.brought:
            typer.echo(
                f"{pool.care}: {each.heads.number} x {yuan(each.quota.quota_fen)}"
                f" = {yuan(each.fen)}  ({each.quota.cited.quote})"
            )
        typer.echo(
            f"{pool.care}: {yuan(pool.brought_fen)} - {yuan(pool.spent.fen)}"
            f" = {yuan(pool.surplus_fen)}"
        )
    typer.echo(f"surplus {yuan(year.surplus_fen)}")


def _tell_parts(said: Terms, done: payout.Payout) -> None:
    for part in done.parts:
        points = float(part.member.score.points)
        typer.echo(
            f"{part.member.code} ({part.member.level}): {points:.2f} of {said.points_max}"
            f" points, {yuan(part.paid_fen)} of {yuan(part.full_fen)}"
        )
    typer.echo(f"paid {yuan(done.paid_fen)}, to the group's pool {yuan(done.pool_fen)}")
