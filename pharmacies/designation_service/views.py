"""What is told of a designation: its state, its agreement, its acts, and what may be done."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime, timedelta, timezone
from typing import Any, cast
from uuid import UUID

from sqlmodel import Session, col, select

from pharmacies import rows
from pharmacies.designation import (
    OPERATIONS,
    Agreement,
    AgreementKind,
    Condition,
    Dossier,
    Examined,
    Known,
    agreement_on,
    cell,
    state_of,
)
from pharmacies.errors import NoSuchOutlet
from pharmacies.quota_service import as_known
from pharmacies.tables import (
    AgreementRow,
    DesignationActRow,
    OutletRow,
    SuspensionRow,
)

_CHINA = timezone(timedelta(hours=8))
_DAYS = {
    one.name
    for one in fields(Dossier)
    if one.name in ("licence_until", "running_since", "last_violation")
    or one.name.startswith("contract_")
}


@dataclass(frozen=True, slots=True)
class SuspensionView:
    """Days on which an agreement does not count; both ends inside, None: until resumed."""

    first: date
    last: date | None
    stops_orders: bool


@dataclass(frozen=True, slots=True)
class AgreementView:
    """One agreement as it stands."""

    outlet_code: str
    kind: AgreementKind
    begins: date
    ends: date | None
    card_settlement_from: date | None
    quota_unit: str | None
    suspensions: tuple[SuspensionView, ...]


@dataclass(frozen=True, slots=True)
class ActView:
    """One act: what was done, from which day, by whom, when and why."""

    act_id: UUID
    kind: AgreementKind
    act: str
    on: date
    at: datetime
    by: str
    role: str
    reason: str
    late: bool
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DesignationView:
    """One kind of designation of one outlet on a day, as far as was known at an instant."""

    outlet_code: str
    outlet_name: str
    kind: AgreementKind
    day: date
    known_at: datetime | None
    state: str
    agreement: AgreementView | None
    days_left: int | None  # of the agreement, this day not counted; None: no end
    retry_on: date | None  # after it was found unfit: when it may apply again
    dossier: Dossier | None
    findings: tuple[Examined, ...]
    may: tuple[str, ...]  # what the state allows
    agreements: tuple[AgreementView, ...]
    acts: tuple[ActView, ...] = field(default=())


def life(
    session: Session,
    outlet_code: str,
    kind: AgreementKind,
    day: date,
    *,
    known_at: datetime | None = None,
) -> DesignationView:
    """Tell a designation's life as it stood on a day; raises NoSuchOutlet.

    With `known_at` only what had been entered by that instant is told. All acts are listed;
    the state is that of the day, also where what was applied for or signed came later.
    """
    outlet = session.get(OutletRow, outlet_code)
    if outlet is None:
        raise NoSuchOutlet(outlet_code)
    held = agreements_of(session, outlet_code, kind)
    acts = acts_of(session, outlet_code, kind)
    if known_at is not None:
        codes = (outlet_code, outlet_code)
        held = as_known(session, held, known_at, codes=codes)
        acts = [act for act in acts if act.at <= known_at]
    done = [act for act in acts if _since(act) <= day]
    held = _signed_by(held, acts, day)
    state = state_of(Known(held, acts_last(done)), day)
    agreement = agreement_on(held, day)
    return DesignationView(
        outlet_code=outlet_code,
        outlet_name=outlet.name,
        kind=kind,
        day=day,
        known_at=known_at,
        state=state,
        agreement=None if agreement is None else agreement_view(agreement),
        days_left=_days_left(agreement, day),
        retry_on=retry_on(done) if state == "refused" else None,
        dossier=dossier_of(done),
        findings=_findings(done),
        may=tuple(name for name in OPERATIONS if cell(name, state).code is None),
        agreements=tuple(map(agreement_view, held)),
        acts=tuple(map(_act_view, acts)),
    )


def agreements_of(
    session: Session, outlet_code: str, kind: AgreementKind
) -> tuple[Agreement, ...]:
    """List one kind of agreements of an outlet, the oldest first, read anew."""
    query = select(AgreementRow).where(
        col(AgreementRow.outlet_code) == outlet_code, col(AgreementRow.kind) == kind
    )
    paused = select(SuspensionRow).where(
        col(SuspensionRow.outlet_code) == outlet_code, col(SuspensionRow.kind) == kind
    )
    fresh = {"populate_existing": True}
    pauses = session.exec(
        paused.order_by(col(SuspensionRow.first_day)), execution_options=fresh
    ).all()
    kept = session.exec(
        query.order_by(col(AgreementRow.begins)), execution_options=fresh
    )
    return tuple(rows.agreement_of(row, pauses) for row in kept)


def acts_of(
    session: Session, outlet_code: str, kind: AgreementKind
) -> list[DesignationActRow]:
    """List the acts of one designation in their order."""
    query = select(DesignationActRow).where(
        col(DesignationActRow.outlet_code) == outlet_code,
        col(DesignationActRow.kind) == kind,
    )
    return list(session.exec(query.order_by(col(DesignationActRow.id))))


def acts_last(acts: Sequence[DesignationActRow]) -> str | None:
    """Name the last act of an application, or what has used it up."""
    used = ("suspend", "resume", "renew", "open_card", "end")
    return next((act.act for act in reversed(acts) if act.act not in used), None)


def dossier_of(acts: Sequence[DesignationActRow]) -> Dossier | None:
    """Read the last dossier that was handed in."""
    for act in reversed(acts):
        if "dossier" in act.detail:
            return _dossier(act.detail["dossier"])
    return None


def retry_on(acts: Sequence[DesignationActRow]) -> date | None:
    """Tell from when an applicant that was found unfit may apply again."""
    last = next((act for act in reversed(acts) if act.act == "refuse"), None)
    told = None if last is None else last.detail.get("retry_on")
    return None if told is None else date.fromisoformat(told)


def dossier_told(dossier: Dossier) -> dict[str, Any]:
    """Tell what a dossier shows with plain values, what it leaves out left out."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in asdict(dossier).items()
        if value is not None
    }


def findings_told(findings: Sequence[Examined]) -> list[dict[str, Any]]:
    """Tell findings with plain values, as an act keeps them."""
    return [asdict(one) for one in findings]


def agreement_view(agreement: Agreement) -> AgreementView:
    """Show an agreement."""
    return AgreementView(
        outlet_code=agreement.outlet_code,
        kind=agreement.kind,
        begins=agreement.begins,
        ends=agreement.ends,
        card_settlement_from=agreement.card_settlement_from,
        quota_unit=agreement.quota_unit,
        suspensions=tuple(
            SuspensionView(first, last, first in agreement.stops)
            for first, last in agreement.suspended
        ),
    )


def _since(act: DesignationActRow) -> date:
    """Tell the day since which an act counts: entered, or held from an earlier day."""
    return min(act.on, act.at.astimezone(_CHINA).date())


def _signed_by(
    held: Sequence[Agreement], acts: Sequence[DesignationActRow], day: date
) -> tuple[Agreement, ...]:
    """Leave out the agreements that were signed after a day, and had not begun on it."""
    later = {act.on for act in acts if act.act == "sign" and day < _since(act)}
    return tuple(each for each in held if each.begins not in later)


def _findings(acts: Sequence[DesignationActRow]) -> tuple[Examined, ...]:
    told = next(
        (act.detail["findings"] for act in reversed(acts) if "findings" in act.detail),
        (),
    )
    return tuple(
        Examined(**{**one, "cited": Condition(**one["cited"])}) for one in told
    )


def _dossier(told: Mapping[str, Any]) -> Dossier:
    values: dict[str, Any] = {
        name: date.fromisoformat(value) if name in _DAYS else value
        for name, value in told.items()
    }
    return Dossier(**values)


def _days_left(agreement: Agreement | None, day: date) -> int | None:
    if agreement is None or agreement.ends is None or agreement.ends < day:
        return None
    return (agreement.ends - day).days


def _act_view(act: DesignationActRow) -> ActView:
    kept = ActView.__dataclass_fields__
    values = {name: getattr(act, name) for name in kept}
    return ActView(**{**values, "kind": cast("AgreementKind", act.kind)})
