"""A broken cold chain (冷链偏离): found, told, and decided on by a pharmacist with a reason."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.desk import Desk
from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from dispensing.service.happened import COLD_FAULTS
from dispensing.service.ordering import order_row
from dispensing.service.receiving import note
from dispensing.tables import EventRow, OrderRow
from routing.cold_chain import Course, Fault, Seen, answered
from routing.service.temperatures import TemperatureView, temperatures
from routing.tables import BreachDecisionRow

Verdict = Literal["release", "return", "destroy"]
VERDICTS: tuple[Verdict, ...] = ("release", "return", "destroy")
LISTED_MAX = 100
ENDED_WITHIN = timedelta(days=30)
_OPEN = ("packed", "planned", "out")


@dataclass(frozen=True, slots=True)
class Decision:
    """What a pharmacist says of a broken cold chain, and why."""

    verdict: str
    pharmacist_code: str
    pharmacist_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class DecisionView:
    """What was decided, why, by whom, when."""

    verdict: Verdict
    pharmacist_code: str
    pharmacist_name: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Breach:
    """A parcel whose cold chain is broken; `decision` has seen all of it, or is None."""

    order_id: UUID
    order_state: str
    faults: tuple[Fault, ...]
    temperature: TemperatureView
    decision: DecisionView | None

    @property
    def waits(self) -> bool:
        """Tell whether a pharmacist still has to decide."""
        return self.decision is None and self.order_state in _OPEN

    @property
    def stops(self) -> bool:
        """Tell whether the parcel may not be handed over."""
        return self.decision is None or self.decision.verdict != "release"


def breach(
    session: Session, order_id: UUID, now: datetime, *, desk: Desk | None = None
) -> Breach | None:
    """Tell whether a parcel's cold chain is broken, and whether that was decided on.

    Without a desk only the temperatures are judged, by no limit of an operator.
    """
    row = order_row(session, order_id)
    found = _breaches(session, desk, [row], now)
    return found[0] if found else None


def stopped_parcels(
    session: Session, desk: Desk, orders: Collection[UUID], now: datetime
) -> frozenset[UUID]:
    """Tell which parcels may not be handed over because of their cold chain."""
    cold = select(OrderRow).where(
        col(OrderRow.id).in_(orders), col(OrderRow.storage) == "cold"
    )
    rows = session.exec(cold).all()
    found = _breaches(session, desk, rows, now)
    return frozenset(each.order_id for each in found if each.stops)


def breaches(
    session: Session, desk: Desk, outlet_code: str, *, now: datetime
) -> tuple[Breach, ...]:
    """List the broken cold chains of an outlet: what waits for a pharmacist first."""
    mine = select(OrderRow).where(
        col(OrderRow.outlet_code) == outlet_code, col(OrderRow.storage) == "cold"
    )
    recent = select(EventRow.prescription_id).where(
        col(EventRow.prescription_id) == col(OrderRow.prescription_id),
        col(EventRow.kind) == "breach_found",
    )
    going = mine.where(col(OrderRow.state).in_(_OPEN))
    ended = mine.where(
        col(OrderRow.state).in_(("handed_over", "returned")),
        col(OrderRow.window_opens) > now - ENDED_WITHIN,
        recent.exists(),
    )
    last = col(OrderRow.window_opens).desc()
    rows = [
        *session.exec(going.order_by(last).limit(LISTED_MAX)),
        *session.exec(ended.order_by(last).limit(LISTED_MAX)),
    ]
    found = _breaches(session, desk, rows, now)
    return tuple(sorted(found, key=lambda one: not one.waits))


def decide_breach(
    session: Session,
    desk: Desk,
    *,
    order_id: UUID,
    outlet_code: str,
    decision: Decision,
    by: str,
    now: datetime,
) -> Breach:
    """Write down what a pharmacist of the outlet decides; the same again changes nothing.

    A parcel that was handed over or returned is decided on no more. Raises NotFound where
    it is not the outlet's, Conflict where nothing is to be decided.
    """
    if decision.verdict not in VERDICTS:
        raise Malformed([FieldError("verdict", f"one of {', '.join(VERDICTS)}")])
    row = order_row(session, order_id, lock=True)
    if row.outlet_code != outlet_code:
        raise NotFound("订单", "order")
    found = breach(session, order_id, now, desk=desk)
    if found is None or row.state not in _OPEN:
        session.rollback()
        raise _nothing_to_decide()
    if found.decision is None or not _same(found.decision, decision, by):
        session.add(_row(row, found, decision, by=by, now=now))
        session.add(
            note(
                row.prescription_id,
                now,
                "breach_decided",
                by=by,
                detail=decision.verdict,
            )
        )
        session.flush()
        found = breach(session, order_id, now, desk=desk)
        assert found is not None
    session.commit()
    return found


def note_breach(
    session: Session, desk: Desk | None, row: OrderRow, *, by: str, now: datetime
) -> Breach | None:
    """Note on the prescription what newly breaks a parcel's cold chain; the caller commits."""
    (found, *_) = _breaches(session, desk, [row], now) or (None,)
    if found is not None and found.decision is None:
        known = _noted(session, row)
        for fault in found.faults:
            if fault not in known:
                session.add(
                    note(row.prescription_id, now, "breach_found", by=by, detail=fault)
                )
    return found


def stopped(found: Breach) -> Conflict:
    """Say why a parcel may not be handed over, and who decides."""
    zh = "、".join(COLD_FAULTS[fault][0] for fault in found.faults)
    en = ", ".join(COLD_FAULTS[fault][1] for fault in found.faults)
    if found.decision is None:
        words = Words(
            f"冷链偏离（{zh}），不得交付。",
            f"The cold chain is broken ({en}): not to be handed over.",
            "请联系药店，由药师在柜台决定放行或退回。",
            "Call the pharmacy: a pharmacist decides whether it is released or returned.",
        )
        return Conflict(words, code="cold-chain-broken")
    words = Words(
        f"冷链偏离（{zh}），药师决定不交付。",
        f"The cold chain is broken ({en}), and a pharmacist decided not to hand it over.",
        "请登记送达失败，退回药店。",
        "Record a failed delivery and bring it back.",
    )
    return Conflict(words, code="cold-chain-rejected")


def _breaches(
    session: Session, desk: Desk | None, rows: Sequence[OrderRow], now: datetime
) -> list[Breach]:
    cold = [row for row in rows if row.storage == "cold"]
    if not cold:
        return []
    states = {row.id: row.state for row in cold}
    told = temperatures(session, desk, cold, now=now)
    broken = [each for each in told if each.course.faults]
    decided = _decisions(session, [each.order_id for each in broken])
    return [
        Breach(
            order_id=each.order_id,
            order_state=states[each.order_id],
            faults=each.course.faults,
            temperature=each,
            decision=_standing(decided.get(each.order_id), each.course),
        )
        for each in broken
    ]


def _decisions(session: Session, ids: Iterable[UUID]) -> dict[UUID, BreachDecisionRow]:
    """Return the last decision on each of some parcels."""
    query = select(BreachDecisionRow).where(col(BreachDecisionRow.order_id).in_(ids))
    rows = session.exec(query.order_by(col(BreachDecisionRow.at)))
    return {row.order_id: row for row in rows}


def _standing(row: BreachDecisionRow | None, now: Course) -> DecisionView | None:
    if row is None or not answered(_seen(row.figures), now):
        return None
    assert row.verdict in VERDICTS
    return DecisionView(
        row.verdict,
        row.pharmacist_code,
        row.pharmacist_name,
        row.reason,
        row.by,
        row.at,
    )


def _seen(figures: dict[str, Any]) -> Seen:
    faults = frozenset(Fault(each) for each in figures["faults"])
    return Seen(faults, figures["coldest_dc"], figures["warmest_dc"])


def _row(
    row: OrderRow, found: Breach, decision: Decision, *, by: str, now: datetime
) -> BreachDecisionRow:
    seen = found.temperature.course
    return BreachDecisionRow(
        order_id=row.id,
        prescription_id=row.prescription_id,
        outlet_code=row.outlet_code,
        verdict=decision.verdict,
        pharmacist_code=decision.pharmacist_code,
        pharmacist_name=decision.pharmacist_name,
        reason=decision.reason,
        figures={
            "faults": [str(fault) for fault in seen.faults],
            "coldest_dc": seen.coldest_dc,
            "warmest_dc": seen.warmest_dc,
            "out_s": seen.out_s,
            "above_s": seen.above_s,
            "below_s": seen.below_s,
            "readings": seen.readings,
        },
        by=by,
        at=now,
    )


def _same(made: DecisionView, asked: Decision, by: str) -> bool:
    said = (made.verdict, made.pharmacist_code, made.reason, made.by)
    return said == (asked.verdict, asked.pharmacist_code, asked.reason, by)


def _noted(session: Session, row: OrderRow) -> set[str]:
    query = select(EventRow.detail).where(
        col(EventRow.prescription_id) == row.prescription_id,
        col(EventRow.kind) == "breach_found",
        col(EventRow.at) >= row.placed_at,
    )
    return set(session.exec(query))


def _nothing_to_decide() -> Conflict:
    return Conflict(
        Words(
            "这单没有要决定的冷链偏离。",
            "Nothing is to be decided about this parcel's cold chain.",
            "请刷新页面，查看最新的状态。",
            "Refresh the page and see how it stands.",
        ),
        code="no-breach",
    )
