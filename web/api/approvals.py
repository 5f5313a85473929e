"""What takes two people over the interface: what waits, and who decides on it."""

from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing.service.approving import Proposal
from web import approvals
from web.auth import may
from web.openapi import answers, reply
from web.schemas_approvals import Decision, ProposalQuery

bp = APIBlueprint("approvals", __name__, url_prefix="/api/proposals")


@bp.get("")
@may("proposal.read")
@bp.input(ProposalQuery, location="query", arg_name="query")
@answers({200: tuple[Proposal, ...]})
def listed(query: ProposalQuery) -> ResponseReturnValue:
    """List what was asked for; with `waiting` only what still waits for a second person."""
    return reply(approvals.listed(waiting=query.waiting))


@bp.get("/<uuid:proposal_id>")
@may("proposal.read")
@answers({200: Proposal})
def show(proposal_id: UUID) -> ResponseReturnValue:
    """Show one proposal: exactly what, why, by whom, and how it stands."""
    return reply(approvals.one(proposal_id))


@bp.post("/<uuid:proposal_id>/decision")
@may("proposal.decide")
@bp.input(
    Decision, arg_name="form", example={"approves": True, "reason": "已核对，同意"}
)
@answers({200: Proposal})
def decide(proposal_id: UUID, form: Decision) -> ResponseReturnValue:
    """Approve or decline what another person has asked for; an approval does it, once."""
    found = approvals.decided(proposal_id, approves=form.approves, reason=form.reason)
    return reply(found)


@bp.post("/<uuid:proposal_id>/withdrawal")
@may("proposal.withdraw")
@answers({200: Proposal})
def withdraw(proposal_id: UUID) -> ResponseReturnValue:
    """Take back what one has asked for oneself."""
    return reply(approvals.withdrawn(proposal_id))
