"""What waits for a second person, as its readers see it and decide on it."""

from uuid import UUID

from sqlmodel import Session

from dispensing.approvals import DECIDERS
from dispensing.service.approving import (
    Eyes,
    Party,
    Proposal,
    proposal,
    proposals,
    withdraw_proposal,
)
from dispensing.service.carrying import decide_on
from web import accounts, auditing, clock, db, parts, program_keys
from web.auth import Caller, caller


def eyes(who: Caller) -> Eyes:
    """Say whose proposals a caller sees: of the own counter, of the own area, or all."""
    if "counter" in who.roles:
        return Eyes(outlet_code=who.subject)
    return Eyes(area=auditing.area_of(who) or "")


def listed(*, waiting: bool) -> tuple[Proposal, ...]:
    """List the caller's proposals, only what waits where asked."""
    return proposals(db.session(), eyes(caller()), now=clock.now(), waiting=waiting)


def one(proposal_id: UUID) -> Proposal:
    """Give one proposal of the caller's; NotFound for one of others."""
    return proposal(db.session(), proposal_id, eyes(caller()), now=clock.now())


def decided(proposal_id: UUID, *, approves: bool, reason: str) -> Proposal:
    """Approve or decline in the caller's name; an approval carries the act out."""
    session, who = db.session(), caller()
    found = decide_on(
        session,
        parts.desk(),
        proposal_id,
        eyes(who),
        approves=approves,
        reason=reason,
        by=Party(who.user, who.doing("proposal.decide"), who.name),
        name_of=lambda user: name_of(session, user),
        now=clock.now(),
    )
    if found.kind == "overlay":
        parts.desk().approved.look(at_once=True)
    return found


def withdrawn(proposal_id: UUID) -> Proposal:
    """Take back what the caller has asked for."""
    who = caller()
    return withdraw_proposal(
        db.session(),
        proposal_id,
        eyes(who),
        by=Party(who.user, who.doing("proposal.withdraw"), who.name),
        now=clock.now(),
    )


def waiting_for(who: Caller) -> int:
    """Count what waits for this caller: asked for by others, of a kind that the role decides."""
    return sum(may_decide(who, each) for each in listed(waiting=True))


def may_decide(who: Caller, one: Proposal) -> bool:
    """Tell whether a proposal waits for this caller."""
    return (
        one.state == "waiting"
        and one.by != who.user
        and bool(set(DECIDERS[one.kind]) & who.roles)
    )


def name_of(session: Session, username: str) -> str:
    """Tell whose account it is; '' where a command has asked.

    Behind a program stands who made its key: nobody approves what the own key has asked for.
    """
    maker = program_keys.maker_of(session, username)
    try:
        return accounts.account_of(session, maker).name
    except accounts.NoAccount:
        return ""
