"""Who gets what of a surplus: by level, by own heads, by score (附件1 三; R11).

Fen by fen: what is paid and what returns to the group's pool add up to the surplus.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from dispensing.clearing.scores import Points, Score
from dispensing.clearing.terms import Share, Terms


@dataclass(frozen=True, slots=True)
class Member:
    """One institution of the group: its level, the pilot's people of its own area, its score."""

    code: str
    level: str
    heads: int
    score: Score

    def __post_init__(self) -> None:
        if self.heads < 0:
            raise ValueError(f"expected a number of people, got {self.heads}")


@dataclass(frozen=True, slots=True)
class Part:
    """What one institution could have, what its score earns of it, and the rest that returns."""

    member: Member
    full_fen: int
    paid_fen: int

    @property
    def returned_fen(self) -> int:
        """Give what is lost by the score and returns to the group's pool."""
        return self.full_fen - self.paid_fen


@dataclass(frozen=True, slots=True)
class Payout:
    """A surplus as it was shared; `unclaimed_fen` is of heads that no institution has."""

    surplus_fen: int
    parts: tuple[Part, ...]
    unclaimed_fen: int

    @property
    def paid_fen(self) -> int:
        """Add up what is paid."""
        return sum(part.paid_fen for part in self.parts)

    @property
    def pool_fen(self) -> int:
        """Give what the group's pool gets; below nothing: what it bears (S19)."""
        return self.surplus_fen - self.paid_fen


@dataclass(frozen=True, slots=True)
class Loss:
    """What one row of the score costs an institution."""

    member: Member
    points: Points
    fen: int


def payout(
    terms: Terms, surplus_fen: int, heads: int, members: Sequence[Member]
) -> Payout:
    """Share a surplus among the institutions; an overspend stays with the group's pool (S19).

    `heads` are the pilot's people of the whole group: the institutions of one level have
    them all, or fewer. Raises ValueError where they have more.
    """
    _reject(terms, heads, members)
    if surplus_fen <= 0 or not heads:
        nothing = tuple(Part(member, 0, 0) for member in members)
        return Payout(surplus_fen, nothing, 0)
    parts = [
        part
        for share, level_fen in _levels(terms.shares, surplus_fen)
        for part in _parts(share.level, level_fen, heads, members)
    ]
    unclaimed_fen = surplus_fen - sum(part.full_fen for part in parts)
    return Payout(surplus_fen, tuple(parts), unclaimed_fen)


def losses(payout: Payout) -> tuple[Loss, ...]:
    """Tell what each lost point costs: the dearest rows first."""
    found = [
        Loss(part.member, row, _worth(part, row))
        for part in payout.parts
        for row in part.member.score.rows
        if row.lost
    ]
    return tuple(
        sorted(
            found, key=lambda loss: (-loss.fen, loss.member.code, loss.points.item.row)
        )
    )


def split(total_fen: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split an amount by weights, the fen that are left to the largest remainders.

    The parts add up to the amount; of equal remainders the first gets the fen (最大余额法).

    >>> split(100, (1, 1, 1))
    (34, 33, 33)
    """
    whole = sum(weights)
    if not whole:
        raise ValueError("nothing to split by")
    parts = [total_fen * weight // whole for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda no: (-(total_fen * weights[no] % whole), no)
    )
    for no in by_remainder[: total_fen - sum(parts)]:
        parts[no] += 1
    return tuple(parts)


def _reject(terms: Terms, heads: int, members: Sequence[Member]) -> None:
    if len({member.code for member in members}) != len(members):
        raise ValueError("an institution is given twice")
    known = {share.level for share in terms.shares}
    for level in sorted({member.level for member in members}):
        if level not in known:
            raise ValueError(f"no share for the level {level}")
        own = sum(member.heads for member in members if member.level == level)
        if own > heads:
            raise ValueError(f"{level}: {own} people in a group of {heads}")


def _levels(shares: Sequence[Share], fen: int) -> list[tuple[Share, int]]:
    amounts = split(fen, [share.permyriad for share in shares])
    return list(zip(shares, amounts, strict=True))


def _parts(
    level: str, level_fen: int, heads: int, members: Sequence[Member]
) -> list[Part]:
    own = [member for member in members if member.level == level]
    taken = [member.heads for member in own]
    full = split(level_fen, [*taken, heads - sum(taken)])  # the last: nobody's
    return [
        Part(member, full_fen, _earned(full_fen, member.score.ratio))
        for member, full_fen in zip(own, full, strict=False)
    ]


def _earned(full_fen: int, ratio: Fraction) -> int:
    """Take the score's share, half a fen rounded up; never more than all of it."""
    return int(full_fen * ratio + Fraction(1, 2))


def _worth(part: Part, row: Points) -> int:
    """Tell how much more would have been paid, had this row alone been full."""
    score = part.member.score
    full = sum(each.item.points for each in score.rows)
    return (
        _earned(part.full_fen, score.ratio + Fraction(row.lost, full)) - part.paid_fen
    )
