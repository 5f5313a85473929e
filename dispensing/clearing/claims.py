"""What a clearing reads of claims: who was treated when, out of which scheme, and what for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

ORDINARY, TWO_DISEASE, CHRONIC = "ordinary", "two_disease", "chronic"
CHANNELS = (ORDINARY, TWO_DISEASE, CHRONIC)
TWO_DISEASES = ("hypertension", "diabetes")
# The class of S17 that a channel's payments belong to; 大额门诊 is no channel of a claim.
SPENT_AS = {ORDINARY: "pooling", TWO_DISEASE: "two_diseases", CHRONIC: "chronic"}


@dataclass(frozen=True, slots=True)
class Claim:
    """One line of a claim that holds: a reversed one is none."""

    person: str
    day: date
    channel: str
    disease: str
    atc: str
    supply_days: int
    fund_fen: int

    def __post_init__(self) -> None:
        if self.channel not in CHANNELS:
            raise ValueError(f"expected one of {', '.join(CHANNELS)}: {self.channel}")
        if self.fund_fen < 0 or self.supply_days < 0:
            raise ValueError(f"below nothing: {self}")


def kind_of(claim: Claim) -> str:
    """Tell whose visit it is (S15): of a person of the 两病, of chronic disease, or neither."""
    if claim.channel == CHRONIC:
        return "chronic"
    return "two_diseases" if claim.disease in TWO_DISEASES else ""


def spent_by_class(claims: Iterable[Claim], people: frozenset[str]) -> dict[str, int]:
    """Add up what the fund paid for these people, by the classes of S17."""
    found = dict.fromkeys(SPENT_AS.values(), 0)
    for claim in claims:
        if claim.person in people:
            found[SPENT_AS[claim.channel]] += claim.fund_fen
    return found


def visitors(claims: Iterable[Claim]) -> dict[str, frozenset[str]]:
    """Name who really came, by kind: each person once, however often."""
    came: dict[str, set[str]] = {"two_diseases": set(), "chronic": set()}
    for claim in claims:
        kind = kind_of(claim)
        if kind:
            came[kind].add(claim.person)
    return {kind: frozenset(people) for kind, people in came.items()}
