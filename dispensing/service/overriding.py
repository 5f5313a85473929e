"""Settle against what the checks say: one pharmacist's reason, beyond a threshold two people's."""

from dispensing.approvals import Needed, SecondNeeded
from dispensing.desk import Work
from dispensing.service.approving import approved
from dispensing.service.facts import Facts
from dispensing.service.views import AssessmentView
from dispensing.tables import ProposalRow


def agreed_override(
    work: Work, facts: Facts, view: AssessmentView, reason: str
) -> ProposalRow | None:
    """Give the approval that an override needs; None where one person decides alone.

    Raises SecondNeeded where another pharmacist of the outlet has not agreed to exactly
    this: the prescription, the checks that ask for review, the packs, the money.
    """
    split = view.assessment.split
    if view.decision != "review" or split is None:
        return None
    checks = sorted(
        {one.check for one in view.assessment.findings if one.verdict == "review"}
    )
    if not work.desk.alone.settlement_wants_two(checks, split.fund_fen):
        return None
    content = {
        "prescription_id": str(facts.rx.id),
        "outlet_code": facts.shop.code,
        "filling": facts.rx.filling,
        "checks": checks,
        "packs": {str(line.no): line.quantity for line in facts.lines},
        "fund_fen": split.fund_fen,
        "total_fen": split.total_fen,
    }
    needed = Needed("settlement", facts.shop.code, content, "", reason.strip())
    found = approved(work.session, needed, now=work.now)
    if found is None:
        raise SecondNeeded(needed)
    return found
