"""What an act makes of an agreement: the terms before in, the terms after out.

Nothing is written here; days that do not fit together are refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from pharmacies.designation.agreement import Agreement, AgreementKind
from pharmacies.designation.refusals import refuse

ENDINGS = ("terminated", "withdrawn", "by_agreement")  # 解除, 退出, 协商终止
_DAY = timedelta(days=1)
Pause = tuple[date, date | None]


@dataclass(frozen=True, slots=True)
class Terms:
    """What is signed: first and last day, the day of card settlement, the quota unit."""

    begins: date
    ends: date | None
    card_settlement_from: date | None = None
    quota_unit: str | None = None


def signed(outlet_code: str, kind: AgreementKind, terms: Terms) -> Agreement:
    """Make an agreement of its terms."""
    if terms.ends is not None and terms.ends < terms.begins:
        raise refuse("bad-days")
    opens = terms.card_settlement_from
    if opens is not None and opens < terms.begins:
        raise refuse("bad-days")
    return Agreement(
        outlet_code, kind, terms.begins, terms.ends, opens, terms.quota_unit
    )


def card_opened(agreement: Agreement, day: date) -> Agreement:
    """Let the outlet settle by card from a day on."""
    if agreement.card_settlement_from is not None:
        raise refuse("card-open")
    _inside(agreement, day)
    return replace(agreement, card_settlement_from=day)


def suspended(
    agreement: Agreement, first: date, last: date | None, *, stops_orders: bool
) -> Agreement:
    """Suspend an agreement for some days, or until it is resumed (`last` None)."""
    _inside(agreement, first)
    if last is not None and last < first:
        raise refuse("bad-days")
    for begins, ends in agreement.suspended:
        if (last is None or begins <= last) and (ends is None or first <= ends):
            raise refuse("suspended-already", zh=f"{begins}起。", en=f"From {begins}.")
    stops = agreement.stops | {first} if stops_orders else agreement.stops
    pauses = (*agreement.suspended, (first, last))
    return replace(agreement, suspended=_in_order(pauses), stops=stops)


def resumed(agreement: Agreement, day: date) -> Agreement:
    """Let an agreement count again from a day on; one that is to come is called off."""
    # Of an open suspension nothing comes after it, so the first that reaches the day is meant.
    pauses = [
        (first, last)
        for first, last in _in_order(agreement.suspended)
        if last is None or day <= last
    ]
    if not pauses:
        raise refuse("not-suspended")
    first, _ = pauses[0]
    kept: list[Pause] = [one for one in agreement.suspended if one[0] != first]
    if first < day:
        kept.append((first, day - _DAY))
    stops = agreement.stops & {one for one, _ in kept}
    return replace(agreement, suspended=_in_order(kept), stops=stops)


def renewed(agreement: Agreement, ends: date | None) -> Agreement:
    """Prolong an agreement beyond its last day; its first day, and its place, stay."""
    if agreement.ends is None:
        raise refuse("no-end")
    if ends is not None and ends <= agreement.ends:
        raise refuse("bad-days")
    return replace(agreement, ends=ends)


def ended(agreement: Agreement, last: date) -> Agreement:
    """End an agreement with a day, which is its last; suspensions end with it."""
    if agreement.ends is not None and agreement.ends <= last:
        raise refuse("bad-days")
    if agreement.begins <= last:
        return replace(agreement, ends=last)
    # One that never begins keeps its first day, on which it is suspended.
    first = agreement.begins
    return replace(
        agreement, ends=first, suspended=((first, first),), stops=frozenset()
    )


def _in_order(pauses: Iterable[Pause]) -> tuple[Pause, ...]:
    return tuple(sorted(pauses, key=lambda pause: pause[0]))


def _inside(agreement: Agreement, day: date) -> None:
    if day < agreement.begins or (agreement.ends is not None and agreement.ends < day):
        raise refuse("bad-days")
