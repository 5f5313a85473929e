"""One act under its lock: who does what to which designation, and how it is written down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, delete, select

from pharmacies import rows
from pharmacies.designation import (
    Agreement,
    AgreementKind,
    Known,
    agreement_on,
    permit,
    refuse,
    state_of,
)
from pharmacies.designation_service.views import (
    DesignationView,
    acts_last,
    acts_of,
    agreements_of,
    life,
)
from pharmacies.errors import NoSuchOutlet
from pharmacies.places import pooling_area
from pharmacies.quota import Plan, UnitKind
from pharmacies.quota_service import quota_standings
from pharmacies.tables import (
    AgreementRow,
    DesignationActRow,
    OutletRow,
    SuspensionRow,
)

_ONE_BY_ONE = text(
    "SELECT pg_advisory_xact_lock(hashtext('yaoda quota'), hashtext(:unit))"
)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Doing:
    """Who acts on which designation, when and why; `on` is the day from which it holds.

    `late` marks what is only entered now (补录) and held from an earlier day.
    """

    outlet_code: str
    kind: AgreementKind
    on: date
    today: date
    at: datetime
    by: str
    role: str
    reason: str
    act_id: UUID
    late: bool = False


@dataclass(frozen=True, slots=True)
class Override:
    """Why a unit may leave its floor or ceiling, and the number that was shown for it."""

    reason: str
    left: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What an act does to the number of its quota unit on the day from which it holds."""

    unit: str
    kind: UnitKind
    target: int
    designated: int
    left: int  # how many count after the act

    @property
    def needs_override(self) -> bool:
        """Tell whether the unit leaves its floor or its ceiling by the act."""
        if self.kind == "floor":
            return self.left < min(self.designated, self.target)
        return self.left > max(self.designated, self.target)


@dataclass(slots=True)
class Case:
    """One designation under its lock: what is written about it, and its state."""

    session: Session
    doing: Doing
    outlet: OutletRow
    agreements: tuple[Agreement, ...]
    acts: Sequence[DesignationActRow]

    @property
    def state(self) -> str:
        """Tell the state today."""
        return state_of(Known(self.agreements, acts_last(self.acts)), self.doing.today)

    @property
    def agreement(self) -> Agreement:
        """Return the agreement that the act is about."""
        # A late act may be about an agreement that is over: the day it holds from tells.
        found = agreement_on(self.agreements, self.doing.on)
        assert found is not None, "the state tells that there is one"
        return found


def opened(session: Session, doing: Doing, operation: str) -> Case | None:
    """Lock the outlet and ask the table; None where this act was done before."""
    # Who settles or claims there meanwhile names the outlet and need not wait for an act.
    lock = {"key_share": True}
    outlet = session.get(OutletRow, doing.outlet_code, with_for_update=lock)
    if outlet is None:
        raise NoSuchOutlet(doing.outlet_code)
    done = select(DesignationActRow.id).where(
        col(DesignationActRow.act_id) == doing.act_id
    )
    if session.exec(done).first() is not None:
        return None
    held = agreements_of(session, doing.outlet_code, doing.kind)
    acts = acts_of(session, doing.outlet_code, doing.kind)
    case = Case(session, doing, outlet, held, acts)
    permit(operation, case.state)
    return case


def told(session: Session, doing: Doing) -> DesignationView:
    """Tell the life as it stands after an act."""
    return life(session, doing.outlet_code, doing.kind, doing.today)


def written(
    case: Case, act: str, *, detail: Mapping[str, Any] | None = None
) -> DesignationView:
    """Write an act down that changes no agreement; the caller commits."""
    _add(case, act, detail=detail or {})
    case.session.flush()
    return told(case.session, case.doing)


def _add(
    case: Case,
    act: str,
    *,
    detail: Mapping[str, Any],
    agreements: tuple[Agreement | None, Agreement] | None = None,
) -> None:
    doing = case.doing
    before, after = agreements or (None, None)
    case.session.add(
        DesignationActRow(
            act_id=doing.act_id,
            outlet_code=doing.outlet_code,
            kind=doing.kind,
            act=act,
            on=doing.on,
            at=doing.at,
            by=doing.by,
            role=doing.role,
            reason=doing.reason,
            late=doing.late and doing.on < doing.today,
            begins=None if after is None else after.begins,
            before=None if before is None else rows.told_agreement(before),
            after=None if after is None else rows.told_agreement(after),
            detail=dict(detail),
        )
    )


def changed(
    case: Case,
    act: str,
    before: Agreement | None,
    after: Agreement,
    *,
    plan: Plan | None = None,
    override: Override | None = None,
    detail: Mapping[str, Any] | None = None,
) -> DesignationView:
    """Keep what an act has made of an agreement; the caller commits."""
    keep(case, act, before, after, plan=plan, override=override, detail=detail or {})
    case.session.flush()
    return told(case.session, case.doing)


def keep(
    case: Case,
    act: str,
    before: Agreement | None,
    after: Agreement,
    *,
    plan: Plan | None,
    override: Override | None,
    detail: Mapping[str, Any],
) -> None:
    """Write an agreement as it stands after an act, and the act; the caller commits."""
    effect = None if plan is None else _effect(case, before, after, plan)
    more = dict(detail)
    if effect is not None and effect.needs_override:
        _need_override(effect, override)
        assert override is not None
        more["override"] = {
            "reason": override.reason,
            "unit": effect.unit,
            "target": effect.target,
            "left": effect.left,
        }
    _store(case.session, before, after)
    _add(case, act, detail=more, agreements=(before, after))


def _effect(
    case: Case, before: Agreement | None, after: Agreement, plan: Plan
) -> Effect | None:
    """Tell what a change does to its unit on the first day on which it does something."""
    unit = plan.unit_of(after.quota_unit)
    if unit is None or after.kind != "chronic":
        return None
    session, day = case.session, _first_difference(before, after, case.doing.on)
    if day is None:
        return None
    if session.get_bind().dialect.name == "postgresql":
        # Two that leave a unit at once must see each other.
        session.connection().execute(_ONE_BY_ONE, {"unit": unit})
    (stands,) = quota_standings(
        session,
        {unit: plan.targets[unit]},
        day,
        aliases={k: v for k, v in plan.aliases.items() if v == unit},
        pooling_area=pooling_area(case.outlet.area),
    )
    gained = after.counts(day) - (before is not None and before.counts(day))
    left = stands.designated + gained
    kind = plan.kind_of(unit)
    return Effect(unit, kind, stands.target, stands.designated, left)


def _first_difference(
    before: Agreement | None, after: Agreement, on: date
) -> date | None:
    """Find the first day from the act's on which it counts otherwise than before."""
    days = {on, after.begins, *(each + _DAY for each in (on,) if each < date.max)}
    days |= {day for day in (after.card_settlement_from,) if day is not None}
    for each in (before, after):
        ends = None if each is None else each.ends
        days |= {ends + _DAY} if ends is not None and ends < date.max else set()
        for first, last in () if each is None else each.suspended:
            days |= {first}
            days |= {last + _DAY} if last is not None and last < date.max else set()
    for day in sorted(days):
        was = before is not None and before.counts(day)
        if day >= min(on, after.begins) and was != after.counts(day):
            return day
    return None


def _need_override(effect: Effect, override: Override | None) -> None:
    """Ask for a reason, and that the number that is left was seen as it now is."""
    if override is not None and override.left == effect.left:
        return
    code = "below-floor" if effect.kind == "floor" else "above-ceiling"
    raise refuse(
        code,
        zh=f"{effect.unit}目标{effect.target}家，办理后{effect.left}家。",
        en=f"{effect.unit}: target {effect.target}, {effect.left} after it.",
        left=effect.left,
    )


def _store(session: Session, before: Agreement | None, after: Agreement) -> None:
    key = (after.outlet_code, after.kind, after.begins)
    if before is None:
        session.add(rows.agreement_row(after))
        session.flush()
    else:
        row = session.get(AgreementRow, key)
        assert row is not None
        row.ends, row.card_settlement_from = after.ends, after.card_settlement_from
        own = delete(SuspensionRow).where(
            col(SuspensionRow.outlet_code) == after.outlet_code,
            col(SuspensionRow.kind) == after.kind,
            col(SuspensionRow.begins) == after.begins,
        )
        if before.suspended != after.suspended or before.stops != after.stops:
            session.exec(own)
    if before is None or (before.suspended, before.stops) != (
        after.suspended,
        after.stops,
    ):
        session.add_all(rows.suspension_rows(after))
