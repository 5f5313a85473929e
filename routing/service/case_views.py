"""Cases as the desk sees them: what happened, how it stands, who has it, and its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.desk import Desk
from dispensing.errors import NotFound
from dispensing.service.ordering import order_view
from dispensing.service.views import OrderView
from dispensing.tables import OrderRow
from pharmacies import service as pharmacies
from routing.cases import ACT_WORDS
from routing.handover import Failure, may_try_again
from routing.live_tables import CaseRow, DeskActRow
from routing.service.case_rows import stands_of, words

SHOWN = timedelta(days=2)  # for which an ended case stays on the desk
SHOWN_MAX = 200


@dataclass(frozen=True, slots=True)
class CaseAct:
    """One thing that was done with a case."""

    at: datetime
    by: str
    act: str
    words_zh: str
    words_en: str
    detail: dict[str, str]


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case: its words are those that every side reads."""

    id: UUID
    kind: str
    stands: str
    words_zh: str
    words_en: str
    courier_code: str
    courier_name: str
    order: OrderView | None
    may_retry: bool
    holder: str | None
    opened_at: datetime
    ended_at: datetime | None
    history: tuple[CaseAct, ...]

    @property
    def is_open(self) -> bool:
        """Tell whether somebody still has to see to it."""
        return self.ended_at is None


def desk_cases(
    session: Session, desk: Desk, carrier_code: str, *, now: datetime
) -> tuple[CaseView, ...]:
    """List a firm's cases: those that are open, the earliest first, then those just ended."""
    mine = col(CaseRow.carrier_code) == carrier_code
    open_ = select(CaseRow).where(mine, col(CaseRow.state) != "ended")
    over = select(CaseRow).where(
        mine, col(CaseRow.state) == "ended", col(CaseRow.ended_at) >= now - SHOWN
    )
    rows = [
        *session.exec(open_.order_by(col(CaseRow.opened_at)).limit(SHOWN_MAX)),
        *session.exec(over.order_by(col(CaseRow.ended_at).desc()).limit(SHOWN_MAX)),
    ]
    return _views(session, desk, rows)


def desk_case(
    session: Session, desk: Desk, case_id: UUID, *, carrier_code: str
) -> CaseView:
    """Return one case of a firm, or raise NotFound."""
    row = session.get(CaseRow, case_id)
    if row is None or row.carrier_code != carrier_code:
        raise NotFound("异常", "case")
    return case_view(session, desk, row)


def case_view(session: Session, desk: Desk | None, row: CaseRow) -> CaseView:
    """Turn a case into the value that services answer with."""
    (view,) = _views(session, desk, [row])
    return view


def _views(
    session: Session, desk: Desk | None, rows: Sequence[CaseRow]
) -> tuple[CaseView, ...]:
    """Turn cases into values, with as many questions for many as for one."""
    ids = [row.id for row in rows]
    acts: dict[UUID, list[CaseAct]] = {}
    query = select(DeskActRow).where(col(DeskActRow.subject).in_(ids))
    for act in session.exec(query.order_by(col(DeskActRow.id))):
        acts.setdefault(act.subject, []).append(_act(act))
    wanted = [row.order_id for row in rows if row.order_id is not None]
    found = session.exec(select(OrderRow).where(col(OrderRow.id).in_(wanted)))
    orders = {it.id: order_view(desk.vault, it) for it in found} if desk else {}
    names = {
        code: pharmacies.courier(session, code).name
        for code in {row.courier_code for row in rows}
    }
    return tuple(
        _view(row, names[row.courier_code], orders.get(row.order_id), acts)  # type: ignore[arg-type]
        for row in rows
    )


def _view(
    row: CaseRow,
    name: str,
    order: OrderView | None,
    acts: dict[UUID, list[CaseAct]],
) -> CaseView:
    said = words(row)
    return CaseView(
        id=row.id,
        kind=row.kind,
        stands=stands_of(row),
        words_zh=said.words_zh,
        words_en=said.words_en,
        courier_code=row.courier_code,
        courier_name=name,
        order=order,
        may_retry=order is not None and _may_retry(row.kind, order),
        holder=row.holder,
        opened_at=row.opened_at,
        ended_at=row.ended_at,
        history=tuple(acts.get(row.id, ())),
    )


def _may_retry(kind: str, order: OrderView) -> bool:
    return may_try_again(Failure(kind), cold=order.storage == "cold")


def _act(row: DeskActRow) -> CaseAct:
    zh, en = ACT_WORDS[row.act]
    return CaseAct(row.at, row.by, row.act, zh, en, row.detail)
