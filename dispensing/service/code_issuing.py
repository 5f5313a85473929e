"""Issue insurance codes (医保码), and make those void that somebody has shown."""

from datetime import datetime

from sqlmodel import Session, col, delete, select

from dispensing import insurance_code
from dispensing.desk import Desk
from dispensing.errors import Conflict, Words
from dispensing.insurance_code import LEEWAY, Purpose
from dispensing.service.agents import require_leave
from dispensing.service.code_reading import SIGNED_OUT
from dispensing.service.people import person_row
from dispensing.service.views import IssuedCode
from dispensing.tables import IssuedCodeRow, SpentCodeRow
from pharmacies import service as pharmacies


def issue_code(
    session: Session,
    desk: Desk,
    *,
    person_no: str,
    purpose: Purpose,
    outlet_code: str,
    now: datetime,
    shown_by: str | None = None,
    operator: str | None = None,
) -> IssuedCode:
    """Issue a fresh insurance code (医保码) of a person for one purpose at one outlet.

    `shown_by` is the relative who acts for the person (代办), `operator` the account that
    alone may scan it. Raises CodeRejected, and Conflict where codes come from elsewhere.
    """
    if not desk.issues_codes:
        raise _issued_elsewhere()
    person_row(session, person_no)
    agent_no = None if shown_by in {None, person_no} else shown_by
    if agent_no is not None:
        require_leave(session, person_no=person_no, agent_no=agent_no)
    pharmacies.outlet(session, outlet_code)
    text, code = insurance_code.issue(
        desk.code_key,
        person_no=person_no,
        purpose=purpose,
        outlet_code=outlet_code,
        now=now,
        agent_no=agent_no,
        operator=operator,
    )
    _forget_old(session, person_no, now)
    session.add(
        IssuedCodeRow(
            nonce=code.nonce,
            person_no=person_no,
            shown_by=agent_no or person_no,
            purpose=purpose,
            expires_at=code.expires_at,
        )
    )
    session.commit()
    return IssuedCode(text, code.expires_at)


def void_codes(session: Session, shown_by: str, *, now: datetime) -> int:
    """Make void what somebody has shown and nobody has used; tells how many codes.

    Whoever signs out leaves no open code behind, neither the own ones nor a relative's.
    """
    query = select(IssuedCodeRow.nonce).where(
        col(IssuedCodeRow.shown_by) == shown_by,
        col(IssuedCodeRow.expires_at) > now,
        col(IssuedCodeRow.nonce).not_in(select(SpentCodeRow.nonce)),
    )
    open_ones = session.exec(query).all()
    session.add_all(
        SpentCodeRow(nonce=nonce, at=now, purpose=SIGNED_OUT) for nonce in open_ones
    )
    session.commit()
    return len(open_ones)


def _forget_old(session: Session, person_no: str, now: datetime) -> None:
    """Forget a person's codes that open nothing any more, by whichever machine's clock."""
    past = delete(IssuedCodeRow).where(
        col(IssuedCodeRow.person_no) == person_no,
        col(IssuedCodeRow.expires_at) < now - LEEWAY,
    )
    session.exec(past)


def _issued_elsewhere() -> Conflict:
    return Conflict(
        Words(
            "本平台使用国家医保码，不在这里生成。",
            "This platform reads the national insurance code and issues none of its own.",
            "请打开国家医保服务平台App，出示医保码。",
            "Open the national insurance app and show the code there.",
        ),
        code="codes-elsewhere",
    )
