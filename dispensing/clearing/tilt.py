"""A larger share for those who do well, a smaller fee for those who do not (临沧 二（三）8, L23).

The text gives no numbers. What is read into it: of what the others would get, the tilted
share moves to those who are favoured, by what each of them would get; so the surplus stays
what it was, to the fen. Of the fees of who does not qualify the deducted share is kept back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dispensing.clearing.payout import split
from dispensing.clearing.scores import Measured
from dispensing.money import WHOLE_PERMYRIAD, share_fen

FEES = ("contract_fee_insurance", "contract_fee_health")


@dataclass(frozen=True, slots=True)
class TiltTerms:
    """From which share of the points one qualifies, what moves, and what is kept back."""

    qualified_permyriad: int
    tilt_permyriad: int
    deducted_permyriad: int


@dataclass(frozen=True, slots=True)
class Team:
    """One institution: its part of the surplus and its fees as they were, and how it does."""

    code: str
    base_fen: int
    fees_fen: Mapping[str, int]  # by payer
    score: Measured
    is_managed_well: bool
    is_health_up: bool

    def __post_init__(self) -> None:
        if min(self.base_fen, *self.fees_fen.values()) < 0 or self.score.of is None:
            raise ValueError(f"{self.code}: amounts from nought, and a share of points")


@dataclass(frozen=True, slots=True)
class Tilted:
    """What one institution gets after the tilt, and what is kept back of its fees."""

    team: Team
    is_qualified: bool
    moved_fen: int  # below nothing what it gives
    deducted_fen: Mapping[str, int]  # by payer

    @property
    def is_favoured(self) -> bool:
        """Tell whether all three things that the text asks for are so."""
        return is_favoured(self.team, qualified=self.is_qualified)

    @property
    def due_fen(self) -> int:
        """Give its part of the surplus after the tilt."""
        return self.team.base_fen + self.moved_fen


def tilt(terms: TiltTerms, teams: Sequence[Team]) -> tuple[Tilted, ...]:
    """Tilt a surplus and reckon what is kept back; the parts add up to what they were.

    Where nobody is favoured, or who is would get nothing, nothing moves.
    """
    qualified = {one.code: _qualifies(terms, one) for one in teams}
    moved = _moved(terms, teams, qualified)
    return tuple(
        Tilted(
            one,
            qualified[one.code],
            moved[one.code],
            {
                payer: 0
                if qualified[one.code]
                else share_fen(fen, terms.deducted_permyriad)
                for payer, fen in one.fees_fen.items()
            },
        )
        for one in teams
    )


def is_favoured(team: Team, *, qualified: bool) -> bool:
    """Tell who is favoured: 考核合格、两病管理到位、居民健康水平稳步提高, all three."""
    return qualified and team.is_managed_well and team.is_health_up


def _qualifies(terms: TiltTerms, team: Team) -> bool:
    return team.score.rate * WHOLE_PERMYRIAD >= terms.qualified_permyriad


def _moved(
    terms: TiltTerms, teams: Sequence[Team], qualified: Mapping[str, bool]
) -> dict[str, int]:
    ahead = [one for one in teams if is_favoured(one, qualified=qualified[one.code])]
    weights = [one.base_fen for one in ahead]
    moved = {one.code: 0 for one in teams}
    if not sum(weights):
        return moved
    for one in teams:
        if one not in ahead:
            moved[one.code] = -share_fen(one.base_fen, terms.tilt_permyriad)
    parts = split(-sum(moved.values()), weights)
    return moved | {one.code: fen for one, fen in zip(ahead, parts, strict=True)}
