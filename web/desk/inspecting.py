"""What an inspector needs of a quarter (W20, W23, T10), gathered from what is here already."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session

from dispensing.calendar import period_of
from dispensing.errors import FieldError, Malformed
from dispensing.service import forecasting, tasks
from pharmacies import register_service, shelf_service
from pharmacies import service as pharmacies
from routing.service import scoring
from web import parts
from web.desk import planning

_QUARTER = re.compile(r"(20\d\d)Q([1-4])")
PAPERS_DAYS = 60
PRIMARY = ("primary",)


@dataclass(frozen=True, slots=True)
class Figures:
    """The inspector's own figures, which no text gives."""

    window_days: int = 30  # sold within so many days, and nothing left: a stock-out
    percent: int = 20  # a price so far from the median is told
    demand_days: int = 84


def span_of(quarter: str) -> tuple[date, date]:
    """Give the first and the last day of a quarter; Malformed for anything else."""
    found = _QUARTER.fullmatch(quarter)
    if found is None:
        raise Malformed([FieldError("quarter", "a quarter such as 2025Q3")])
    year, first = int(found[1]), 3 * int(found[2]) - 2
    after = date(year + (first == 10), (first + 2) % 12 + 1, 1)
    return date(year, first, 1), after - timedelta(days=1)


def quarter_of(day: date) -> str:
    """Name the quarter of a day."""
    return period_of("quarter", day)


def gathered(
    session: Session, place: str, quarter: str, figures: Figures, *, today: date
) -> Mapping[str, Any]:
    """Gather a quarter's pack as of its last day, or of today where it is not over."""
    first, last = span_of(quarter)
    day = min(last, today)
    return {
        "quarter": quarter,
        "as_of": day.isoformat(),
        "figures": asdict(figures),
        "milestones": _milestones(session, place, day),
        "quota": _quota(session, place, day),
        "delivery": _delivery(session, place, first, day),
        "papers": _papers(session, place, day),
        "stock_outs": [
            {"outlet": one.outlet_code, "medicine": one.name, "sold": one.sold}
            for one in shelf_service.stock_outs(
                session, place, day, window_days=figures.window_days
            )
        ],
        "prices": [
            {
                "list": one.price_list,
                "medicine": one.name,
                "price_fen": one.price_fen,
                "standard_fen": one.standard_fen,
                "why": one.why,
            }
            for one in shelf_service.price_alarms(
                session, place, day, percent=figures.percent
            )
        ],
        "demand": _demand(session, place, day, figures.demand_days),
    }


def _milestones(session: Session, place: str, day: date) -> list[dict[str, Any]]:
    """Tell how the dates that fall once stand (W20); the quota is counted, not entered."""
    plan = planning.plan(day)
    once = {one.slug for one in plan.duties if one.every == "once"}
    found = tasks.tasks(session, plan, place, first=day, last=day, today=day)
    standings = _standings(session, place, day)
    is_met = all(one.met for one in standings)
    return [
        {
            "what": one.words,
            "due": one.due.isoformat() if one.due else "",
            "clause": one.clause,
            "quote": one.quote,
            "state": ("done" if is_met else "late") if _counted(one.key) else one.state,
        }
        for one in found
        if one.key.split(":")[1] in once
    ]


def _counted(key: str) -> bool:
    return key.split(":")[1] == "quota-met"


def _standings(session: Session, place: str, day: date) -> Any:
    rules = parts.rules(day)
    return pharmacies.quota_standings(
        session,
        rules.quota_targets,
        day,
        aliases=rules.quota_units,
        pooling_area=place,
    )


def _quota(session: Session, place: str, day: date) -> list[dict[str, Any]]:
    return [asdict(one) for one in _standings(session, place, day)]


def _delivery(
    session: Session, place: str, first: date, last: date
) -> list[dict[str, Any]]:
    firms = tuple(
        firm.code
        for firm in pharmacies.carriers(session)
        if any(area.startswith(place) for area in firm.areas)
    )
    found, month = [], first
    while month <= last:
        asked = scoring.Asked(firms, month, place)
        board = scoring.score_board(session, asked, today=last)
        for one in board.scores:
            row = {**asdict(one), "broken_by": dict(one.broken_by)}
            found.append({"month": f"{month:%Y-%m}", **row})
        month = (month + timedelta(days=31)).replace(day=1)
    return found


def _papers(session: Session, place: str, day: date) -> list[dict[str, Any]]:
    found = register_service.gap_report(
        session,
        diseases=tuple(sorted(parts.rules(day).diseases)),
        pooling_area=place,
        day=day,
        within_days=PAPERS_DAYS,
    )
    return [
        {"holder": it.holder, "kind": it.kind, "ends": it.ends.isoformat()}
        for it in found.expiring
    ]


def _demand(session: Session, place: str, day: date, days: int) -> list[dict[str, Any]]:
    """Sum what long prescriptions want of primary institutions, by medicine (T10)."""
    wanted: dict[str, int] = {}
    for one in forecasting.demand(session, day, days=days, pooling_area=place):
        if pharmacies.outlet(session, one.outlet_code).level in PRIMARY:
            wanted[one.medicine_code] = wanted.get(one.medicine_code, 0) + one.quantity
    return [{"medicine": code, "quantity": n} for code, n in sorted(wanted.items())]
