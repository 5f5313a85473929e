"""The outlet's till (柜台收款): what it should hold, and closing it against what is counted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.errors import Conflict, FieldError, Malformed, Words
from dispensing.ledger import HELD, TILLS
from dispensing.money import yuan
from dispensing.service.balancing import Balances, outlet_balances
from dispensing.service.business_days import books_day
from dispensing.service.tendering import hold_till, purses_in
from dispensing.service.views import ClosingView, TillView
from dispensing.tables import LedgerRow, TillClosingRow


def till(session: Session, outlet_code: str) -> TillView:
    """Tell what an outlet's till holds since it was last closed, by method, in fen."""
    last = _last_closing(session, outlet_code)
    held = outlet_balances(session, outlet_code, HELD)
    return TillView(
        outlet_code=outlet_code,
        expected=_in_till(held),
        due_fen=sum(fen for (account, _), fen in held.items() if account == "due"),
        purses=purses_in(held),
        closed_at=last.at if last else None,
        closing_id=last.id if last else None,
    )


def close_till(
    session: Session,
    *,
    outlet_code: str,
    counted: Mapping[str, int],
    reason: str,
    by: str,
    now: datetime,
    act_id: UUID | None = None,
    after: str | None = None,
) -> ClosingView:
    """Close the till (交班): what is counted goes to the bank, what lacks is a difference.

    A difference needs a reason. The till stands at nothing afterwards. Where more was paid
    back than taken in, `counted` is below 0: what the float (备用金) gave. Asked again under
    the same `act_id`, also after a crash, it gives the first closing. `after` is the last
    closing that the caller knew, "" for none: after another one the count is of no use.
    """
    hold_till(session, outlet_code)
    before = session.get(TillClosingRow, act_id) if act_id else None
    if before is not None:
        return _closing_view(before)
    expected = _expected(session, outlet_code)
    _reject_stale(_last_closing(session, outlet_code), after, expected, counted)
    _reject_unfit(expected, counted)
    apart = [one for one in TILLS if expected[one] != counted[one]]
    if apart and not reason.strip():
        most = ", ".join(f"{one} {yuan(counted[one] - expected[one])}" for one in apart)
        raise Malformed([FieldError("reason", f"a reason for the difference ({most})")])
    closing = _closing_row(outlet_code, expected, counted, reason, by=by, now=now)
    closing.on = books_day(session, outlet_code, now)
    closing.id = act_id or closing.id
    session.add(closing)
    session.flush()
    session.add_all(_emptied(closing, expected, counted))
    view = _closing_view(closing)
    session.commit()
    return view


def closings(session: Session, outlet_code: str) -> tuple[ClosingView, ...]:
    """List an outlet's closings, the latest first."""
    query = select(TillClosingRow).where(col(TillClosingRow.outlet_code) == outlet_code)
    found = session.exec(query.order_by(col(TillClosingRow.at).desc()).limit(60))
    return tuple(_closing_view(row) for row in found)


def _expected(session: Session, outlet_code: str) -> dict[str, int]:
    return _in_till(outlet_balances(session, outlet_code, TILLS))


def _in_till(held: Balances) -> dict[str, int]:
    # Who brought it does not matter once it is in the till.
    return {
        one: sum(fen for (account, _), fen in held.items() if account == one)
        for one in TILLS
    }


def _reject_stale(
    last: TillClosingRow | None,
    after: str | None,
    expected: Mapping[str, int],
    counted: Mapping[str, int],
) -> None:
    """Raise Conflict where the money that was counted has been closed away meanwhile.

    Who does not say which closing came before is told so where the same count comes again
    and nothing is in the till: it would be booked as a surplus of the whole till.
    """
    if after is not None:
        stale = after != (str(last.id) if last else "")
    else:
        again = last is not None and _closing_view(last).counted == dict(counted)
        stale = again and any(counted.values()) and not any(expected.values())
    if stale:
        raise Conflict(
            Words(
                "这期间已经交过班，这次点的钱已经入账。",
                "The till was closed meanwhile; the money that was counted is booked.",
                "请刷新页面，重新点清后再交班。",
                "Refresh the page, count again, then close.",
            ),
            code="closed-meanwhile",
        )


def _reject_unfit(expected: Mapping[str, int], counted: Mapping[str, int]) -> None:
    if set(counted) != set(TILLS):
        raise Malformed([FieldError("counted", f"fen for each of {', '.join(TILLS)}")])
    for one in TILLS:
        if counted[one] < min(0, expected[one]):
            raise Malformed([FieldError(f"counted.{one}", "0 fen or more")])


def _last_closing(session: Session, outlet_code: str) -> TillClosingRow | None:
    query = select(TillClosingRow).where(col(TillClosingRow.outlet_code) == outlet_code)
    return session.exec(query.order_by(col(TillClosingRow.at).desc()).limit(1)).first()


def _closing_row(
    outlet_code: str,
    expected: Mapping[str, int],
    counted: Mapping[str, int],
    reason: str,
    *,
    by: str,
    now: datetime,
) -> TillClosingRow:
    amounts: dict[str, Any] = {f"{one}_expected_fen": expected[one] for one in TILLS}
    amounts |= {f"{one}_counted_fen": counted[one] for one in TILLS}
    return TillClosingRow(
        outlet_code=outlet_code, at=now, by=by, reason=reason, **amounts
    )


def _emptied(
    closing: TillClosingRow, expected: Mapping[str, int], counted: Mapping[str, int]
) -> list[LedgerRow]:
    """Move what was counted to the bank, and book what lacks or is too much."""
    moved = [_moved("deposit", "bank", one, counted[one]) for one in TILLS]
    moved += [
        _moved("difference", "difference", one, expected[one] - counted[one])
        for one in TILLS
    ]
    return [
        LedgerRow(
            closing_id=closing.id,
            entry=entry,
            debit=debit,
            credit=credit,
            amount_fen=fen,
            outlet_code=closing.outlet_code,
            year=closing.on.year,
            on=closing.on,
            at=closing.at,
            by=closing.by,
        )
        for entry, debit, credit, fen in moved
        if fen
    ]


def _moved(
    entry: str, to: str, method: str, amount_fen: int
) -> tuple[str, str, str, int]:
    """Turn a transfer round where its amount is below 0."""
    debit, credit = (to, method) if amount_fen >= 0 else (method, to)
    return entry, debit, credit, abs(amount_fen)


def _closing_view(row: TillClosingRow) -> ClosingView:
    return ClosingView(
        id=row.id,
        outlet_code=row.outlet_code,
        at=row.at,
        by=row.by,
        expected={one: getattr(row, f"{one}_expected_fen") for one in TILLS},
        counted={one: getattr(row, f"{one}_counted_fen") for one in TILLS},
        reason=row.reason,
    )
