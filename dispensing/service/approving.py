"""Two people for one act: one asks, another decides, and it is carried out once.

What was asked is kept as a canonical text with its digest. An approval carries the act out
in its own unit of work, or lets the one who asked use it once (a settlement, which needs the
patient, and values of many people, which are shown to one). It is refused where what it rests
on has changed since.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.approvals import (
    DECIDERS,
    LASTS,
    Needed,
    SecondNeeded,
    canonical,
    digest,
)
from dispensing.audit import pooling_area
from dispensing.errors import Conflict, NotFound, Words
from dispensing.tables import ProposalEndRow, ProposalRow, ProposalUseRow

LISTED_MAX = 200
_OPEN = "waiting"
_OVER = {
    "changed": Words(
        "申请之后情况变了，不能再按原来的内容批准。",
        "What this rests on has changed since it was asked for.",
        "请申请人看过现在的情况后重新申请。",
        "Let who asked look at how it stands now, and ask again.",
    ),
    "same-person": Words(
        "申请人自己不能批准，须由另一个人批准。",
        "Who asked does not approve: it takes another account, and another person.",
        "请另一位有权的人批准。",
        "Let another who may approve do it.",
    ),
    "decided": Words(
        "这项申请已经有结果了。",
        "This was decided before.",
        "请刷新页面查看结果。",
        "Look at the page again.",
    ),
    "expired": Words(
        "这项申请已过期。",
        "Nobody approved this in time.",
        "需要的话请重新申请。",
        "Ask again where it is still wanted.",
    ),
    "not-decider": Words(
        "您的身份不能批准这类申请。",
        "Your role does not approve what is asked here.",
        "请有权的人批准，名单见“谁可以做什么”。",
        "See who may do what.",
    ),
}


@dataclass(frozen=True, slots=True)
class Party:
    """Who asks or decides: the account, the role, and whose account it is by name."""

    user: str
    role: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Eyes:
    """Whose proposals somebody sees: of one counter, or of one pooling area; '' for all."""

    outlet_code: str | None = None
    area: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was asked for, and how it stands.

    waiting, approved, used, declined, withdrawn or expired.
    """

    id: UUID
    kind: str
    place: str
    area: str
    content: dict[str, Any]
    digest: str
    reason: str
    by: str
    role: str
    at: datetime
    expires_at: datetime
    state: str
    decided_by: str = ""
    decided_at: datetime | None = None
    why: str = ""


Carry = Callable[[ProposalRow], None]


def ask_second(
    session: Session, needed: Needed, *, by: Party, now: datetime
) -> SecondNeeded:
    """Write down what waits for a second person; the same once more is the same proposal.

    Gives the answer to raise. Whatever the act had done before is to be rolled back.
    """
    text = canonical(needed.content)
    for row in session.exec(
        select(ProposalRow).where(
            col(ProposalRow.digest) == digest(text), col(ProposalRow.by) == by.user
        )
    ):
        same = (row.kind, row.basis, row.reason) == (
            needed.kind,
            needed.basis,
            needed.reason,
        )
        if same and _state(session, row, now) == _OPEN:
            return SecondNeeded(needed, row.id)
    row = ProposalRow(
        id=uuid4(),
        kind=needed.kind,
        place=needed.place,
        area=pooling_area(needed.place),
        content=text,
        digest=digest(text),
        basis=needed.basis,
        reason=needed.reason,
        by=by.user,
        role=by.role,
        at=now,
        expires_at=now + LASTS[needed.kind],
    )
    session.add(row)
    session.commit()
    return SecondNeeded(needed, row.id)


@contextmanager
def asking_second(session: Session, by: Party, now: datetime) -> Iterator[None]:
    """Write down what turns out to want a second person, and raise it with its number."""
    try:
        yield
    except SecondNeeded as refused:
        session.rollback()
        raise ask_second(session, refused.needed, by=by, now=now) from refused


def proposals(
    session: Session, eyes: Eyes, *, now: datetime, waiting: bool = False
) -> tuple[Proposal, ...]:
    """List what was asked for, the latest first; only what still waits where asked."""
    query = _seen(eyes).order_by(col(ProposalRow.at).desc()).limit(LISTED_MAX)
    if waiting:
        ended = select(ProposalEndRow.proposal_id)
        query = query.where(
            col(ProposalRow.expires_at) > now, col(ProposalRow.id).not_in(ended)
        )
    return tuple(_view(session, row, now) for row in session.exec(query))


def proposal(
    session: Session, proposal_id: UUID, eyes: Eyes, *, now: datetime
) -> Proposal:
    """Give one proposal; raises NotFound for one of others."""
    return _view(session, _row(session, proposal_id, eyes), now)


def decide(
    session: Session,
    proposal_id: UUID,
    eyes: Eyes,
    *,
    approves: bool,
    reason: str,
    by: Party,
    name_of: Callable[[str], str],
    carry: Carry,
    now: datetime,
) -> Proposal:
    """Approve or decline what another has asked for; an approval carries it out, once.

    `name_of` tells whose account it is that asked. `carry` does the act without committing
    and raises where it cannot be done any more: then nothing of it stays, and it waits on.
    """
    row = _row(session, proposal_id, eyes, lock=True)
    _reject_over(session, row, now)
    if by.role not in DECIDERS[row.kind]:
        raise _refused("not-decider")
    if _is_same(row, by, name_of(row.by)):
        raise _refused("same-person")
    if approves:
        _hold_to_digest(row)
        carry(row)
    _end(session, row, "approved" if approves else "declined", reason, by=by, now=now)
    _commit(session)
    return proposal(session, proposal_id, eyes, now=now)


def withdraw_proposal(
    session: Session, proposal_id: UUID, eyes: Eyes, *, by: Party, now: datetime
) -> Proposal:
    """Take back what one has asked for oneself; raises NotFound for what another has."""
    row = _row(session, proposal_id, eyes, lock=True)
    if row.by != by.user:
        raise _nothing()
    _reject_over(session, row, now)
    _end(session, row, "withdrawn", "", by=by, now=now)
    _commit(session)
    return proposal(session, proposal_id, eyes, now=now)


def use(session: Session, row: ProposalRow, *, by: str, now: datetime) -> None:
    """Write down that what was approved is carried out; the caller commits it with the act."""
    session.add(ProposalUseRow(proposal_id=row.id, place=row.place, by=by, at=now))
    session.flush()


def approved(
    session: Session, needed: Needed, *, by: str | None = None, now: datetime
) -> ProposalRow | None:
    """Find an approval of exactly this that was not used yet, and has not expired.

    Where `by` is given, only of what that account has asked for.
    """
    used = select(ProposalUseRow.proposal_id)
    ends = ProposalEndRow
    query = (
        select(ProposalRow)
        .join(ends, col(ends.proposal_id) == col(ProposalRow.id))
        .where(
            col(ProposalRow.digest) == digest(canonical(needed.content)),
            col(ProposalRow.kind) == needed.kind,
            col(ProposalRow.basis) == needed.basis,
            col(ProposalRow.expires_at) > now,
            col(ends.kind) == "approved",
            col(ProposalRow.id).not_in(used),
        )
    )
    if by is not None:
        query = query.where(col(ProposalRow.by) == by)
    return session.exec(query.with_for_update()).first()


def content_of(row: ProposalRow) -> dict[str, Any]:
    """Give what was asked for."""
    found: dict[str, Any] = json.loads(row.content)
    return found


def changed_since() -> Conflict:
    """Say that what a proposal rests on has changed."""
    return _refused("changed")


def _hold_to_digest(row: ProposalRow) -> None:
    if digest(row.content) != row.digest:
        raise _refused("changed")


def _is_same(row: ProposalRow, by: Party, asker: str) -> bool:
    """Tell whether one person stands behind both accounts, by account or by name."""
    names = {_plain(asker), _plain(by.name)}
    return row.by == by.user or (len(names) == 1 and "" not in names)


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()


def _reject_over(session: Session, row: ProposalRow, now: datetime) -> None:
    state = _state(session, row, now)
    if state == "expired":
        raise _refused("expired")
    if state != _OPEN:
        raise _refused("decided")


def _end(
    session: Session,
    row: ProposalRow,
    kind: str,
    reason: str,
    *,
    by: Party,
    now: datetime,
) -> None:
    session.add(
        ProposalEndRow(
            proposal_id=row.id,
            kind=kind,
            place=row.place,
            reason=reason,
            by=by.user,
            role=by.role,
            at=now,
        )
    )


def _commit(session: Session) -> None:
    try:
        session.commit()
    except IntegrityError as error:
        # Another ended it, or used it, in this instant: nothing of this one stays.
        session.rollback()
        raise _refused("decided") from error


def _state(session: Session, row: ProposalRow, now: datetime) -> str:
    ended = session.get(ProposalEndRow, row.id)
    if ended is None:
        return "expired" if row.expires_at <= now else _OPEN
    if ended.kind == "approved" and session.get(ProposalUseRow, row.id) is not None:
        return "used"
    return ended.kind


def _seen(eyes: Eyes) -> Any:
    query = select(ProposalRow)
    if eyes.outlet_code is not None:
        return query.where(
            col(ProposalRow.kind) == "settlement",
            col(ProposalRow.place) == eyes.outlet_code,
        )
    return query.where(col(ProposalRow.area) == eyes.area) if eyes.area else query


def _row(
    session: Session, proposal_id: UUID, eyes: Eyes, *, lock: bool = False
) -> ProposalRow:
    query = _seen(eyes).where(col(ProposalRow.id) == proposal_id)
    found: ProposalRow | None = session.exec(
        query.with_for_update() if lock else query
    ).first()
    if found is None:
        raise _nothing()
    return found


def _view(session: Session, row: ProposalRow, now: datetime) -> Proposal:
    ended = session.get(ProposalEndRow, row.id)
    told = {
        name: getattr(row, name)
        for name in ("id", "kind", "place", "area", "digest", "reason")
    }
    return Proposal(
        **told,
        content=content_of(row),
        by=row.by,
        role=row.role,
        at=row.at,
        expires_at=row.expires_at,
        state=_state(session, row, now),
        decided_by=ended.by if ended else "",
        decided_at=ended.at if ended else None,
        why=ended.reason if ended else "",
    )


def _refused(code: str) -> Conflict:
    return Conflict(_OVER[code], code=f"approval-{code}")


def _nothing() -> NotFound:
    return NotFound("这项申请", "proposal")
