"""A consent is withdrawn, and what rested on it alone ends with it (个人信息保护法 15)."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from dispensing.service.consents import standing
from dispensing.service.sharing import noted
from dispensing.tables import AccessCodeRow, AgentRow, ConsentRow


@dataclass(frozen=True, slots=True)
class Asked:
    """How a withdrawal was asked for, who wrote it down, and on which paper."""

    way: str
    by: str
    paper: str = ""


def withdraw(
    session: Session, person_no: str, purpose: str, asked: Asked, *, now: datetime
) -> None:
    """Write down that a consent is withdrawn; asking again changes nothing.

    What was done before stays as it is.
    """
    write_withdrawn(session, person_no, purpose, asked, now=now)
    session.commit()


def write_withdrawn(
    session: Session, person_no: str, purpose: str, asked: Asked, *, now: datetime
) -> None:
    """Write down in the caller's unit of work that a consent is withdrawn, where it was given."""
    last = standing(session, person_no, purpose).last
    if last is not None and last.kind == "given":
        session.add(
            ConsentRow(
                person_no=person_no,
                purpose=purpose,
                kind="withdrawn",
                text_sha256=last.sha256,
                way=asked.way,
                by=asked.by,
                at=now,
                paper=asked.paper,
            )
        )
    if purpose == "helpers":
        end_helping(session, person_no, now=now)


def end_helping(session: Session, person_no: str, *, now: datetime) -> None:
    """End everybody's leave to act for a person, and the access codes that others hold."""
    leaves = select(AgentRow).where(
        col(AgentRow.person_no) == person_no, col(AgentRow.until).is_(None)
    )
    agents = session.exec(leaves.with_for_update()).all()
    for leave in agents:
        leave.until = now
    open_ones = select(AccessCodeRow).where(
        col(AccessCodeRow.person_no) == person_no,
        col(AccessCodeRow.withdrawn_at).is_(None),
        col(AccessCodeRow.expires_at) > now,
        col(AccessCodeRow.shared_with) == "helper",
    )
    for code in session.exec(open_ones.with_for_update()).all():
        code.withdrawn_at = now
        session.add(noted(code, "withdrawn", by=person_no, at=now))
