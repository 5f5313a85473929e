"""A clean day of many outlets: both sides' books, tills, stock and hand-overs agree."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from dispensing.reconcile import (
    Booking,
    Difference,
    Dispensed,
    HandedOver,
    Moved,
    SettledLine,
    Taken,
    TillLine,
    compare_bookings,
    compare_handovers,
    compare_stock,
    compare_till,
)

DAY = date(2025, 9, 15)
METHODS = ("cash", "bank_card", "mobile")


@dataclass
class Town:
    """Everything that is compared; a fault changes one side of one thing."""

    ours: list[Booking] = field(default_factory=list)
    theirs: list[Booking] = field(default_factory=list)
    taken: dict[str, list[Taken]] = field(default_factory=dict)
    till: dict[str, list[TillLine]] = field(default_factory=dict)
    settled: dict[str, list[SettledLine]] = field(default_factory=dict)
    moved: dict[str, list[Moved]] = field(default_factory=dict)
    dispensed: dict[str, list[Dispensed]] = field(default_factory=dict)
    handed_over: dict[str, list[HandedOver]] = field(default_factory=dict)

    def compared(self) -> list[Difference]:
        """Compare everything, over all outlets."""
        found = compare_bookings(self.ours, self.theirs)
        for outlet in self.taken:
            place = {"outlet_code": outlet, "day": DAY}
            found += compare_till(self.taken[outlet], self.till[outlet], **place)
            found += compare_stock(self.settled[outlet], self.moved[outlet], **place)
            found += compare_handovers(
                self.dispensed.get(outlet, ()),
                self.handed_over.get(outlet, ()),
                **place,
            )
        return found


def clean_town(settlements: int, outlets: int = 20, seed: int = 1) -> Town:
    """Draw a clean day: about one in ten is reversed, and some of these a day later."""
    chance, town = Random(seed), Town()
    for no in range(settlements):
        _settle(town, no, f"P330302{no % outlets:05d}", chance)
    chance.shuffle(town.theirs)
    return town


def _settle(town: Town, no: int, outlet: str, chance: Random) -> None:
    total = chance.randrange(100, 100_000)
    fund = chance.randrange(total)
    account = chance.randrange(total - fund)
    settlement_id, msgid = f"s{no:06d}", f"{outlet}20250915120000{no % 10_000:04d}{no}"
    ours = Booking(
        msgid=msgid,
        outlet_code=outlet,
        day=DAY,
        scheme=chance.choice(("resident", "employee")),
        person_no=f"I{no:09d}",
        refund=False,
        total_fen=total,
        fund_fen=fund,
        account_fen=account,
        settlement_id=settlement_id,
    )
    cash, quantity = total - fund - account, chance.randrange(1, 9)
    town.ours.append(ours)
    town.theirs.append(replace(ours, settlement_id=""))
    key = settlement_id, msgid
    _sell(town, outlet, key, (cash, quantity, chance.choice(METHODS)))
    reversed_on = chance.choices((None, DAY, DAY + timedelta(days=1)), (18, 1, 1))[0]
    if reversed_on is None:
        done = HandedOver(f"e{no}", DAY, f"rx{no}", settlement_id, msgid)
        town.handed_over.setdefault(outlet, []).append(done)
        outcome = Dispensed(settlement_id, msgid, "handed_over")
        town.dispensed.setdefault(outlet, []).append(outcome)
        return
    back = replace(
        ours,
        refund=True,
        day=reversed_on,
        total_fen=-total,
        fund_fen=-fund,
        account_fen=-account,
    )
    town.ours.append(back)
    town.theirs.append(replace(back, settlement_id=""))
    if reversed_on == DAY:
        _sell(town, outlet, key, (-cash, -quantity, "cash"))
        _swap_method(town, outlet)


def _sell(
    town: Town, outlet: str, key: tuple[str, str], sold: tuple[int, int, str]
) -> None:
    """Take money and stock for a settlement, or give both back."""
    cash, quantity, method = sold
    settlement_id, msgid = key
    town.taken.setdefault(outlet, []).append(Taken(settlement_id, msgid, method, cash))
    lines = town.till.setdefault(outlet, [])
    lines.append(TillLine(len(lines) + 2, msgid, method, cash))
    line = SettledLine(settlement_id, msgid, 1, "XC08CA001A001010100001", quantity)
    town.settled.setdefault(outlet, []).append(line)
    moves = town.moved.setdefault(outlet, [])
    kind = "sold" if quantity > 0 else "sale_returned"
    moves.append(
        Moved(
            f"{outlet}/{len(moves)}",
            settlement_id,
            1,
            line.medicine_code,
            -quantity,
            kind,
        )
    )


def _swap_method(town: Town, outlet: str) -> None:
    """Give the money back by the way it came."""
    paid, back = town.taken[outlet][-2:]
    town.taken[outlet][-1] = replace(back, method=paid.method)
    town.till[outlet][-1] = replace(town.till[outlet][-1], method=paid.method)
