"""Why visits at the platform began after their window, or never: told from the journal. Pure."""

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

from fixtures.rounds.given import Day
from fixtures.rounds.told import Journal

PACKED_S = (
    2_700  # between packing and the end of the window: hardly anybody is so quick
)
TIGHT_S = 300  # before the end of the window: the first red light makes it late


class Why(StrEnum):
    """What a late visit is put down to, the first that holds."""

    PACKED = "packed late"
    LEFT = "not visited"
    TIGHT = "planned to the end"
    ROAD = "road or door"


def why_late(day: Day, journal: Journal, planned_s: Mapping[int, int]) -> Counter[Why]:
    """Count the late visits by their cause.

    `planned_s` is when an order's hand-over was to begin by the last plan before it was
    picked up.
    """
    late: Counter[Why] = Counter()
    for order in day.orders:
        rang_s = journal.rang_s.get(order.no)
        if rang_s is not None and rang_s <= order.close_s:
            continue
        if order.close_s - order.packed_s < PACKED_S:
            late[Why.PACKED] += 1
        elif rang_s is None:
            late[Why.LEFT] += 1
        else:
            spare_s = order.close_s - planned_s[order.no]
            late[Why.TIGHT if spare_s < TIGHT_S else Why.ROAD] += 1
    return late
