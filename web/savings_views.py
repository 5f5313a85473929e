"""How a group's savings of central procurement are told: by institution, and what lacks a price."""

from dataclasses import dataclass

from dispensing.service.bureau_lists import BureauList
from dispensing.service.clearing.saving import SavingsDraft


@dataclass(frozen=True, slots=True)
class SavedView:
    """One institution: units, saved cost and of it the fund's part, in fen."""

    code: str
    name: str
    quantity: int
    cost_fen: int
    fund_fen: int


@dataclass(frozen=True, slots=True)
class UnpricedView:
    """A procured medicine that was sold and has no base price: how many units."""

    code: str
    name: str
    quantity: int


@dataclass(frozen=True, slots=True)
class SavingsView:
    """A year's savings, as the claims tell them by the list of base prices that counts."""

    year: int
    bases: BureauList | None  # None: no list, and nothing is reckoned
    members: tuple[SavedView, ...]
    fund_fen: int | None
    without_base: tuple[UnpricedView, ...]


def savings_told(draft: SavingsDraft) -> SavingsView:
    """Tell a draft in plain numbers."""
    found = draft.found
    if found is None:
        return SavingsView(draft.year, None, (), None, ())
    members = (
        SavedView(code, draft.names[code], one.quantity, one.cost_fen, one.fund_fen)
        for code, one in found.by_outlet.items()
    )
    without = (
        UnpricedView(code, draft.medicines[code], quantity)
        for code, quantity in found.without_base.items()
    )
    return SavingsView(
        draft.year, draft.bases, tuple(members), found.fund_fen, tuple(without)
    )
