"""Reconciliation of a day (日对账): every difference is tied to the one event it comes from.

Books with books (账账相符): our bookings with the platform's, and with the outlet's own till.
Books with things (账实相符): settled lines with stock movements and with hand-overs.
"""

from dispensing.reconcile.bookings import Booking, Open, compare_bookings
from dispensing.reconcile.difference import (
    KINDS,
    REASONS,
    Difference,
    Kind,
    shares_fen,
    shares_told,
)
from dispensing.reconcile.goods import (
    Dispensed,
    HandedOver,
    Moved,
    SettledLine,
    compare_handovers,
    compare_stock,
)
from dispensing.reconcile.takings import Taken, TillLine, compare_till
from dispensing.reconcile.till_file import BadTillFile, read_till_file

__all__ = [
    "KINDS",
    "REASONS",
    "BadTillFile",
    "Booking",
    "Difference",
    "Dispensed",
    "HandedOver",
    "Kind",
    "Moved",
    "Open",
    "SettledLine",
    "Taken",
    "TillLine",
    "compare_bookings",
    "compare_handovers",
    "compare_stock",
    "compare_till",
    "read_till_file",
    "shares_fen",
    "shares_told",
]
