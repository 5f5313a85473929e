"""Runs of the rules and the alarms that they left: kept once, listed with their record."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from dispensing.errors import NotFound
from dispensing.smart.alarms import Alarm, Audit, Evidence
from dispensing.smart.rules import AuditRule, rule
from dispensing.tables import SmartAlarmRow, SmartCaseRow, SmartRunRow, SmartTurnRow

LISTED_MAX = 500


@dataclass(frozen=True, slots=True)
class AuditRun:
    """One run: over which days, how much was read, how many alarms, what could not be asked."""

    id: UUID
    since: date
    until: date
    lines: int
    alarms: int
    new: int
    unrun: tuple[str, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """How right a rule has been: its cases that are decided, by outcome."""

    confirmed: int = 0
    partly: int = 0
    unfounded: int = 0


@dataclass(frozen=True, slots=True)
class AlarmView:
    """One alarm with the sentence of its rule, its evidence, and how right the rule has been."""

    id: str
    rule: str
    zh: str
    en: str
    edition: str
    clause: str
    quote: str
    subject: str
    outlet_code: str
    first_day: date
    last_day: date
    stake_fen: int
    facts: Mapping[str, int]
    evidence: tuple[Evidence, ...]
    innocent_zh: tuple[str, ...]
    innocent_en: tuple[str, ...]
    record: RuleRecord
    case_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class AskedAudit:
    """A run as it was asked for: whose claims, of which days, by whom."""

    place: str
    since: date
    until: date
    by: str


def keep_run(
    session: Session, found: Audit, asked: AskedAudit, *, id_: UUID, now: datetime
) -> AuditRun:
    """Keep a run and those of its alarms that are new; one that is known stays as it was.

    Raises IntegrityError where a run of this number is kept already.
    """
    run = SmartRunRow(
        id=id_,
        place=asked.place,
        since=asked.since,
        until=asked.until,
        lines=found.lines,
        alarms=len(found.alarms),
        unrun=" ".join(f"{one.rule}:{one.needs}" for one in found.unrun),
        by=asked.by,
        at=now,
    )
    session.add(run)
    session.flush()
    in_turn = sorted(
        found.alarms, key=lambda one: one.id
    )  # two runs never wait in a ring
    new = sum(_kept_once(session, run, one) for one in in_turn)
    view = _run_view(run, new)
    session.commit()
    return view


def new_of(session: Session, run_id: UUID) -> int:
    """Count the alarms that a run was the first to find."""
    query = select(func.count()).where(col(SmartAlarmRow.run_id) == run_id)
    return session.exec(query).one()


def runs(session: Session, place: str) -> tuple[AuditRun, ...]:
    """List the runs of an area, the latest first."""
    query = select(SmartRunRow).order_by(col(SmartRunRow.at).desc()).limit(20)
    if place:
        query = query.where(col(SmartRunRow.place) == place)
    return tuple(_run_view(row, 0) for row in session.exec(query))


def alarms(
    session: Session, place: str, *, of_rule: str = "", waiting: bool = False
) -> tuple[AlarmView, ...]:
    """List the alarms of an area, the dearest first; of one rule, or without a case, if asked.

    Whom an alarm is about stands in the alarm itself, whose reading is recorded.
    """
    query = select(SmartAlarmRow)
    if place:
        query = query.where(col(SmartAlarmRow.place) == place)
    if of_rule:
        query = query.where(col(SmartAlarmRow.rule) == of_rule)
    if waiting:
        taken = select(SmartCaseRow.alarm_id).where(
            col(SmartCaseRow.alarm_id).is_not(None)
        )
        query = query.where(col(SmartAlarmRow.id).not_in(taken))
    order = col(SmartAlarmRow.stake_fen).desc(), col(SmartAlarmRow.id)
    rows = session.exec(query.order_by(*order).limit(LISTED_MAX)).all()
    told = records(session, place)
    cases = _cases(session, [row.id for row in rows])
    found = (_view(row, told, cases.get(row.id)) for row in rows)
    return tuple(replace(one, subject="", evidence=()) for one in found)


def alarm(session: Session, alarm_id: str, place: str) -> AlarmView:
    """Give one alarm of an area; NotFound for another's."""
    row = alarm_row(session, alarm_id, place)
    found = _cases(session, [row.id])
    return _view(row, records(session, place), found.get(row.id))


def alarm_row(session: Session, alarm_id: str, place: str) -> SmartAlarmRow:
    """Find the row of an alarm."""
    row = session.get(SmartAlarmRow, alarm_id)
    if row is None or (place and row.place != place):
        raise NotFound("这条预警", "alarm")
    return row


def evidence_of(row: SmartAlarmRow) -> tuple[Evidence, ...]:
    """Read the lines that an alarm rests on."""
    return tuple(
        Evidence(**{**each, "day": date.fromisoformat(each["day"])})
        for each in json.loads(row.evidence)
    )


def records(session: Session, place: str) -> dict[str, RuleRecord]:
    """Count by rule how its cases were decided; what was ruled on appeal counts."""
    turns = SmartTurnRow
    query = (
        select(SmartCaseRow.rule, turns.case_id, turns.kind, turns.outcome)
        .join(turns, col(turns.case_id) == col(SmartCaseRow.id))
        .where(col(turns.outcome).is_not(None))
    )
    if place:
        query = query.where(col(SmartCaseRow.outlet_code).like(f"_{place}%"))
    last: dict[UUID, tuple[str, str]] = {}
    for name, case_id, kind, outcome in session.exec(query):
        if kind == "ruled" or case_id not in last:
            last[case_id] = name, str(outcome)
    counted: dict[str, dict[str, int]] = {}
    for name, outcome in last.values():
        mine = counted.setdefault(name, {})
        mine[outcome] = mine.get(outcome, 0) + 1
    return {name: RuleRecord(**mine) for name, mine in counted.items()}


def _kept_once(session: Session, run: SmartRunRow, one: Alarm) -> bool:
    if session.get(SmartAlarmRow, one.id) is not None:
        return False
    row = SmartAlarmRow(
        id=one.id,
        place=run.place,
        run_id=run.id,
        rule=one.rule,
        edition=one.edition,
        subject=one.subject,
        outlet_code=one.outlet,
        first_day=one.first_day,
        last_day=one.last_day,
        stake_fen=one.stake_fen,
        facts=json.dumps(dict(one.facts), sort_keys=True),
        evidence=json.dumps(
            [_plain(each) for each in one.evidence], ensure_ascii=False
        ),
        at=run.at,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # another run was first with it
        return False
    return True


def _plain(one: Evidence) -> dict[str, Any]:
    fields = {name: getattr(one, name) for name in Evidence.__dataclass_fields__}
    return {**fields, "day": one.day.isoformat()}


def _run_view(row: SmartRunRow, new: int) -> AuditRun:
    return AuditRun(
        id=row.id,
        since=row.since,
        until=row.until,
        lines=row.lines,
        alarms=row.alarms,
        new=new,
        unrun=tuple(row.unrun.split()),
        by=row.by,
        at=row.at,
    )


def _cases(session: Session, ids: Sequence[str]) -> dict[str, UUID]:
    query = select(SmartCaseRow.alarm_id, SmartCaseRow.id).where(
        col(SmartCaseRow.alarm_id).in_(ids)
    )
    return {str(alarm_id): case_id for alarm_id, case_id in session.exec(query)}


def _view(
    row: SmartAlarmRow, told: Mapping[str, RuleRecord], case_id: UUID | None
) -> AlarmView:
    said: AuditRule = rule(row.rule)
    return AlarmView(
        id=row.id,
        rule=row.rule,
        zh=said.zh,
        en=said.en,
        edition=row.edition,
        clause=f"{said.document} {said.clause}",
        quote=said.quote,
        subject=row.subject,
        outlet_code=row.outlet_code,
        first_day=row.first_day,
        last_day=row.last_day,
        stake_fen=row.stake_fen,
        facts=json.loads(row.facts),
        evidence=evidence_of(row),
        innocent_zh=tuple(each.zh for each in said.innocent),
        innocent_en=tuple(each.en for each in said.innocent),
        record=told.get(row.rule, RuleRecord()),
        case_id=case_id,
        at=row.at,
    )
