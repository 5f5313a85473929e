"""Scores of delivery firms for their callers: a firm its own, a bureau those of its area."""

import csv
import re
from dataclasses import replace
from datetime import date
from io import StringIO
from typing import get_args

from dispensing.errors import FieldError, Malformed, NotFound
from pharmacies import service as pharmacies
from pharmacies.places import AREAS
from pharmacies.table_cells import cells
from routing.promise import Party
from routing.service import scoring
from routing.service.scoring import WHATS, Asked, Board, Deliveries
from web import clock, db
from web.auditing import area_of_caller
from web.auth import caller

COLUMNS = (
    *("month", "carrier_code", "carrier_name", "area", "ended", "on_time", "late"),
    *("returned", "ratings", "stars_tenths", "complaints", "breaches", "seals"),
)
PARTIES = get_args(Party)
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


def board(month: str, area: str = "") -> Board:
    """Count what the caller's firms did in a month, by district."""
    asked = asked_of(month, area)
    return scoring.score_board(db.session(), asked, today=clock.today())


def behind(
    what: str,
    month: str,
    *,
    area: str = "",
    carrier: str = "",
    by: str = "",
    page: int = 1,
) -> Deliveries:
    """List the deliveries behind a number of the caller's firms."""
    if what not in WHATS:
        raise Malformed([FieldError("what", f"one of {', '.join(WHATS)}")])
    if by and by not in PARTIES:
        raise Malformed([FieldError("by", f"one of {', '.join(PARTIES)}")])
    asked = replace(asked_of(month, area, carrier), by=by)
    return scoring.deliveries(db.session(), asked, what, page=page, now=clock.now())


def asked_of(month: str, area: str = "", carrier: str = "") -> Asked:
    """Say what is asked for, within what is the caller's; NotFound for another firm."""
    mine = _mine()
    if carrier and carrier not in mine:
        raise NotFound("配送公司", "carrier")
    within = area_of_caller() if "dispatch" not in caller().roles else ""
    if area and not (area.isdigit() and area.startswith(within)):
        raise NotFound("区县", "area")
    return Asked((carrier,) if carrier else mine, _first_day(month), area or within)


def written(found: Board) -> str:
    """Write the scores of a month as CSV, with a mark for programs that guess encodings."""
    text = StringIO()
    write = csv.writer(text, lineterminator="\r\n")
    write.writerow((*COLUMNS, *(f"broken_by_{each}" for each in PARTIES)))
    for one in found.scores:
        plain = [getattr(one, name) for name in COLUMNS[1:]]
        blamed = [one.broken_by.get(each, 0) for each in PARTIES]
        write.writerow(cells(f"{found.month:%Y-%m}", *plain, *blamed))
    return "\ufeff" + text.getvalue()


def district(area: str) -> str:
    """Name a district."""
    return AREAS.get(area, area)


def _mine() -> tuple[str, ...]:
    """Name the firms that the caller may see: its own, or those who serve its area."""
    who = caller()
    if "dispatch" in who.roles:
        return (who.subject,)
    within = area_of_caller()
    return tuple(
        firm.code
        for firm in pharmacies.carriers(db.session())
        if any(area.startswith(within) for area in firm.areas)
    )


def _first_day(month: str) -> date:
    if not month:
        return clock.today().replace(day=1)
    found = _MONTH.fullmatch(month)
    if found is None:
        raise Malformed([FieldError("month", "a month such as 2025-09")])
    return date(int(found[1]), int(found[2]), 1)
