"""The same book through the row engine, claim after claim: what the bulk form must equal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from dispensing.assess import Assessment, assess
from dispensing.bulk.columns import COLUMNS, SPLITS
from dispensing.bulk.terms import Policy
from dispensing.policy.rules import Rules
from dispensing.prescription import (
    Dispensed,
    Dispensing,
    Insured,
    Line,
    Outlet,
    Prescription,
    QuotaStanding,
    Used,
)

if TYPE_CHECKING:
    from dispensing.settlement import LineSplit

Row = Mapping[str, Any]


@dataclass(slots=True)
class _Year:
    """What a person's year has used so far."""

    fund_fen: int = 0
    ordinary_fund_fen: int = 0
    deductible_fen: int = 0


def settled(rows: Iterable[Row], policy: Policy) -> Iterator[dict[str, Any]]:
    """Assess the claims of a book in the order of settlement; one answer for each line."""
    years: dict[tuple[Any, int], _Year] = {}
    rules: dict[date, Rules | None] = {}
    one_claim = itemgetter("settled_no", "claim")
    in_order = sorted(map(_whole, rows), key=itemgetter("settled_no", "claim", "line"))
    for _, group in groupby(in_order, key=one_claim):
        lines = list(group)
        day = lines[0]["day"]
        if day not in rules:
            rules[day] = policy.rules_on(day)
        used = years.setdefault((lines[0]["person"], day.year), _Year())
        used.ordinary_fund_fen += sum(line["ordinary_fund_fen"] for line in lines)
        yield from _claim(lines, rules[day], used)


def dispensing_of(lines: list[Row], used: Used) -> Dispensing:
    """Read the lines of one claim as the dispensing that the row engine assesses."""
    first = lines[0]
    day = first["day"]
    is_pharmacy = first["venue"] == "pharmacy"
    begun = {first["disease"]: day} if first["chronic_outpatient"] else {}
    return Dispensing(
        on=day,
        voucher=first["voucher"],
        insured=Insured(
            scheme=first["scheme"],
            area=first["area"],
            active=first["active"],
            diseases={slug: day for slug in first["registered"].split("+") if slug},
            chronic_outpatient=begun,
            away_filed=first["away_filed"],
            used=used,
            account_fen=first["account_fen"],
            history=tuple(
                Dispensed(
                    f"line {line['line']}", day - timedelta(1), line["left_days"] + 1
                )
                for line in lines
                if line["left_days"] > 0
            ),
        ),
        outlet=Outlet(
            kind="pharmacy" if is_pharmacy else "hospital",
            level=None if is_pharmacy else first["venue"],
            area=first["outlet_area"],
            designated=first["designated"],
            quota=_standing(first),
        ),
        prescription=Prescription(
            source=first["source"],
            signature=first["signature"],
            record_no="recorded" if first["recorded"] else None,
            issued_on=first["issued_on"],
            valid_days=first["valid_days"],
            status=first["status"],
            issuer_designated=first["issuer_designated"],
            disease=first["disease"],
            long_term=first["long_term"],
        ),
        lines=tuple(map(_line, lines)),
    )


def _standing(row: Row) -> QuotaStanding | None:
    unit, rank = row["quota_unit"], row["quota_rank"]
    return None if unit is None or rank is None else QuotaStanding(unit, rank, rank)


def _line(row: Row) -> Line:
    return Line(
        name=f"line {row['line']}",
        atc=f"line {row['line']}",
        tier=row["tier"],
        price_fen=row["price_fen"],
        standard_fen=row["standard_fen"],
        quantity=row["quantity"],
        supply_days=row["supply_days"],
        self_pay_permyriad=row["self_pay_permyriad"],
        vbp=row["vbp"],
        on_platform=row["on_platform"],
        in_range=row["in_range"],
        group=row["group"],
        traced=row["traced"],
    )


def _claim(
    lines: list[Row], rules: Rules | None, used: _Year
) -> Iterator[dict[str, Any]]:
    known = Used(used.fund_fen, used.ordinary_fund_fen, used.deductible_fen)
    splits: Sequence[LineSplit | None] = [None] * len(lines)
    if rules is None:
        decision, check = "not_in_force", None
    else:
        found = assess(dispensing_of(lines, known), rules)
        decision, check = found.decision, _first_worst(found)
        if found.split:
            splits = found.split.lines
            used.fund_fen += found.split.fund_fen
            used.deductible_fen += found.split.deductible_fen
    for line, split in zip(lines, splits, strict=True):
        amounts = {name: getattr(split, name) if split else None for name in SPLITS}
        said = {"decision": decision, "check": check}
        yield {"claim": line["claim"], "line": line["line"], **said, **amounts}


def _first_worst(found: Assessment) -> str | None:
    """Name the check that the decision rests on: of the worst ones the first."""
    return next(
        (item.check for item in found.problems if item.verdict == found.decision), None
    )


def _whole(row: Row) -> Row:
    """Fill in what a book without a column is taken to say."""
    filled: dict[str, Any] = {}
    for one in COLUMNS:
        if one.name in row:
            filled[one.name] = row[one.name]
        else:
            filled[one.name] = filled[one.same_as] if one.same_as else one.default
    return filled
