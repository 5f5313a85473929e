"""Relatives who act for a person (亲情代办): leave to show the person's codes.

医疗保障基金使用监督管理条例 17: who acts for another shows both identities; both are kept
with every code that an agent shows.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.errors import CodeRejected, FieldError, Malformed
from dispensing.service.consents import Given, require, write_given
from dispensing.service.people import name_of, person_row
from dispensing.tables import AgentRow, PersonRow
from dispensing.vault import Vault


@dataclass(frozen=True, slots=True)
class AgentView:
    """One of two who are bound by a leave: number, name, and since when."""

    person_no: str
    name: str
    since: datetime


def allow_agent(
    session: Session,
    vault: Vault,
    *,
    person_no: str,
    agent_no: str,
    id_number: str,
    now: datetime,
    consent: Given | None = None,
) -> None:
    """Let a relative show the person's codes, proven by the relative's ID number.

    Asking again changes nothing; without the person's consent nobody may.
    """
    person_row(session, person_no)
    agent = session.get(PersonRow, agent_no)
    # A number that is nobody's is compared and answered like one that does not fit.
    index = agent.id_index if agent else ""
    if not vault.is_indexed(id_number, index) or agent_no == person_no:
        raise Malformed([FieldError("id_number", "the ID number of that relative")])
    if consent is not None:
        write_given(session, person_no, "helpers", consent, now=now)
    require(session, person_no, "helpers")
    if leave_of(session, person_no, agent_no) is None:
        session.add(AgentRow(person_no=person_no, agent_no=agent_no, since=now))
    try:
        session.commit()
    except IntegrityError:
        session.rollback()  # asked twice at the same moment


def agents_of(session: Session, vault: Vault, person_no: str) -> tuple[AgentView, ...]:
    """List who may act for a person now."""
    query = (
        select(AgentRow, PersonRow)
        .join(PersonRow, col(PersonRow.person_no) == col(AgentRow.agent_no))
        .where(col(AgentRow.person_no) == person_no, col(AgentRow.until).is_(None))
        .order_by(col(AgentRow.id))
    )
    return tuple(
        AgentView(row.agent_no, name_of(vault, agent), row.since)
        for row, agent in session.exec(query)
    )


def people_acted_for(
    session: Session, vault: Vault, agent_no: str
) -> tuple[AgentView, ...]:
    """List for whom somebody may act now."""
    query = (
        select(AgentRow, PersonRow)
        .join(PersonRow, col(PersonRow.person_no) == col(AgentRow.person_no))
        .where(col(AgentRow.agent_no) == agent_no, col(AgentRow.until).is_(None))
        .order_by(col(AgentRow.id))
    )
    return tuple(
        AgentView(row.person_no, name_of(vault, person), row.since)
        for row, person in session.exec(query)
    )


def require_leave(
    session: Session, *, person_no: str, agent_no: str, lock: bool = False
) -> None:
    """Raise CodeRejected where somebody may not act for a person.

    Under its lock the leave does not end before what is done by it is there.
    """
    if leave_of(session, person_no, agent_no, lock=lock) is None:
        raise CodeRejected("not_agent")


def leave_of(
    session: Session, person_no: str, agent_no: str, *, lock: bool = False
) -> AgentRow | None:
    """Give the leave that holds now, or None."""
    query = select(AgentRow).where(
        col(AgentRow.person_no) == person_no,
        col(AgentRow.agent_no) == agent_no,
        col(AgentRow.until).is_(None),
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.exec(query).first()
