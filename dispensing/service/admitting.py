"""Admit a settlement by the state of its prescription's life: claim, filling, review, day."""

from dispensing.desk import Work
from dispensing.life import cell, refusal, state_of
from dispensing.service.claim_secret import fits
from dispensing.service.facts import Facts, Rx
from dispensing.service.standing import (
    reject_claimed_elsewhere,
    reject_too_early,
    standing_of,
)

_BY_RULES = "refused"  # the checks say why, by clause and day


def admit(work: Work, facts: Facts, secret: str | None, filling: int | None) -> str:
    """Let a settlement go on, and tell the state in which it begins; raises Conflict.

    Where no secret is shown, the patient's insurance code is the consent, at the pharmacy
    that holds the claim or where nobody does: settling claims.
    """
    rules, rx = work.desk.life, facts.rx
    state = state_of(standing_of(rx, rules), work.now)
    found = cell("refill" if (filling or 1) > 1 else "settle", state)
    if found.code == _BY_RULES:
        return state
    if found.code is not None:
        raise refusal(found.code)
    reject_claimed_elsewhere(rx, facts.shop.code, work.now)
    if secret is not None and not fits(secret, rx.claim_digest):
        raise refusal("claim-secret")
    reject_other_filling(rx, filling)
    reject_too_early(rx, rules, work.now)
    return state


def reject_over(state: str) -> None:
    """Raise Conflict where a life is over; the rules should have refused it before."""
    if cell("settle", state).code == _BY_RULES:
        raise refusal(state)


def reject_other_filling(rx: Rx, filling: int | None) -> None:
    """Raise Conflict where another filling is named, or none after the first one."""
    if filling is None and rx.filling > 1:
        raise refusal("name-filling")
    if filling is not None and filling != rx.filling:
        raise refusal("other-filling")
