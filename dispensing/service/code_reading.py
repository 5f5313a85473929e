"""Read an insurance code (医保码) once: whatever comes of it, it opens nothing a second time.

Where a settlement is opened by it, it is spent in the same statement, before the platform
is asked. Where none is opened, it is spent in a step of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from dispensing.codes import Asked, Decoded, keystrokes
from dispensing.desk import Work
from dispensing.errors import CodeRejected, DomainError, NotFound
from dispensing.service.agents import require_leave
from dispensing.service.writing import Values
from dispensing.tables import SpentCodeRow

SIGNED_OUT = "signed_out"


def decode(work: Work, text: str, asked: Asked) -> Decoded:
    """Read what a scanner typed as an insurance code; raises CodeRejected and DecoderAway.

    A relative's code says who may show it; whether the leave still holds is asked now.
    """
    scan = keystrokes.read(text)
    if scan.damage is not None:
        raise CodeRejected("misread")
    if scan.kind == "access_code":
        raise CodeRejected("other_purpose")
    code = work.desk.codes.decode(scan.text, asked, work.now)
    if code.agent_no is not None and code.person_no is not None:
        require_leave(work.session, person_no=code.person_no, agent_no=code.agent_no)
    return code


@contextmanager
def spending(
    work: Work, code: Decoded | DomainError | None, prescription_id: UUID
) -> Iterator[None]:
    """Spend the code that was presented also where an act is refused.

    Where there is no such prescription, nothing was asked that could be refused.
    """
    try:
        yield
    except NotFound:
        raise
    except DomainError:
        work.session.rollback()
        spend_presented(work, code, prescription_id)
        raise


def spend_presented(
    work: Work, code: Decoded | DomainError | None, prescription_id: UUID
) -> None:
    """Spend a code in a step of its own; nothing where it is spent, or was none."""
    if isinstance(code, Decoded):
        spend(work.session, code, at=work.now, prescription_id=prescription_id)


def spend(
    session: Session,
    code: Decoded,
    *,
    at: datetime,
    prescription_id: UUID | None = None,
) -> bool:
    """Write down and commit that a code was presented; false where it was before."""
    if session.get(SpentCodeRow, code.nonce) is not None:
        return False
    values = spent_values(code, at=at, prescription_id=prescription_id)
    session.add(SpentCodeRow(**values))
    try:
        session.commit()
    except IntegrityError:
        session.rollback()  # another counter was first
        return False
    return True


def spent_values(
    code: Decoded, *, at: datetime, prescription_id: UUID | None
) -> Values:
    """Give the row of a code that is spent: whose act it was, where and by whom scanned."""
    return {
        "nonce": code.nonce,
        "prescription_id": prescription_id,
        "at": at,
        "purpose": code.asked.purpose,
        "outlet_code": code.asked.outlet_code,
        "operator": code.asked.operator,
        "agent_no": code.agent_no,
    }


def rejection(session: Session, code: Decoded) -> CodeRejected:
    """Say why a code that is spent opens nothing: it was used, or its owner has signed out."""
    row = session.get(SpentCodeRow, code.nonce)
    void = row is not None and row.purpose == SIGNED_OUT
    return CodeRejected(SIGNED_OUT if void else "used")
