"""What a platform is told besides charges: sales and returns pack by pack, and deliveries.

Not every platform takes these: the embedded sandbox does not. `takes_uploads` tells.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeGuard, runtime_checkable

SOLD, RETURNED, SENT_OUT, SIGNED_FOR = "3505", "3506", "7209", "7210"


@dataclass(frozen=True, slots=True)
class Sale:
    """The packs of one line that were sold, or taken back (3505, 3506).

    `split` tells that its packs are sold by the part (拆零); `batch` is empty where the
    batch of what was sold is not known.
    """

    number: str  # rtal_docno
    medicine_code: str
    name: str
    batch: str
    quantity: int
    trace_codes: tuple[str, ...]
    at: datetime
    setl_id: str = ""
    by: str = ""
    split: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing that happened to a delivery: sent out (7209), signed for (7210)."""

    order_no: str
    rx_no: str
    carrier: str
    at: datetime


class Refusal(Exception):
    """The platform has an upload, and does not accept it; `before` where it has had it."""

    def __init__(self, words: str, *, before: bool = False) -> None:
        super().__init__(words)
        self.before = before


@runtime_checkable
class TakesUploads(Protocol):
    """A platform that is told of sales and deliveries; each raises Refusal or Unanswered."""

    def number(self, outlet_code: str) -> str:
        """Draw the number of an upload's message; raises Unanswered."""
        ...

    def sold(self, outlet_code: str, sale: Sale, msgid: str = "") -> None:
        """Upload a sale with the codes of its packs (3505)."""
        ...

    def returned(self, outlet_code: str, sale: Sale, msgid: str = "") -> None:
        """Upload the return of a sale with the codes of its packs (3506)."""
        ...

    def sent_out(self, outlet_code: str, delivery: Delivery, msgid: str = "") -> None:
        """Tell that a delivery has left (7209)."""
        ...

    def signed_for(self, outlet_code: str, delivery: Delivery, msgid: str = "") -> None:
        """Tell that a delivery was signed for (7210)."""
        ...


def takes_uploads(gateway: object) -> TypeGuard[TakesUploads]:
    """Tell whether a platform is told of sales and deliveries."""
    return isinstance(gateway, TakesUploads)
