"""Designated on a day (定点): agreements with the bureau, their end and suspension."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

# A general agreement (定点) admits an outlet to public insurance; the chronic one
# (指定药店) admits a pharmacy to the chronic-disease scheme and to the quota.
AgreementKind = Literal["general", "chronic"]
AGREEMENT_KINDS: tuple[AgreementKind, ...] = get_args(AgreementKind)


@dataclass(frozen=True, slots=True)
class Agreement:
    """One agreement of one outlet; first and last days are both inside."""

    outlet_code: str
    kind: AgreementKind
    begins: date
    ends: date | None
    card_settlement_from: date | None  # the shop settles by card or code from this day
    quota_unit: str | None
    suspended: tuple[tuple[date, date | None], ...] = ()
    # First days of those suspensions that also stop what is already settled.
    stops: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if self.kind not in AGREEMENT_KINDS:
            raise ValueError(f"expected one of {AGREEMENT_KINDS}, got {self.kind!r}")
        if self.ends is not None and self.ends < self.begins:
            raise ValueError(f"ends before it begins: {self.outlet_code}")
        for first, last in self.suspended:
            if last is not None and last < first:
                raise ValueError(f"suspension ends early: {self.outlet_code}")
        if not self.stops <= {first for first, _ in self.suspended}:
            raise ValueError(f"expected the first day of a suspension: {self.stops}")

    def in_force(self, day: date) -> bool:
        """Tell whether the agreement has begun, not ended and is not suspended."""
        return _covers(self.begins, self.ends, day) and not any(
            _covers(first, last, day) for first, last in self.suspended
        )

    def suspension_on(self, day: date) -> tuple[date, date | None] | None:
        """Return the suspension that covers a day, if one does."""
        found = (one for one in self.suspended if _covers(*one, day))
        return next(found, None)

    def stops_orders(self, day: date) -> bool:
        """Tell whether a suspension of that day also stops orders that are settled."""
        found = self.suspension_on(day)
        return found is not None and found[0] in self.stops

    def counts(self, day: date) -> bool:
        """Tell whether the pharmacy counts towards its quota unit on a day.

        The annex counts pharmacies that settle by card (能刷卡结算), so the day
        of card settlement matters beside the agreement itself.
        """
        settles = self.card_settlement_from
        return (
            self.kind == "chronic"
            and settles is not None
            and settles <= day
            and self.in_force(day)
        )


def designated_on(
    agreements: Iterable[Agreement], day: date, kind: AgreementKind = "general"
) -> bool:
    """Tell whether any agreement of the asked kind is in force on a day."""
    return any(each.kind == kind and each.in_force(day) for each in agreements)


def _covers(first: date, last: date | None, day: date) -> bool:
    return first <= day and (last is None or day <= last)
