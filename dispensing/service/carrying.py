"""Carry out what a second person has agreed to, in the unit of work of the approval."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dispensing.desk import Desk
from dispensing.service.approving import Eyes, Party, Proposal, decide
from dispensing.service.clearing.running import carry_clearing
from dispensing.service.designating import carry_approved
from dispensing.service.overlaying import carry_overlay
from dispensing.service.smart.cases import carry_decision
from dispensing.tables import ProposalRow


def decide_on(
    session: Session,
    desk: Desk,
    proposal_id: UUID,
    eyes: Eyes,
    *,
    approves: bool,
    reason: str,
    by: Party,
    name_of: Callable[[str], str],
    now: datetime,
) -> Proposal:
    """Approve or decline; all but a settlement and opened values is done at once.

    A settlement, and values of many people, are then carried out by the one who asked.
    """

    def carry(row: ProposalRow) -> None:
        if row.kind == "designation":
            carry_approved(session, desk, row, now=now)
        if row.kind == "case":
            carry_decision(session, row, by=by.user, now=now)
        if row.kind == "overlay":
            carry_overlay(session, desk, row, by=by.user, now=now)
        if row.kind == "clearing":
            carry_clearing(session, desk, row, by=by, now=now)

    return decide(
        session,
        proposal_id,
        eyes,
        approves=approves,
        reason=reason,
        by=by,
        name_of=name_of,
        carry=carry,
        now=now,
    )
