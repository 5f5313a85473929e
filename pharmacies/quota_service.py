"""What is asked of agreements: designated on a day, counted towards a unit, and how many count.

The questions that every check asks are prepared; all are built from the same words, so that
designated and counted cannot drift apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Date, bindparam, text
from sqlmodel import Session, col, select

from pharmacies import rows
from pharmacies.designation import Agreement, AgreementKind
from pharmacies.quota import (
    Board,
    Plan,
    Standing,
    Step,
    board,
    history,
    standing,
    standings,
)
from pharmacies.tables import AgreementRow, DesignationActRow, SuspensionRow

_LASTS = """
    {one}.kind = :kind AND {one}.begins <= :day
    AND ({one}.ends IS NULL OR {one}.ends >= :day)"""
_PAUSED = """suspension.first_day <= :day
    AND (suspension.last_day IS NULL OR suspension.last_day >= :day)"""
_IN_FORCE = f"""{_LASTS}
    AND NOT EXISTS (
        SELECT 1 FROM suspension
        WHERE suspension.outlet_code = {{one}}.outlet_code
        AND suspension.kind = {{one}}.kind AND suspension.begins = {{one}}.begins
        AND {_PAUSED}
    )"""
_DESIGNATED = text(
    "SELECT 1 FROM agreement AS mine WHERE mine.outlet_code = :outlet AND"
    + _IN_FORCE.format(one="mine")
).bindparams(bindparam("day", type_=Date))
_ALL_DESIGNATED = text(
    "SELECT DISTINCT mine.outlet_code FROM agreement AS mine"
    " WHERE (mine.outlet_code BETWEEN :low AND :high"
    " OR mine.outlet_code BETWEEN :clinic_low AND :clinic_high) AND"
    + _IN_FORCE.format(one="mine")
).bindparams(bindparam("day", type_=Date))
_STANDING = text(
    "SELECT mine.quota_unit, (SELECT count(*) FROM agreement AS each"
    " WHERE each.quota_unit = mine.quota_unit"
    " AND each.card_settlement_from <= :day AND"
    + _IN_FORCE.format(one="each")
    + ") AS designated FROM agreement AS mine WHERE mine.outlet_code = :outlet"
    " AND mine.card_settlement_from <= :day AND" + _IN_FORCE.format(one="mine")
).bindparams(bindparam("day", type_=Date))
# Codes of a pooling area are digits behind a letter, so that they lie between two codes. Who
# is suspended there is read once and held against each, however many the nation has.
_COUNTED = text(
    "SELECT each.quota_unit, count(*) AS designated FROM agreement AS each"
    " WHERE each.quota_unit IN :units AND each.outlet_code BETWEEN :low AND :high"
    " AND each.card_settlement_from <= :day AND"
    + _LASTS.format(one="each")
    + " AND (each.outlet_code, each.begins) NOT IN (SELECT outlet_code, begins"
    " FROM suspension WHERE outlet_code BETWEEN :low AND :high AND kind = :kind"
    f" AND {_PAUSED}) GROUP BY each.quota_unit"
).bindparams(bindparam("day", type_=Date), bindparam("units", expanding=True))
# Who began to count earlier, or on the same day under a lower code, comes first.
_SINCE = (
    "CASE WHEN {one}.card_settlement_from > {one}.begins"
    " THEN {one}.card_settlement_from ELSE {one}.begins END"
)
_RANK = text(
    "SELECT count(*) FROM agreement AS mine JOIN agreement AS each"
    " ON each.quota_unit = mine.quota_unit WHERE mine.outlet_code = :outlet"
    " AND mine.card_settlement_from <= :day AND each.card_settlement_from <= :day AND"
    + _IN_FORCE.format(one="mine")
    + " AND"
    + _IN_FORCE.format(one="each")
    + f" AND ({_SINCE.format(one='each')} < {_SINCE.format(one='mine')}"
    f" OR ({_SINCE.format(one='each')} = {_SINCE.format(one='mine')}"
    " AND each.outlet_code <= mine.outlet_code))"
).bindparams(bindparam("day", type_=Date))
_SUSPENSION = SuspensionRow.metadata.tables["suspension"]
_FIRST, _LAST = "0" * 11, "9" * 11


def is_designated(
    session: Session, outlet_code: str, day: date, kind: AgreementKind = "general"
) -> bool:
    """Tell whether an agreement of the outlet is in force on a day."""
    asked = {"outlet": outlet_code, "kind": kind, "day": day}
    return session.connection().execute(_DESIGNATED, asked).first() is not None


def designated(
    session: Session, day: date, *, pooling_area: str, kind: AgreementKind = "general"
) -> frozenset[str]:
    """Give the codes of all outlets of a pooling area that are designated on a day."""
    low, high = _codes(pooling_area)
    clinic_low, clinic_high = _codes(pooling_area, "H")
    asked = {"low": low, "high": high, "kind": kind, "day": day}
    asked |= {"clinic_low": clinic_low, "clinic_high": clinic_high}
    return frozenset(session.connection().execute(_ALL_DESIGNATED, asked).scalars())


def quota_standings(
    session: Session,
    targets: Mapping[str, int],
    day: date,
    *,
    aliases: Mapping[str, str] | None = None,
    pooling_area: str = "",
) -> tuple[Standing, ...]:
    """Compare every quota unit with its target on a day, in the order given.

    Units of the same name in several places are told apart by the `pooling_area`; what
    counts towards a unit under another name (R2) is named by the `aliases`.
    """
    plan = Plan(targets, aliases or {})
    counted: dict[str, int] = dict.fromkeys(targets, 0)
    for name, count in _counted(session, plan.names, day, pooling_area):
        unit = plan.unit_of(name)
        assert unit is not None
        counted[unit] += count
    return standings(targets, counted)


def quota_standing(
    session: Session, outlet_code: str, targets: Mapping[str, int], day: date
) -> Standing | None:
    """Return where the unit of one counted pharmacy stands, None if it counts nowhere.

    Asked at every check, so it is one prepared statement; a test holds it equal to
    `quota_standings`.
    """
    asked = {"outlet": outlet_code, "kind": "chronic", "day": day}
    found = session.connection().execute(_STANDING, asked).first()
    if found is None or found.quota_unit not in targets:
        return None
    return standing(found.quota_unit, targets[found.quota_unit], found.designated)


def quota_rank(session: Session, outlet_code: str, day: date) -> int | None:
    """Tell the place of a counted pharmacy in its unit by the day it began to count.

    A ceiling asks for it (R1): who came after it was full is beyond it.
    """
    asked = {"outlet": outlet_code, "kind": "chronic", "day": day}
    return session.connection().execute(_RANK, asked).scalar_one() or None


def quota_board(
    session: Session,
    plan: Plan,
    day: date,
    *,
    window_days: int,
    ahead_days: int,
    known_at: datetime | None = None,
    pooling_area: str = "",
) -> Board:
    """Hold every unit against its target on a day, as far as was known at an instant."""
    found = chronic_agreements(
        session, plan.names, known_at=known_at, pooling_area=pooling_area
    )
    return board(found, plan, day=day, window_days=window_days, ahead_days=ahead_days)


def quota_history(
    session: Session,
    plan: Plan,
    *,
    first: date,
    last: date,
    known_at: datetime | None = None,
    pooling_area: str = "",
) -> dict[str, tuple[Step, ...]]:
    """Tell for each unit how many counted from a day on, and each day it changed."""
    of_unit: dict[str, list[Agreement]] = {unit: [] for unit in plan.targets}
    for each in chronic_agreements(
        session, plan.names, known_at=known_at, pooling_area=pooling_area
    ):
        of_unit[plan.unit_of(each.quota_unit) or ""].append(each)
    return {unit: history(found, first, last) for unit, found in of_unit.items()}


def chronic_agreements(
    session: Session,
    units: Sequence[str],
    *,
    known_at: datetime | None = None,
    pooling_area: str = "",
) -> tuple[Agreement, ...]:
    """List the agreements that count, or may, towards units, as known at an instant."""
    low, high = _codes(pooling_area)
    held, paused = AgreementRow.metadata.tables["agreement"], _SUSPENSION
    query = held.select().where(
        held.c.kind == "chronic",
        held.c.quota_unit.in_(units),
        held.c.outlet_code.between(low, high),
    )
    pauses: dict[str, list[Any]] = {}
    for pause in session.execute(
        paused.select().where(
            paused.c.kind == "chronic", paused.c.outlet_code.between(low, high)
        )
    ):
        pauses.setdefault(pause.outlet_code, []).append(pause)
    # Plain rows: as objects of the session a city's would take far longer.
    listed = tuple(
        rows.agreement_of(cast("AgreementRow", row), pauses.get(row.outlet_code, ()))
        for row in session.execute(query.order_by(held.c.outlet_code))
    )
    if known_at is None:
        return listed
    known = as_known(session, listed, known_at, codes=(low, high))
    return tuple(each for each in known if each.quota_unit in units)


def as_known(
    session: Session,
    agreements: Iterable[Agreement],
    known_at: datetime,
    *,
    codes: tuple[str, str],
) -> tuple[Agreement, ...]:
    """Give agreements as they were known at an instant: later acts are taken back.

    The first later act of an agreement tells how it stood before.
    """
    later = (
        select(DesignationActRow)
        .where(
            col(DesignationActRow.at) > known_at,
            col(DesignationActRow.begins).is_not(None),
            col(DesignationActRow.outlet_code).between(*codes),
        )
        .order_by(col(DesignationActRow.id))
    )
    before: dict[tuple[str, str, date | None], Agreement | None] = {}
    for act in session.exec(later):
        key = (act.outlet_code, act.kind, act.begins)
        told = None if act.before is None else rows.agreement_told(act, act.before)
        before.setdefault(key, told)
    return tuple(
        known
        for each in agreements
        if (known := before.get((each.outlet_code, each.kind, each.begins), each))
        is not None
    )


def _counted(
    session: Session, units: Sequence[str], day: date, pooling_area: str
) -> Iterable[tuple[str, int]]:
    low, high = _codes(pooling_area)
    asked = {
        "units": list(units),
        "kind": "chronic",
        "day": day,
        "low": low,
        "high": high,
    }
    found = session.connection().execute(_COUNTED, asked)
    return [(row.quota_unit, row.designated) for row in found]


def _codes(pooling_area: str, letter: str = "P") -> tuple[str, str]:
    """Give the first and the last code of a pooling area: P of pharmacies, H of others."""
    first, last = pooling_area + _FIRST, pooling_area + _LAST
    return letter + first[: len(_FIRST)], letter + last[: len(_LAST)]
