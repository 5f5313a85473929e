"""A firm's crew as it maintains it: couriers, shifts, vehicles, boxes and areas, from a day on.

Nothing is written over: each act has the terms that hold from its day on, and a day's crew is
what the acts up to that day say. Plans that were made keep what they were made with.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from pharmacies import rows
from pharmacies.carriers import Courier
from pharmacies.crew import (
    AREAS_OUTSIDE,
    BOX_TOO_LARGE,
    CODES_USED_UP,
    PAST,
    SHIFT_TURNED,
    STRANGER,
    CourierTerms,
    CrewAct,
    CrewChange,
    CrewRefused,
    Member,
    kept_terms,
    read_terms,
    terms_of,
)
from pharmacies.errors import Words
from pharmacies.places import Point
from pharmacies.tables import CarrierAreaRow, CarrierRow, CourierRow, CrewActRow

CODES_MAX = 99  # of one firm: two digits behind its code


def crew_of(
    session: Session,
    carrier_code: str,
    day: date,
    *,
    only: Collection[str] | None = None,
) -> tuple[Courier, ...]:
    """List the couriers who are with a firm on a day by code, with the terms of that day."""
    found = _rows(session, carrier_code, only)
    acts = _acts(session, carrier_code)
    hired = {it.courier_code for it in acts if it.kind == "hired"}
    last = {it.courier_code: it for it in _holding(acts) if it.from_day <= day}
    crew = []
    for row in found:
        act = last.get(row.code)
        if act is None and row.code not in hired:
            crew.append(rows.courier_of(row))
        elif act is not None and act.kind != "left":
            crew.append(_courier(row, act.terms))
    return tuple(crew)


def members(session: Session, carrier_code: str, day: date) -> tuple[Member, ...]:
    """List a firm's crew as it stands on a day, with what is to come and who has left."""
    working = {it.code: it for it in crew_of(session, carrier_code, day)}
    acts = _acts(session, carrier_code)
    listed = []
    for row in _rows(session, carrier_code):
        mine = [it for it in acts if it.courier_code == row.code]
        coming = [it for it in _holding(mine) if it.from_day > day]
        now = working.get(row.code) or rows.courier_of(row)
        listed.append(
            Member(
                code=row.code,
                terms=terms_of(now),
                works_today=row.code in working and now.works_on(day),
                gone=row.code not in working,
                seen=max((it.id or 0 for it in mine), default=0),
                coming=tuple(map(_told, coming)),
            )
        )
    return tuple(listed)


def history(session: Session, carrier_code: str, courier_code: str) -> list[CrewAct]:
    """List what was done about a courier of a firm, the latest first."""
    acts = _acts(session, carrier_code)
    return [_told(it) for it in acts[::-1] if it.courier_code == courier_code]


def hire(
    session: Session,
    terms: CourierTerms,
    *,
    carrier_code: str,
    from_day: date,
    reason: str,
    by: str,
    today: date,
    now: datetime,
) -> str:
    """Take a courier into a firm's crew from a day on; returns the new courier's code.

    Raises CrewRefused.
    """
    _reject_past(from_day, today)
    _lock(session, carrier_code)
    code = _next_code(session, carrier_code)
    courier = _checked(session, carrier_code, code, terms)
    session.add(rows.courier_row(courier))
    session.flush()
    session.add(
        CrewActRow(
            carrier_code=carrier_code,
            courier_code=code,
            kind="hired",
            from_day=from_day,
            at=now,
            by=by,
            reason=reason,
            terms=kept_terms(terms),
        )
    )
    session.commit()
    return code


def change(
    session: Session,
    asked: CrewChange,
    *,
    carrier_code: str,
    by: str,
    today: date,
    now: datetime,
) -> None:
    """Change a courier's terms from a day on, or end the work; raises CrewRefused.

    A change for a day replaces what was to come from then on. Plans that were made keep the
    terms that they were made with; the next planning takes the new ones.
    """
    _reject_past(asked.from_day, today)
    _lock(session, carrier_code)
    code = asked.courier_code
    row = session.get(CourierRow, code)
    if row is None or row.carrier != carrier_code:
        raise CrewRefused("not-found", STRANGER)
    mine = [it for it in _acts(session, carrier_code) if it.courier_code == code]
    last = max(mine, key=lambda it: it.id or 0, default=None)
    if last is not None and last.id != asked.seen:
        raise CrewRefused("crew-changed", _overrun(last))
    kind, terms = "changed", asked.terms
    if terms is None:
        kind, terms = "left", terms_of(rows.courier_of(row))
    else:
        _checked(session, carrier_code, code, terms)
        row.name, row.phone = terms.name, terms.phone
    session.add(
        CrewActRow(
            carrier_code=carrier_code,
            courier_code=code,
            kind=kind,
            from_day=asked.from_day,
            at=now,
            by=by,
            reason=asked.reason,
            terms=kept_terms(terms),
        )
    )
    session.commit()


def areas_of(session: Session, carrier_code: str) -> tuple[str, ...]:
    """List the areas in which a firm delivers."""
    query = select(CarrierAreaRow.area).where(
        col(CarrierAreaRow.carrier_code) == carrier_code
    )
    return tuple(sorted(session.exec(query)))


def firms_of(session: Session, act_ids: Iterable[int]) -> set[str]:
    """Name the firms whose crew some acts have changed."""
    query = select(CrewActRow.carrier_code).where(col(CrewActRow.id).in_(act_ids))
    return set(session.exec(query))


def _rows(
    session: Session, carrier_code: str, only: Collection[str] | None = None
) -> Sequence[CourierRow]:
    query = select(CourierRow).where(col(CourierRow.carrier) == carrier_code)
    if only is not None:
        query = query.where(col(CourierRow.code).in_(only))
    return session.exec(query.order_by(col(CourierRow.code))).all()


def _acts(session: Session, carrier_code: str) -> Sequence[CrewActRow]:
    query = select(CrewActRow).where(col(CrewActRow.carrier_code) == carrier_code)
    return session.exec(query.order_by(col(CrewActRow.id))).all()


def _holding(acts: Sequence[CrewActRow]) -> list[CrewActRow]:
    """List the acts that still hold: one for an earlier day replaces what was to come."""
    kept: dict[str, list[CrewActRow]] = {}
    for act in acts:
        before = kept.get(act.courier_code, [])
        earlier = [it for it in before if it.from_day < act.from_day]
        kept[act.courier_code] = [*earlier, act]
    return [it for listed in kept.values() for it in listed]


def _courier(row: CourierRow, told: Mapping[str, Any]) -> Courier:
    own = rows.courier_of(row)
    return replace(
        _on_terms(own.code, own.carrier, read_terms(told)),
        name=own.name,
        phone=own.phone,
    )


def _on_terms(code: str, carrier_code: str, terms: CourierTerms) -> Courier:
    return Courier(
        code=code,
        carrier=carrier_code,
        name=terms.name,
        phone=terms.phone,
        start=Point(terms.lon, terms.lat),
        shift_begins=terms.shift_begins,
        shift_ends=terms.shift_ends,
        capacity_parcels=terms.capacity_parcels,
        cold_capacity_parcels=terms.cold_capacity_parcels,
        areas=frozenset(terms.areas),
        rest_weekday=terms.rest_weekday,
        vehicle=terms.vehicle,
    )


def _told(row: CrewActRow) -> CrewAct:
    assert row.id is not None
    return CrewAct(
        id=row.id,
        courier_code=row.courier_code,
        kind=row.kind,
        from_day=row.from_day,
        at=row.at,
        by=row.by,
        reason=row.reason,
        terms=read_terms(row.terms),
    )


def _checked(
    session: Session, carrier_code: str, code: str, terms: CourierTerms
) -> Courier:
    """Make the courier of some terms, or raise CrewRefused with what does not fit."""
    outside = set(terms.areas) - set(areas_of(session, carrier_code))
    if outside or not terms.areas:
        raise CrewRefused("crew-areas", AREAS_OUTSIDE)
    if not terms.shift_begins < terms.shift_ends:
        raise CrewRefused("crew-shift", SHIFT_TURNED)
    if not 0 <= terms.cold_capacity_parcels <= terms.capacity_parcels:
        raise CrewRefused("crew-box", BOX_TOO_LARGE)
    return _on_terms(code, carrier_code, terms)


def _reject_past(from_day: date, today: date) -> None:
    if from_day < today:
        raise CrewRefused("crew-past", PAST)


def _lock(session: Session, carrier_code: str) -> None:
    """Let acts on one firm's crew follow one another."""
    query = select(CarrierRow).where(col(CarrierRow.code) == carrier_code)
    if session.exec(query.with_for_update()).first() is None:
        raise CrewRefused("not-found", STRANGER)


def _next_code(session: Session, carrier_code: str) -> str:
    query = select(func.max(CourierRow.code)).where(
        col(CourierRow.carrier) == carrier_code
    )
    last = session.exec(query).one()
    number = int(last[-2:]) + 1 if last else 1
    if number > CODES_MAX:
        raise CrewRefused("crew-full", CODES_USED_UP)
    return f"{last[:-2] if last else carrier_code}{number:02d}"


def _overrun(last: CrewActRow) -> Words:
    return Words(
        f"{last.by} 刚刚改过这位配送员，您看到的不是最新的。",
        f"{last.by} has just changed this courier: you do not see the latest.",
        "请看过新的资料后再改。",
        "Look at the courier as it stands now, then change it.",
    )
