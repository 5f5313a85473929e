"""Family aid (个人账户家庭共济): a relative lets the own account pay for somebody."""

from datetime import datetime

from sqlmodel import Session, col, select

from dispensing.errors import Conflict, FieldError, Malformed, Words
from dispensing.service.people import person_row
from dispensing.tables import FamilyAidRow, PersonRow
from dispensing.vault import Vault


def people_aided(session: Session, payer_no: str) -> tuple[str, ...]:
    """List the numbers of the people whom somebody's account pays for now."""
    query = select(FamilyAidRow.person_no).where(
        col(FamilyAidRow.payer_no) == payer_no, col(FamilyAidRow.until).is_(None)
    )
    return tuple(session.exec(query.order_by(col(FamilyAidRow.id))))


def allow_aid(
    session: Session,
    vault: Vault,
    *,
    payer_no: str,
    person_no: str,
    id_number: str,
    now: datetime,
) -> None:
    """Let the payer's account pay for a relative, proven by the relative's ID number.

    Asking again changes nothing; somebody whom another one pays for raises Conflict.
    """
    payer = person_row(session, payer_no)
    person = _locked(session, person_no)
    # A number that is nobody's is compared and answered like one that does not fit.
    index = person.id_index if person else ""
    if not vault.is_indexed(id_number, index) or person_no == payer_no:
        raise Malformed([FieldError("id_number", "the ID number of that relative")])
    kept = _link(session, person_no)
    if kept is None:
        session.add(
            FamilyAidRow(person_no=person_no, payer_no=payer.person_no, since=now)
        )
    elif kept.payer_no != payer_no:
        raise _paid_by_another()
    session.commit()


def end_aid(session: Session, *, payer_no: str, person_no: str, now: datetime) -> None:
    """Withdraw the leave; what is settled or pending stays as it is."""
    _locked(session, person_no)
    kept = _link(session, person_no)
    if kept is not None and kept.payer_no == payer_no:
        kept.until = now
    session.commit()


def _locked(session: Session, person_no: str) -> PersonRow | None:
    """Lock a person for this unit of work; nothing tells a caller whether there is one."""
    return session.get(
        PersonRow, person_no, with_for_update=True, populate_existing=True
    )


def _link(session: Session, person_no: str) -> FamilyAidRow | None:
    query = select(FamilyAidRow).where(
        col(FamilyAidRow.person_no) == person_no, col(FamilyAidRow.until).is_(None)
    )
    return session.exec(query).first()


def _paid_by_another() -> Conflict:
    return Conflict(
        Words(
            "这位家人已由另一位亲属的个人账户共济。",
            "Another relative's account already pays for this person.",
            "请先由那位亲属撤回共济，再来办理。",
            "That relative has to withdraw first.",
        ),
        code="aided-by-another",
    )
