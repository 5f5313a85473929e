"""Stock movements (库存变动): what comes in, is sold, comes back, is counted or written off."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

# Each kind with its Chinese name.
KINDS = {
    "received": "购进入库",
    "sold": "销售",
    "sale_returned": "销售退回",
    "counted": "盘点调整",
    "written_off": "报损",
    "sent_back": "退回供应商",
}
OUTGOING = ("sold", "written_off", "sent_back")
OF_SETTLEMENT = ("sold", "sale_returned")


@dataclass(frozen=True, slots=True)
class SoldLine:
    """What a settlement's line takes of one batch; '' where nobody knows of which."""

    line_no: int
    medicine_code: str
    quantity: int
    batch: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """What moves stock: at which outlet, on which business day, when and by whom.

    `settlement_id` refers to a settlement without knowing it; `difference_id` to the
    difference of a reconciliation that the movement puts right.
    """

    outlet_code: str
    on: date
    at: datetime
    by: str
    settlement_id: UUID | None = None
    difference_id: UUID | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of one medicine; the quantity is below 0 where stock goes out."""

    id: int
    outlet_code: str
    medicine_code: str
    batch: str
    quantity: int
    kind: str
    settlement_id: UUID | None
    line_no: int | None
    on: date
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class OnHand:
    """What an outlet has of one medicine by its movements; below 0 where receipts lack."""

    medicine_code: str
    name: str
    quantity: int


def signed(kind: str, quantity: int) -> int:
    """Give the quantity of a kind its sign; `counted` keeps its own, nothing is refused.

    >>> signed("written_off", 2), signed("received", 3), signed("counted", -1)
    (-2, 3, -1)
    """
    if kind not in KINDS:
        raise ValueError(f"{kind}: expected one of {', '.join(KINDS)}")
    if quantity == 0 or (kind != "counted" and quantity < 0):
        raise ValueError(f"{quantity}: expected a quantity above 0")
    return -quantity if kind in OUTGOING else quantity


def still_sold(movements: Iterable[Movement]) -> dict[tuple[int, str, str], int]:
    """Tell what of a settlement is sold and not returned, by line, medicine and batch."""
    found: dict[tuple[int, str, str], int] = {}
    for one in movements:
        if one.kind in OF_SETTLEMENT:
            key = one.line_no or 0, one.medicine_code, one.batch
            found[key] = found.get(key, 0) - one.quantity
    return {key: quantity for key, quantity in found.items() if quantity}
